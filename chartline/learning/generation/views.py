"""A record as questions see it: what was known of a patient at one moment, or the end of that which a prompt holds.

    all versions ── known at a moment ──▶ state ── its last events, the stays they lie in ──▶ view `Patient/7#2`

A view is a record of its own: model and executor see the same of it, and nothing in it was learnt after its moment.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

import numpy as np

from chartline.language.blocks import prefix_order
from chartline.language.dates import clock
from chartline.learning.generation.held_out import VIEW_MARK, split_of
from chartline.learning.generation.names import Names
from chartline.record.chart import STAY_KINDS, Chart
from chartline.record.event import Event, Instant, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.plan import StayType
from chartline.record.stay_windows import stay_of
from chartline.record.times import DAY, HOUR, LATEST, MINUTE, interval_end
from chartline.record.versions import states

#: Events of a chart that soft tokens alone are asked about.
SHORT = 96
_LONG = (128, 192, 256, 384)
#: Of a short view, how many events of one kind, so that rare kinds are not lost among vital signs.
_OF_A_KIND = (6, 10, 16, SHORT)
_WHOLE_SHARE = 0.4
#: A record of fewer events is no chart to ask about.
FEWEST = 8


class View:
    """`chart` holds the state of every fact known at the view's moment; its events are the view's own."""

    def __init__(self, name: str, events: Sequence[Event]) -> None:
        self.name = name
        self.split = split_of(name)
        self.chart = Chart(replace(event, patient=name) for event in events)

    @property
    def short(self) -> bool:
        return len(self.chart.events) <= SHORT

    @cached_property
    def names(self) -> Names:
        return Names(self.chart, trains=self.split == "train")

    @cached_property
    def known_until(self) -> Instant:
        last = self.chart.last_known
        assert last is not None
        return Instant(interval_end(last), last.offset_minutes, max(last.precision, TimePrecision.SECOND))

    @cached_property
    def times(self) -> tuple[datetime | None, ...]:
        """Of each event of the chart, on its local clock; None where no day is known."""
        times = (event.time for event in self.chart.events)
        return tuple(clock(time) if time and time.precision >= TimePrecision.DAY else None for time in times)

    @cached_property
    def hours(self) -> tuple[float | None, ...]:
        """Of each event of the chart, how long after the beginning of the hospital stay in which it lies."""
        starts = self.chart.starts.tolist()
        stays = stay_of(self.chart, StayType.HOSPITAL, np.arange(len(starts))).tolist()
        pairs = zip(starts, stays, strict=True)
        hours = ((start - starts[stay]) / HOUR if stay >= 0 else -1.0 for start, stay in pairs)
        return tuple(hour if hour >= 0 else None for hour in hours)


def draw_view(patient: str, number: int, versions: Sequence[Event], rng: random.Random, *, short: bool) -> View | None:
    """The `number`-th view of the patient; None where too little was known at the drawn moment."""
    known = prefix_order(states(versions, _moment(versions, rng)))
    kept = _short_end(known, rng) if short else _end(known, rng.choice(_LONG))
    view = View(f"{patient}{VIEW_MARK}{number}", kept)
    return view if len(kept) >= FEWEST and view.chart.last_known is not None else None


def draw_now(view: View, rng: random.Random) -> Instant:
    """When the question is asked: as soon as the last fact was known, or some hours, days or weeks later."""
    last = view.known_until
    later = rng.choice((0, 0, 0, rng.randint(0, HOUR), rng.randint(0, DAY), rng.randint(0, 60 * DAY)))
    if not later:
        return last
    return Instant(-(-(last.unix_micros + later) // MINUTE) * MINUTE, last.offset_minutes, TimePrecision.MINUTE)


def _moment(versions: Sequence[Event], rng: random.Random) -> Instant | None:
    """As of when the record is seen; None is after everything."""
    return None if rng.random() < _WHOLE_SHARE else rng.choice(versions).available_time


def _end(known: Sequence[Event], most: int) -> list[Event]:
    """The patient, the last events, and the stays they lie in: `most` events at most, in their order."""
    if len(known) <= most:
        return list(known)
    others = [e for e in known if e.kind not in STAY_KINDS and e.kind is not EventKind.PATIENT]
    since = min((e.time.unix_micros for e in others[-most:] if e.time), default=0)
    stays = [e for e in known if e.kind in STAY_KINDS and _ends(e) >= since][-most // 4 :]
    static = [e for e in known if e.kind is EventKind.PATIENT]
    return prefix_order([*static, *stays, *others[-(most - len(stays) - len(static)) :]])


def _short_end(known: Sequence[Event], rng: random.Random) -> list[Event]:
    of_a_kind, most = rng.choice(_OF_A_KIND), rng.randint(24, SHORT)
    counts: Counter[EventKind] = Counter()
    kept = []
    for event in reversed(known):
        counts[event.kind] += 1
        if counts[event.kind] <= of_a_kind or event.kind is EventKind.PATIENT:
            kept.append(event)
    return _end(kept[::-1], most)


def _ends(event: Event) -> int:
    return LATEST if event.end_time is None else event.end_time.unix_micros
