"""One patient's state as arrays in order of time: what plans execute on and features are counted from.

The *chart's clock* is UTC where the source gives zones; times without one are taken to be on the local clock of the
chart's last zoned time. Calendar windows use each event's own local clock instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from chartline.record.codes import Code, code_of
from chartline.record.event import Event, EventStatus, Instant, Quantity
from chartline.record.kinds import EventKind
from chartline.record.names import event_names, is_blood, normalise
from chartline.record.plan import StayType
from chartline.record.stays import Stay, Timed, find_stays, find_visits, named_stays
from chartline.record.times import LATEST, MINUTE, NO_TIME, interval_end, local_micros, moment_of
from chartline.record.units import amount_of, decimal_of
from chartline.record.versions import states

Times = npt.NDArray[np.int64]
#: Places of events in the chart, ascending.
Indices = npt.NDArray[np.int64]

#: Of a place and a time: what happens to a patient happens in one.
STAY_KINDS = (EventKind.ENCOUNTER, EventKind.TRANSFER, EventKind.ICU_STAY)
_NO_STAY = (EventStatus.CANCELLED, EventStatus.PRELIMINARY)


class Chart:
    """Thread safe: nothing changes after `build`; what is derived lazily is the same whoever derives it."""

    def __init__(self, events: Iterable[Event], as_of: Instant | None = None) -> None:
        """`events` are a state: one event a fact. `Chart.build` makes it from versions."""
        ordered = sorted(events, key=lambda e: e.event_key)
        self.as_of = as_of
        self.offset_minutes = _last_offset(ordered)
        starts = np.array([self._start(e) for e in ordered], dtype=np.int64)
        order = np.argsort(starts, kind="stable")
        #: In order of time, then event_key; events without a time come first.
        self.events: tuple[Event, ...] = tuple(ordered[i] for i in order.tolist())
        #: int64[N] on the chart's clock, NO_TIME where there is none.
        self.starts: Times = starts[order]
        self._terms: dict[EventKind, dict[str, Indices]] = {}
        self._labels: dict[EventKind, dict[str, str]] = {}
        self._codes: dict[EventKind, dict[Code, frozenset[str]]] = {}
        self._specimens: dict[str, str] = {}

    @classmethod
    def build(cls, versions: Iterable[Event], as_of: Instant | None = None) -> Chart:
        """From all versions of all facts, in any order, with repeats; what is not known at `as_of` leaves no trace."""
        return cls(states(versions, as_of), as_of)

    # --- clock -------------------------------------------------------------------------------------------------------

    def clock(self, instant: Instant) -> int:
        """The instant on the chart's clock."""
        if self.offset_minutes is None:
            return local_micros(instant)
        if instant.offset_minutes is None:
            return instant.unix_micros - self.offset_minutes * MINUTE
        return instant.unix_micros

    def _start(self, event: Event) -> int:
        return NO_TIME if event.time is None else self.clock(event.time)

    @property
    def last_known(self) -> Instant | None:
        """The latest available_time; None where no event has one."""
        known = [e.available_time for e in self.events if e.available_time is not None]
        return max(known, key=interval_end, default=None)

    # --- arrays, one element an event ---------------------------------------------------------------------------------

    @cached_property
    def local(self) -> Times:
        """int64[N]: each event's time on its own local clock."""
        return np.array([NO_TIME if e.time is None else local_micros(e.time) for e in self.events], dtype=np.int64)

    @cached_property
    def lengths(self) -> Times:
        """int64[N]: how long the interval is that a partial date names; 0 for a clock time."""
        lengths = (0 if e.time is None else interval_end(e.time) - e.time.unix_micros for e in self.events)
        return np.fromiter(lengths, dtype=np.int64, count=len(self.events))

    @cached_property
    def ends(self) -> Times:
        """int64[N] on the chart's clock: when it was over, LATEST where no end is known.

        A day is part of what ends on it (FHIR R4, Period.end), up to its last microsecond.
        """
        ends = (LATEST if e.end_time is None else self.clock(moment_of(e.end_time)) for e in self.events)
        return np.fromiter(ends, dtype=np.int64, count=len(self.events))

    @cached_property
    def values(self) -> npt.NDArray[np.float64]:
        """float64[N]: the numbers of the quantities in their own units, NaN where there is none."""
        return np.fromiter((_number(amount_of(e)) for e in self.events), dtype=np.float64, count=len(self.events))

    @cached_property
    def ranks(self) -> npt.NDArray[np.int64]:
        """int64[N]: the place of a diagnosis or procedure in its bill, 0 where it has none."""
        ranks = (e.attribute("rank") for e in self.events)
        return np.fromiter((_rank(rank) for rank in ranks), dtype=np.int64, count=len(self.events))

    @cached_property
    def happened(self) -> npt.NDArray[np.bool_]:
        """bool[N]: false for what was cancelled before it happened."""
        happened = (e.status is not EventStatus.CANCELLED for e in self.events)
        return np.fromiter(happened, dtype=np.bool_, count=len(self.events))

    def named_stays(self, stay: StayType) -> npt.NDArray[np.int64]:
        """int64[N]: `Stay.index` of the ICU stay, or of the visit of any class, that the event names; -1 for none.

        What names an ICU stay names the visit, too, that the stay is part of.
        """
        return self._named_stays[stay]

    def names_of(self, encounter: str) -> frozenset[str]:
        """How events name the visit or one of its ICU stays; `encounter` is with or without its resource type."""
        visit = encounter.rpartition("/")[2]
        return frozenset(
            {encounter, visit, *(stay.name for stay in self.stays(StayType.ICU) if stay.encounter == visit)}
        )

    @cached_property
    def _named_stays(self) -> dict[StayType, npt.NDArray[np.int64]]:
        return named_stays(self.events, self.visits, self.stays(StayType.ICU))

    # --- indexes -----------------------------------------------------------------------------------------------------

    @cached_property
    def by_kind(self) -> dict[EventKind, Indices]:
        kinds = np.fromiter((e.kind for e in self.events), dtype=np.int64, count=len(self.events))
        return {EventKind(kind): np.flatnonzero(kinds == kind) for kind in np.unique(kinds).tolist()}

    def of_kind(self, kind: EventKind) -> Indices:
        return self.by_kind.get(kind, _NONE)

    def terms(self, kind: EventKind) -> dict[str, Indices]:
        """The events of that kind by each normalised name under which a question may mean them."""
        if kind not in self._terms:
            self._index(kind)
        return self._terms[kind]

    def label(self, kind: EventKind, term: str) -> str:
        """The term as the record writes it."""
        self.terms(kind)
        return self._labels[kind][term]

    def specimen(self, kind: EventKind, term: str) -> str:
        """Of a laboratory test that is not of blood: the sample that its events name."""
        self.terms(kind)
        return self._specimens.get(term, "") if kind is EventKind.LABORATORY else ""

    def codes(self, kind: EventKind) -> dict[Code, frozenset[str]]:
        """The terms of each code."""
        if kind not in self._codes:
            codes: dict[Code, set[str]] = {}
            for event in (self.events[i] for i in self.of_kind(kind).tolist()):
                for coding in event.codings:
                    codes.setdefault(code_of(coding.system, coding.code), set()).add(normalise(event.name))
            self._codes[kind] = {code: frozenset(terms - {""}) for code, terms in codes.items()}
        return self._codes[kind]

    def _index(self, kind: EventKind) -> None:
        written = self._sampled() if kind is EventKind.LABORATORY else self._named(kind)
        places: dict[str, set[int]] = {}
        labels: dict[str, str] = {}
        for name in sorted(written):
            term = normalise(name)
            places.setdefault(term, set()).update(written[name])
            labels.setdefault(term, name)
        self._labels[kind] = labels
        self._terms[kind] = {term: np.array(sorted(found), dtype=np.int64) for term, found in places.items() if term}

    def _named(self, kind: EventKind) -> dict[str, list[int]]:
        written: dict[str, list[int]] = {}
        for index in self.of_kind(kind).tolist():
            for name in event_names(self.events[index]):
                written.setdefault(name, []).append(index)
        return written

    def _sampled(self) -> dict[str, list[int]]:
        """One name of several samples is several series: glucose of blood, and of urine by a name that says so."""
        tests = self.of_kind(EventKind.LABORATORY).tolist()
        events = [(i, self.events[i].name, _sample(self.events[i])) for i in tests]
        samples: dict[str, set[str]] = {}
        written: dict[str, list[int]] = {}
        for _, name, sample in events:
            samples.setdefault(normalise(name), set()).add(normalise(sample))
        for index, name, sample in events:
            label = f"{name} ({sample})" if sample and len(samples[normalise(name)]) > 1 else name
            written.setdefault(label, []).append(index)
            self._specimens[normalise(label)] = sample
        return written

    # --- stays -------------------------------------------------------------------------------------------------------

    def stays(self, stay: StayType) -> tuple[Stay, ...]:
        """In order of time, without those that were cancelled or are only planned."""
        return self._stays[stay]

    @cached_property
    def visits(self) -> tuple[Stay, ...]:
        """In order of time, also those to no hospital, without those that were cancelled or are only planned."""
        return find_visits(self._timed)

    @cached_property
    def _stays(self) -> dict[StayType, tuple[Stay, ...]]:
        return {stay: find_stays(stay, self._timed) for stay in StayType}

    @cached_property
    def _timed(self) -> list[Timed]:
        indices = [i for kind in STAY_KINDS for i in self.of_kind(kind).tolist() if self.starts[i] != NO_TIME]
        indices = [i for i in indices if self.events[i].status not in _NO_STAY]
        return [Timed(i, self.events[i], int(self.starts[i]), int(self.ends[i])) for i in indices]


_NONE: Indices = np.empty(0, dtype=np.int64)


def _last_offset(events: list[Event]) -> int | None:
    zoned = [e.time for e in events if e.time is not None and e.time.offset_minutes is not None]
    last = max(zoned, key=lambda t: (t.unix_micros, t.offset_minutes), default=None)
    return None if last is None else last.offset_minutes


def _rank(given: object) -> int:
    written = given.value if isinstance(given, Quantity) else given
    return int(written) if isinstance(written, str) and written.isdecimal() and len(written) < 10 else 0


def _number(quantity: Quantity | None) -> float:
    number = None if quantity is None else decimal_of(quantity)
    return np.nan if number is None else float(number)


def _sample(event: Event) -> str:
    """Empty for blood, which needs no word, where none is named, and where the test's name says it."""
    told = event.attribute("specimen")
    sample = told if isinstance(told, str) else ""
    return "" if is_blood(sample) or {*normalise(sample).split()} <= {*normalise(event.name).split()} else sample
