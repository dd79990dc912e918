"""The stays of a chart: when the patient was in hospital or in intensive care, for windows and for prediction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.names import normalise
from chartline.record.plan import StayType
from chartline.record.times import DAY

#: Encounter classes that are no stay in a hospital: ambulatory, virtual, at home, in the field.
#: Source: HL7 Terminology, CodeSystem v3-ActCode, https://terminology.hl7.org (Encounter.class of FHIR R4).
OUTSIDE_CLASSES = frozenset({"amb", "ambulatory", "vr", "virtual", "hh", "home health", "fld", "field"})
#: Words of a care unit that is intensive care, for sources that report transfers alone (MIMIC-IV d_items, HL7 PL).
INTENSIVE_WORDS = frozenset({"icu", "intensive", "ccu", "cvicu", "micu", "sicu", "tsicu", "nicu", "picu", "msicu"})


@dataclass(frozen=True, slots=True)
class Stay:
    """[start, end) on the chart's clock; `end` is LATEST while it lasts. `index` is the event's place in the chart.

    `encounter` is how events name the visit that it is or is part of, `name` how they name an ICU stay itself.
    """

    start: int
    end: int
    encounter: str
    name: str
    index: int

    def lasts_at(self, moment: int) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Timed:
    """An event with its place in the chart and its interval on the chart's clock."""

    index: int
    event: Event
    start: int
    end: int


def find_stays(stay: StayType, candidates: Iterable[Timed]) -> tuple[Stay, ...]:
    """The stays of that type, in order of time; `candidates` are the encounters, transfers and ICU stays."""
    timed = list(candidates)
    return _in_order(_hospital(timed) if stay is StayType.HOSPITAL else _intensive(timed))


def find_visits(candidates: Iterable[Timed]) -> tuple[Stay, ...]:
    """The visits of any class, in order of time."""
    return _in_order(_visits(candidates))


def named_stays(
    events: Sequence[Event], visits: Iterable[Stay], units: Sequence[Stay]
) -> dict[StayType, npt.NDArray[np.int64]]:
    """int64[N] for each type: `Stay.index` of the visit, or of the ICU stay of `units`, that the event names, else -1.

    What names an ICU stay names the visit, too, that the stay is part of.
    """
    by_visit = {stay.encounter: stay.index for stay in visits}
    by_unit = {stay.name: stay.index for stay in units}
    within = {stay.name: by_visit.get(stay.encounter, -1) for stay in units}
    return {
        StayType.HOSPITAL: _named(events, within | by_visit, EventKind.ENCOUNTER, encounter_token),
        StayType.ICU: _named(events, by_unit, EventKind.ICU_STAY, record_name),
    }


def _named(
    events: Sequence[Event], stays: dict[str, int], own: EventKind, name: Callable[[Event], str]
) -> npt.NDArray[np.int64]:
    """By what the event names; a stay's own event, of the kind `own`, names itself by `name`."""
    named = (name(e) if e.kind is own else e.encounter for e in events)
    return np.fromiter((stays.get(n, -1) if n else -1 for n in named), dtype=np.int64, count=len(events))


def _in_order(found: Iterable[Timed]) -> tuple[Stay, ...]:
    stays = [Stay(t.start, t.end, encounter_token(t.event), record_name(t.event), t.index) for t in found]
    return tuple(sorted(stays, key=lambda s: (s.start, s.end, s.index)))


def encounter_token(event: Event) -> str:
    """How other events name the visit that this event is."""
    return event.encounter or event.source.record_id


def record_name(event: Event) -> str:
    """Its record's identifier alone: "39" of "Encounter/39" and of "icustays/39"."""
    return event.source.record_id.rpartition("/")[2]


def _hospital(candidates: list[Timed]) -> list[Timed]:
    """Where all visits are ambulatory, they are what a question about visits means."""
    visits = _visits(candidates)
    return [t for t in visits if not _outside(t)] or visits


def _visits(candidates: Iterable[Timed]) -> list[Timed]:
    return [t for t in candidates if t.event.kind is EventKind.ENCOUNTER]


def _outside(visit: Timed) -> bool:
    """By its class, which some senders give to urgent admissions too: MIMIC-IV on FHIR calls them AMB."""
    encounter_class = visit.event.attribute("class")
    admitted = visit.event.attribute("admission_location") and visit.end - visit.start >= DAY
    return isinstance(encounter_class, str) and normalise(encounter_class) in OUTSIDE_CLASSES and not admitted


def _intensive(candidates: list[Timed]) -> list[Timed]:
    """The ICU stays; a source that reports none may still report transfers into such units."""
    stays = [t for t in candidates if t.event.kind is EventKind.ICU_STAY]
    return stays or [t for t in candidates if t.event.kind is EventKind.TRANSFER and _is_intensive(t.event)]


def _is_intensive(event: Event) -> bool:
    unit = event.attribute("care_unit")
    return isinstance(unit, str) and not INTENSIVE_WORDS.isdisjoint(normalise(unit).split())
