"""What became of a patient: by the whole record where labels are read, by what was known then where one predicts."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from chartline.learning.tasks.code_groups import code_groups
from chartline.learning.tasks.task import DEATH, HOSPITAL_STAY, ICU_STAY, Predicate
from chartline.record.chart import Chart, Indices
from chartline.record.event import Event, Instant, Quantity, TimePrecision
from chartline.record.filters import compare_quantity
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.measures import Measure, convert, measure_of
from chartline.record.names import normalise
from chartline.record.plan import Comparator, StayType
from chartline.record.stays import OUTSIDE_CLASSES, Stay
from chartline.record.times import LATEST, NO_TIME
from chartline.record.units import decimal_of

_STAYS = {HOSPITAL_STAY: StayType.HOSPITAL, ICU_STAY: StayType.ICU}
#: How discharge locations say that the patient died: MIMIC-IV "DIED", eICU "Death", FHIR's disposition "Expired".
_DEATH_WORDS = frozenset({"died", "dead", "death", "deceased", "expired", "exp"})
_WITHIN = {Comparator.GREATER: Comparator.LESS_OR_EQUAL, Comparator.LESS: Comparator.GREATER_OR_EQUAL}
_LINKER = LexicalLinker()


class Course:
    """All moments are microseconds on the chart's clock."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    def stays(self, name: str) -> tuple[Stay, ...]:
        """Of HOSPITAL_STAY or ICU_STAY, in order of time; visits to an office are no stays."""
        return tuple(stay for stay in self.chart.stays(_STAYS[name]) if not _outside(self.chart.events[stay.index]))

    def length(self, stay: Stay) -> int:
        """Microseconds of a stay that ended; from one day to another as many as lie between them."""
        end = self.chart.events[stay.index].end_time
        return (stay.end if end is None else self.chart.clock(end)) - stay.start

    def visit_of(self, stay: Stay) -> Stay:
        """The hospital stay that the stay is or is part of, by its name, else by time; itself where none is known."""
        visits = self.stays(HOSPITAL_STAY)
        named = [visit for visit in visits if visit.encounter and visit.encounter == stay.encounter]
        return (named or [visit for visit in visits if visit.lasts_at(stay.start)] or [stay])[0]

    def dies_in(self, stay: Stay) -> bool:
        """What the discharge says; where it says nothing, whether a death is recorded within the stay."""
        if stay.end == LATEST:
            return False
        told = self.chart.events[stay.index].attribute("discharge_location")
        if isinstance(told, str) and told:
            return not _DEATH_WORDS.isdisjoint(normalise(told).split())
        return any(start <= stay.end and end >= stay.start for start, end in self._deaths)

    def dead_at(self, moment: int) -> bool:
        """Whether a death was certainly before: one that is only a day is over when the day is."""
        return any(end <= moment for _, end in self._deaths)

    def moments(self, predicate: Predicate | str) -> list[int]:
        """When it came to pass: starts of stays, deaths, or events of a predicate; never what was cancelled."""
        if isinstance(predicate, Predicate):
            return [m for m in self.chart.starts[matching(self.chart, predicate)].tolist() if m != NO_TIME]
        if predicate == DEATH:
            return [start for start, _ in self._deaths]
        return [stay.start for stay in self.stays(predicate)]

    def of_stay(self, predicate: Predicate, stay: Stay) -> bool:
        """Whether such an event names the stay."""
        return any(self.chart.events[i].encounter == stay.encounter for i in matching(self.chart, predicate).tolist())

    @property
    def last_moment(self) -> int:
        """Of what happened, the last start or end."""
        ends = self.chart.ends[self.chart.ends != LATEST]
        return max((int(times.max()) for times in (self.chart.starts, ends) if times.size), default=NO_TIME)

    def instant(self, moment: int, like: Instant | None) -> Instant:
        """The moment with the zone of `like`, else of the chart."""
        offset = self.chart.offset_minutes if like is None or like.offset_minutes is None else like.offset_minutes
        return Instant(moment, offset, TimePrecision.MICROSECOND if moment % 1_000_000 else TimePrecision.SECOND)

    @cached_property
    def _deaths(self) -> list[tuple[int, int]]:
        indices = [i for i in self.chart.of_kind(EventKind.DEATH).tolist() if self.chart.starts[i] != NO_TIME]
        starts, lengths = self.chart.starts[indices].tolist(), self.chart.lengths[indices].tolist()
        return [(start, start + length) for start, length in zip(starts, lengths, strict=True)]


def matching(chart: Chart, predicate: Predicate) -> Indices:
    """Places of the events that the predicate means; what was cancelled is none."""
    indices = chart.of_kind(predicate.kind)
    if predicate.concepts or predicate.codes:
        indices = np.union1d(_named(chart, predicate), _coded(chart, predicate)).astype(np.int64)
    if predicate.above or predicate.below:
        held = (i for i in indices.tolist() if _meets(chart.events[i], predicate))
        indices = np.fromiter(held, dtype=np.int64)
    happened: Indices = indices[chart.happened[indices]]
    return happened


def _named(chart: Chart, predicate: Predicate) -> Indices:
    linked = (_LINKER.link(concept, predicate.kind, chart) for concept in predicate.concepts)
    names = {name for link in linked if link.kind is predicate.kind and not link.ambiguous for name in link.names}
    terms = chart.terms(predicate.kind)
    return np.array([i for name in names for i in terms[normalise(name)].tolist()], dtype=np.int64)


def _coded(chart: Chart, predicate: Predicate) -> Indices:
    if not predicate.codes:
        return np.empty(0, dtype=np.int64)
    group = code_groups()[predicate.codes]
    found = (i for i in chart.of_kind(predicate.kind).tolist() if any(map(group.holds, chart.events[i].codings)))
    return np.fromiter(found, dtype=np.int64)


def _meets(event: Event, predicate: Predicate) -> bool:
    above = (_beyond(event, Comparator.GREATER, limit) for limit in predicate.above)
    below = (_beyond(event, Comparator.LESS, limit) for limit in predicate.below)
    told = [beyond for beyond in (*above, *below) if beyond is not None]
    return bool(told) if predicate.compared else any(told)


def _beyond(event: Event, comparator: Comparator, limit: Quantity) -> bool | None:
    """None where nobody knows: no number, no unit that could be the limit's, or one that is only bounded (<6)."""
    number, bound = None if event.quantity is None else decimal_of(event.quantity), decimal_of(limit)
    if event.quantity is None or number is None or bound is None:
        return None
    own = measure_of(event.quantity, event)
    amount = convert(number, own, Measure(limit.unit, own.analyte))
    if amount is None:
        return None
    told = Quantity(str(amount), limit.unit, event.quantity.comparator)
    if compare_quantity(told, comparator, bound):
        return True
    return None if told.comparator and not compare_quantity(told, _WITHIN[comparator], bound) else False


def _outside(event: Event) -> bool:
    encounter_class = event.attribute("class")
    return isinstance(encounter_class, str) and normalise(encounter_class) in OUTSIDE_CLASSES
