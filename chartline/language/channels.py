"""An event's numbers as numbers: the float32 channels that join its sentence's vector (step 5 of the design).

    column      content
    0           1 if there is a number
    1           sign(v) * ln(1 + |v|) / 8 of the value v: any unit stays in reach
    2           log10(|v|) / 6, in [-2, 2]; 0 for 0: tells 0.01 from 0.001
    3..6        1 if low, high, abnormal, critical (HL7 interpretation)
    7           1 if there is a time
    8           signed log of the hours since the patient's origin
    9..16       sine and cosine of the time at periods of 1, 7, 30 and 365 days
    17          signed log of the hours since the event before, 0 for the first
    18          signed log of the hours from its time until the chart knew it
    19          1 if it has an end
    20          signed log of its duration in hours
    21..41      one-hot of its kind; 0 for the kinds behind DEATH, which their sentences tell apart

A missing number is 0 with its mask 0. "Signed log" of hours is sign(h) * ln(1 + |h|) / 8. Everything is computed in
float64 and is finite whatever the event says.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chartline.record.event import Event, Instant
from chartline.record.kinds import EventKind
from chartline.record.times import HOUR

_PERIOD_DAYS = (1.0, 7.0, 30.0, 365.0)
_KINDS = int(EventKind.DEATH)  # as the shipped projectors were trained
_VALUE, _FLAGS, _TIME, _PERIODS, _PREVIOUS, _DELAY, _DURATION, _KIND = 0, 3, 7, 9, 17, 18, 19, 21
CHANNELS = _KIND + _KINDS

_LOG_SCALE = 8.0
_LARGEST = 1e15
_LOW = frozenset({"L", "LL"})
_HIGH = frozenset({"H", "HH"})
_ABNORMAL = frozenset({"L", "LL", "H", "HH", "A", "AA", "R"})
_CRITICAL = frozenset({"LL", "HH", "AA"})

_Array = NDArray[np.float64]


def time_origin(events: Sequence[Event]) -> Instant | None:
    """The time of the first event that has one, in the order of the prefix.

    It depends on nothing behind that event, so neither appending events nor cutting at as_of moves it.
    """
    return next((t for e in events if (t := e.available_time or e.time) is not None), None)


def channels(events: Sequence[Event], origin: Instant | None) -> NDArray[np.float32]:
    """float32 [len(events), CHANNELS], finite; row i depends on events[i], events[i - 1] and `origin` alone."""
    out = np.zeros((len(events), CHANNELS), dtype=np.float64)
    if not events:
        return out.astype(np.float32)
    _fill_values(out, events)
    _fill_times(out, events, origin)
    known = np.array([e.kind <= _KINDS for e in events])
    out[np.flatnonzero(known), _KIND - 1 + np.array([e.kind for e in events])[known]] = 1.0
    return out.astype(np.float32)


def number(text: str) -> float | None:
    """The decimal as a float clipped to ±1e15; None for what is no number."""
    try:
        value = float(text)
    except ValueError:
        return None
    return None if value != value else min(max(value, -_LARGEST), _LARGEST)


def _fill_values(out: _Array, events: Sequence[Event]) -> None:
    numbers = [None if e.quantity is None else number(e.quantity.value) for e in events]
    values = np.array([v or 0.0 for v in numbers])
    magnitude = np.abs(values)
    logs = np.log10(magnitude, where=magnitude > 0, out=np.zeros_like(magnitude))
    out[:, _VALUE] = [v is not None for v in numbers]
    out[:, _VALUE + 1] = _signed_log(values)
    out[:, _VALUE + 2] = np.clip(logs / 6.0, -2.0, 2.0)
    for column, codes in enumerate((_LOW, _HIGH, _ABNORMAL, _CRITICAL), start=_FLAGS):
        out[:, column] = [e.interpretation in codes for e in events]


def _fill_times(out: _Array, events: Sequence[Event], origin: Instant | None) -> None:
    start = 0 if origin is None else origin.unix_micros
    has_time = np.array([e.time is not None for e in events])
    time = _hours([e.time for e in events], start)
    both = has_time[1:] & has_time[:-1]
    known = has_time & np.array([e.available_time is not None for e in events])
    ended = has_time & np.array([e.end_time is not None for e in events])
    out[:, _TIME] = has_time
    out[:, _TIME + 1] = _signed_log(time)
    for i, days in enumerate(_PERIOD_DAYS):
        angle = time * (2.0 * np.pi / (24.0 * days))
        out[:, _PERIODS + 2 * i] = np.sin(angle) * has_time
        out[:, _PERIODS + 2 * i + 1] = np.cos(angle) * has_time
    out[1:, _PREVIOUS] = _signed_log((time[1:] - time[:-1]) * both)
    out[:, _DELAY] = _signed_log((_hours([e.available_time for e in events], start) - time) * known)
    out[:, _DURATION] = ended
    out[:, _DURATION + 1] = _signed_log((_hours([e.end_time for e in events], start) - time) * ended)


def _hours(instants: Sequence[Instant | None], start: int) -> _Array:
    """Hours since `start`, 0 where there is no instant; the difference is taken in integers."""
    return np.array([0.0 if i is None else (i.unix_micros - start) / HOUR for i in instants])


def _signed_log(values: _Array) -> _Array:
    logs: _Array = np.sign(values) * np.log1p(np.abs(values)) / _LOG_SCALE
    return logs
