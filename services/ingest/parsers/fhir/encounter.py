"""Encounter: a hospital visit, a stay in intensive care or the emergency department, and the moves between units."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from chartline.record.event import Event, EventStatus
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import codes, mimic, reading
from services.ingest.parsers.fhir.elements import (
    CodeableConcept,
    Coding,
    Element,
    Identifier,
    Period,
    Reference,
    Resource,
)
from services.ingest.parsers.fhir.knowing import known_at, told_twice
from services.ingest.parsers.fhir.resource import Facts, Head, attributes, patient_of

#: Statuses of a stay that say less than that a bed of it is only planned.
_HAPPENED = (EventStatus.FINAL, EventStatus.UNSPECIFIED)
_LEARNT_AT_DISCHARGE = frozenset({"discharge_location", "last_care_unit"})


class Hospitalization(Element):
    admit_source: CodeableConcept | None = None
    discharge_disposition: CodeableConcept | None = None


class Location(Element):
    location: Reference | None = None
    status: str = ""
    period: Period | None = None


class Encounter(Resource):
    identifier: tuple[Identifier, ...] = ()
    class_: Coding | None = msgspec.field(default=None, name="class")
    type: tuple[CodeableConcept, ...] = ()
    service_type: CodeableConcept | None = None
    priority: CodeableConcept | None = None
    period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    hospitalization: Hospitalization | None = None
    location: tuple[Location, ...] = ()
    service_provider: Reference | None = None
    part_of: Reference | None = None


def read(resource: Encounter, head: Head) -> Iterator[Event]:
    kind = _kind(resource)
    start, end = reading.span("", resource.period or Period(), "period")
    event = replace(
        head.event(kind, patient_of(resource)),
        encounter=reading.bare_id(resource.part_of) or head.record_id.partition("/")[2],
        codings=tuple(c for t in resource.type for c in reading.codings(t)),
        display=next(filter(None, map(reading.name, resource.type)), "") or _class(resource),
        time=start,
        end_time=end,
        available_time=known_at(None, start, None),
        status=reading.status(resource.status),
        attributes=attributes(kind, _facts(resource)),
        code_reference=_unit(resource) if kind is EventKind.ICU_STAY else "",
    )
    yield from told_twice(event, _LEARNT_AT_DISCHARGE)
    for number, place in enumerate(resource.location):
        if place.period is not None:
            yield from told_twice(_move(event, place, head, number), frozenset())


def _kind(resource: Encounter) -> EventKind:
    """A visit stands alone; a part of one is a stay in a unit."""
    typed = any(c.code in codes.ICU_ENCOUNTER_TYPES for t in resource.type for c in t.coding)
    if typed or any(i.system == mimic.ICU_STAY for i in resource.identifier):
        return EventKind.ICU_STAY
    if resource.part_of and resource.class_ and resource.class_.code in codes.EMERGENCY_CLASSES:
        return EventKind.TRANSFER
    return EventKind.ENCOUNTER


def _facts(resource: Encounter) -> Facts:
    stay = resource.hospitalization or Hospitalization()
    units = [place.location.display for place in _places(resource) if place.location and place.location.display]
    return {
        "admission_type": reading.words(resource.priority),
        "admission_location": reading.words(stay.admit_source),
        "discharge_location": reading.words(stay.discharge_disposition),
        "class": _class(resource),
        "reason": reading.all_words(resource.reason_code),
        "hospital": _hospital(resource),
        "care_unit": units[0] if units else "",
        "last_care_unit": units[-1] if units else "",
        "event_type": _class(resource),
    }


def _places(resource: Encounter) -> list[Location]:
    """Where the patient is or was; of a visit that is planned, where the patient will be."""
    planned = reading.status(resource.status) is EventStatus.PRELIMINARY
    return [place for place in resource.location if planned or not _is_expected(place)]


def _is_expected(place: Location) -> bool:
    """A bed that is planned or reserved is none that the patient was moved to."""
    return reading.status(place.status) is EventStatus.PRELIMINARY


def _unit(resource: Encounter) -> str:
    """The Location that names the care unit, where the stay itself does not."""
    place = next((p.location for p in _places(resource)), None)
    return "" if place is None or place.display else reading.reference_id(place)


def _hospital(resource: Encounter) -> str:
    provider = resource.service_provider
    return (provider.display or reading.bare_id(provider)) if provider else ""


def _class(resource: Encounter) -> str:
    return (resource.class_.display or resource.class_.code) if resource.class_ else ""


def _move(stay: Event, place: Location, head: Head, number: int) -> Event:
    """A unit without a name is one that its Location names."""
    start, end = reading.span("", place.period, f"location[{number}].period")
    unit = place.location.display if place.location else ""
    return replace(
        head.event(EventKind.TRANSFER, stay.patient, f"location/{number}"),
        encounter=stay.encounter,
        display=unit,
        code_reference="" if unit else reading.reference_id(place.location),
        time=start,
        end_time=end,
        available_time=known_at(None, start, None),
        status=EventStatus.PRELIMINARY if _is_expected(place) and stay.status in _HAPPENED else stay.status,
        attributes=attributes(EventKind.TRANSFER, {"care_unit": unit}),
    )
