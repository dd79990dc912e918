"""Features of outcome heads: named numbers counted from a chart, with the events behind them.

The chart is built at the prediction time (`Chart.build(versions, as_of=prediction_time)`), so nothing that was not
known then can enter: serving and training share that one guard. Counts with a linear head are the strongest cheap
baseline of the EHR-encoder paper (npj Digital Medicine 2026, 9:530, table 2).

    name                        value
    in_hospital                 1 while a hospital visit lasts, else 0
    hours_since_admission       of that visit, or of the last one; 0 without any
    hours_since_discharge       of the last visit; 0 while one lasts
    visits_before               hospital visits that began before that one
    age                         years at the prediction time
    <kind>/count                ln(1 + number of events of the kind since that admission)
    <kind>/abnormal/count       ln(1 + those flagged abnormal)
    <kind>/<name>/last          last value since that admission, as sign(v) * ln(1 + |v|); laboratory and vital
    <kind>/<name>/count         ln(1 + how often); conditions, procedures, medication requests, of the whole chart

What was cancelled, or has not begun yet, is counted nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chartline.record.chart import Chart
from chartline.record.event import Event, Instant
from chartline.record.fields import read
from chartline.record.interpretations import CODES_OF_WORD
from chartline.record.kinds import EventKind
from chartline.record.names import normalise
from chartline.record.plan import Field, StayType
from chartline.record.stays import Stay
from chartline.record.times import HOUR, NO_TIME, moment_of
from chartline.record.units import decimal_of
from chartline.record.versions import is_known

_MOST_KEYS = 8
_MEASURED = (EventKind.LABORATORY, EventKind.VITAL)
_COUNTED = (EventKind.CONDITION, EventKind.PROCEDURE, EventKind.MEDICATION_REQUEST)


@dataclass(frozen=True, slots=True)
class Feature:
    value: float
    event_keys: tuple[str, ...] = ()


def outcome_features(chart: Chart, prediction_time: Instant) -> dict[str, Feature]:
    """Features by name; an absent one is zero. `chart` must have been built at `prediction_time`.

    Raises ValueError where the chart knows what became known later.
    """
    if not all(is_known(event, prediction_time) for event in chart.events):
        raise ValueError("the chart must be built as of the prediction time")
    now = chart.clock(moment_of(prediction_time))
    stays = [stay for stay in chart.stays(StayType.HOSPITAL) if stay.start <= now]
    features = dict(_stay_features(chart, stays, now))
    if (age := _age(chart, prediction_time)) is not None:
        features["age"] = Feature(age)
    since = stays[-1].start if stays else NO_TIME
    within = (chart.starts >= since) & (chart.starts <= now) & chart.happened
    recent = [chart.events[i] for i in np.flatnonzero(within).tolist()]
    features |= _kind_counts(recent)
    features |= _last_values(recent)
    features |= _name_counts(chart, chart.happened & (chart.starts <= now))
    return features


def _stay_features(chart: Chart, stays: list[Stay], now: int) -> Iterator[tuple[str, Feature]]:
    if not stays:
        return
    last = stays[-1]
    keys = (chart.events[last.index].event_key,)
    yield "in_hospital", Feature(float(last.lasts_at(now)), keys)
    yield "hours_since_admission", Feature((now - last.start) / HOUR, keys)
    yield "hours_since_discharge", Feature(0.0 if last.lasts_at(now) else (now - last.end) / HOUR, keys)
    yield "visits_before", Feature(float(len(stays) - 1), tuple(chart.events[s.index].event_key for s in stays[-9:-1]))


def _age(chart: Chart, now: Instant) -> float | None:
    for index in chart.of_kind(EventKind.PATIENT).tolist():
        age = read(chart, index, Field.AGE, "", now)
        if age is not None and hasattr(age, "value"):
            return float(age.value)
    return None


def _kind_counts(events: list[Event]) -> dict[str, Feature]:
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(f"{event.kind.name.lower()}/count", []).append(event)
        if event.interpretation in CODES_OF_WORD["abnormal"]:
            groups.setdefault(f"{event.kind.name.lower()}/abnormal/count", []).append(event)
    return _counts(groups)


def _name_counts(chart: Chart, counted: npt.NDArray[np.bool_]) -> dict[str, Feature]:
    groups: dict[str, list[Event]] = {}
    for kind in _COUNTED:
        places = chart.of_kind(kind)
        for index in places[counted[places]].tolist():
            event = chart.events[index]
            groups.setdefault(f"{kind.name.lower()}/{normalise(event.name)}/count", []).append(event)
    return _counts(groups)


def _counts(groups: dict[str, list[Event]]) -> dict[str, Feature]:
    return {
        name: Feature(math.log1p(len(events)), tuple(e.event_key for e in events[-_MOST_KEYS:]))
        for name, events in groups.items()
    }


def _last_values(events: list[Event]) -> dict[str, Feature]:
    """Events come in order of time, so that the last one stays."""
    last: dict[str, Feature] = {}
    for event in events:
        number = None if event.quantity is None else decimal_of(event.quantity)
        if event.kind in _MEASURED and number is not None:
            name = f"{event.kind.name.lower()}/{normalise(event.name)}/last"
            value = float(number)
            last[name] = Feature(math.copysign(math.log1p(abs(value)), value), (event.event_key,))
    return last
