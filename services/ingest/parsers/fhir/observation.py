"""Observation: a laboratory result, a charted value, an output, and each component as an event of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chartline.record.event import RETRACTIONS, Event, Instant
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import codes, culture, microbiology, mimic, reading
from services.ingest.parsers.fhir.contained import called, contained
from services.ingest.parsers.fhir.elements import CodeableConcept, Period, Reference, Resource, Timing
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.measuring import Measured, measure
from services.ingest.parsers.fhir.resource import Facts, Head, Leftover, Part, encounter_of, patient_of

_OF_SPECIMENS = (EventKind.LABORATORY, EventKind.MICROBIOLOGY)


class Observation(Measured):
    category: tuple[CodeableConcept, ...] = ()
    effective_date_time: str = ""
    effective_instant: str = ""
    effective_period: Period | None = None
    effective_timing: Timing | None = None
    issued: str = ""
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None
    specimen: Reference | None = None
    derived_from: tuple[Reference, ...] = ()
    component: tuple[Measured, ...] = ()
    has_member: tuple[Reference, ...] = ()


def read(resource: Observation, head: Head) -> Iterator[Part]:
    """A panel that has components and no value of its own is its components alone."""
    kind = _kind(resource)
    start, end = _effective(resource)
    shared = replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter),
        time=start,
        end_time=end,
        available_time=known_at(reading.moment(resource.issued, "issued"), end or start, head.last_updated),
        status=reading.status(resource.status),
        code_reference=_taken(resource.specimen) if kind in _OF_SPECIMENS else "",
    )
    context = _context(resource)
    alone = measure(shared, resource, {**context, **microbiology.of_observation(resource, kind)})
    own = culture.placed(alone, resource.derived_from, head)
    yield from culture.lent(alone, own, resource.has_member, head)
    parts = _components(resource, own, context, head)
    if not parts or own.quantity or own.text_value or own.status in RETRACTIONS:
        yield own
    yield from parts
    yield from read_contained(resource, resource.has_member, own, head)


def read_contained(resource: Resource, references: Iterable[Reference], around: Event, head: Head) -> Iterator[Part]:
    """Results that stand inside a report or a panel: observations of its patient, and of its time unless they say."""
    for reference in references:
        if not reference.reference.startswith("#"):
            continue
        if (result := contained(resource, reference.reference, Observation)) is None:
            yield Leftover("a result that is said to be contained and is not there")
            continue
        result.subject, result.encounter = resource.subject, result.encounter or resource.encounter
        for part in read(result, replace(head, record_id=f"{head.record_id}#contained/{result.id}")):
            yield _inside(part, around) if isinstance(part, Event) else part


def _inside(event: Event, around: Event) -> Event:
    return replace(
        event,
        source=around.source,
        time=event.time or around.time,
        available_time=event.available_time or around.available_time,
        status=around.status if around.status in RETRACTIONS else event.status,
    )


def _components(resource: Observation, own: Event, context: Facts, head: Head) -> list[Event]:
    events = []
    for number, part in enumerate(resource.component):
        tested = microbiology.of_component(part, own.kind)
        panel = f"part of {own.name}" if own.name and not tested else ""
        facts = {
            **context,
            "organism": own.attribute("organism"),
            "comment": "; ".join(filter(None, (panel, str(context["comment"])))),
            **tested,
        }
        key = head.event(own.kind, own.patient, f"component/{number}").natural_key
        event = measure(replace(own, natural_key=key), part, facts)
        events.append(replace(event, display=own.display or event.display) if tested else event)
    return events


def _kind(resource: Observation) -> EventKind:
    """By profile, by code, by category; without one by the sample; what remains is charted."""
    for profile in resource.meta.profile:
        if profile in mimic.PROFILE_KINDS:
            return mimic.PROFILE_KINDS[profile]
    if any(c.code in codes.MICROBIOLOGY_CODES for c in resource.code.coding) if resource.code else False:
        return EventKind.MICROBIOLOGY
    categories = [c.code for concept in resource.category for c in concept.coding]
    kinds = [codes.CATEGORY_KINDS[code] for code in categories if code in codes.CATEGORY_KINDS]
    if EventKind.MICROBIOLOGY in kinds:
        return EventKind.MICROBIOLOGY
    if not resource.category and (resource.specimen or _names_a_sample(resource.code)):
        return EventKind.LABORATORY
    return kinds[0] if kinds else EventKind.VITAL


def _names_a_sample(code: CodeableConcept | None) -> bool:
    told = (c.display for c in code.coding if c.system == codes.LOINC) if code else ()
    return any(codes.OF_A_SAMPLE.search(display) for display in told)


def _taken(specimen: Reference | None) -> str:
    """The definition that tells what was examined: glucose of urine is not glucose of blood."""
    reference = reading.reference_id(specimen)
    return reference if reference.startswith("Specimen/") else ""


def _effective(resource: Observation) -> tuple[Instant | None, Instant | None]:
    timing = resource.effective_timing.event if resource.effective_timing else ()
    at = resource.effective_date_time or resource.effective_instant or next(iter(timing), "")
    return reading.occurrence(at, resource.effective_period, "effective")


def _context(resource: Observation) -> Facts:
    """Facts that hold for the observation and for each of its components."""
    return {
        "category": reading.all_words(resource.category),
        "specimen": called((resource.specimen,), resource) if resource.specimen else "",
        "body_site": reading.words(resource.body_site),
        "method": reading.words(resource.method),
        "comment": reading.notes(resource.note),
    }
