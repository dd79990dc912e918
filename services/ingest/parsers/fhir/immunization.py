"""Immunization: a vaccine given, or declined."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Quantity, Resource
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import Facts, Head, attributes, encounter_of, patient_of


class Immunization(Resource):
    status_reason: CodeableConcept | None = None
    vaccine_code: CodeableConcept | None = None
    occurrence_date_time: str = ""
    occurrence_string: str = ""
    recorded: str = ""
    lot_number: str = ""
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_quantity: Quantity | None = None


def read(resource: Immunization, head: Head) -> Iterator[Event]:
    given = reading.moment(resource.occurrence_date_time, "occurrenceDateTime")
    recorded = reading.moment(resource.recorded, "recorded")
    kind = EventKind.IMMUNIZATION
    facts: Facts = {
        "route": reading.words(resource.route),
        "body_site": reading.words(resource.site),
        "lot_number": resource.lot_number,
    }
    said = (resource.occurrence_string, reading.words(resource.status_reason), reading.notes(resource.note))
    yield replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter),
        codings=reading.codings(resource.vaccine_code),
        display=reading.name(resource.vaccine_code),
        time=given or recorded,
        available_time=known_at(recorded, given, head.last_updated),
        quantity=reading.quantity(resource.dose_quantity),
        text_value="\n".join(filter(None, said)),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
