"""Procedure: an operation, a line, a ventilation."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.contained import called
from services.ingest.parsers.fhir.elements import CodeableConcept, Period, Quantity, Range, Reference, Resource
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import Facts, Head, attributes, encounter_of, patient_of


class Procedure(Resource):
    category: CodeableConcept | None = None
    code: CodeableConcept | None = None
    performed_date_time: str = ""
    performed_period: Period | None = None
    performed_string: str = ""
    performed_age: Quantity | None = None
    performed_range: Range | None = None
    body_site: tuple[CodeableConcept, ...] = ()
    outcome: CodeableConcept | None = None
    status_reason: CodeableConcept | None = None
    complication: tuple[CodeableConcept, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()


def read(resource: Procedure, head: Head) -> Iterator[Event]:
    start, end = reading.occurrence(resource.performed_date_time, resource.performed_period, "performed")
    when = reading.age_words(resource.performed_string, resource.performed_age, resource.performed_range)
    kind = EventKind.PROCEDURE
    facts: Facts = {
        "category": reading.words(resource.category),
        "body_site": reading.all_words(resource.body_site),
        "outcome": reading.words(resource.outcome),
        "reason": reading.joined(reading.all_words(resource.reason_code), called(resource.reason_reference, resource)),
    }
    yield replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter),
        codings=reading.codings(resource.code),
        display=reading.name(resource.code),
        time=start,
        end_time=end,
        available_time=known_at(None, end or start, head.last_updated),
        text_value=reading.lines(
            f"performed: {when}" if when else "",
            reading.labelled("status reason", resource.status_reason),
            reading.labelled("complication", *resource.complication),
            reading.notes(resource.note),
        ),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
