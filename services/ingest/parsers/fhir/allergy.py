"""AllergyIntolerance: what a patient must not be given."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Element, Period, Quantity, Range, Resource
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import Facts, Head, attributes, encounter_of, patient_of


class Reaction(Element):
    substance: CodeableConcept | None = None
    manifestation: tuple[CodeableConcept, ...] = ()
    description: str = ""
    severity: str = ""


class AllergyIntolerance(Resource):
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    category: tuple[str | None, ...] = ()
    criticality: str = ""
    code: CodeableConcept | None = None
    onset_date_time: str = ""
    onset_period: Period | None = None
    onset_age: Quantity | None = None
    onset_range: Range | None = None
    onset_string: str = ""
    last_occurrence: str = ""
    recorded_date: str = ""
    reaction: tuple[Reaction, ...] = ()


def read(resource: AllergyIntolerance, head: Head) -> Iterator[Event]:
    recorded = reading.moment(resource.recorded_date, "recordedDate")
    onset, onset_until = reading.span(resource.onset_date_time, resource.onset_period, "onset")
    since = reading.age_words(resource.onset_string, resource.onset_age, resource.onset_range)
    kind = EventKind.ALLERGY
    facts: Facts = {
        "category": ", ".join(filter(None, resource.category)),
        "criticality": resource.criticality,
        "reaction": "; ".join(filter(None, map(_reaction, resource.reaction))),
        "clinical_status": reading.words(resource.clinical_status),
    }
    yield replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter),
        codings=reading.codings(resource.code),
        display=reading.name(resource.code) or _substance(resource),
        time=onset or recorded,
        available_time=known_at(recorded, onset or onset_until, head.last_updated),
        text_value=reading.lines(
            f"onset: {since}" if since else "",
            f"last occurrence: {resource.last_occurrence}" if resource.last_occurrence else "",
            reading.notes(resource.note),
        ),
        status=reading.status(reading.code(resource.verification_status)),
        attributes=attributes(kind, facts),
    )


def _substance(resource: AllergyIntolerance) -> str:
    return next(filter(None, (reading.name(r.substance) for r in resource.reaction)), "")


def _reaction(reaction: Reaction) -> str:
    shown = reading.all_words(reaction.manifestation) or reaction.description
    return f"{shown} ({reaction.severity})" if shown and reaction.severity else shown
