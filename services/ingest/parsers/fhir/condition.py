"""Condition: a diagnosis or a problem."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Period, Quantity, Range, Resource
from services.ingest.parsers.fhir.knowing import known_at, told_twice
from services.ingest.parsers.fhir.resource import Facts, Head, attributes, encounter_of, patient_of

_LEARNT_AT_THE_END = frozenset({"clinical_status"})


class Condition(Resource):
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    severity: CodeableConcept | None = None
    code: CodeableConcept | None = None
    onset_date_time: str = ""
    onset_age: Quantity | None = None
    onset_period: Period | None = None
    onset_range: Range | None = None
    onset_string: str = ""
    abatement_date_time: str = ""
    abatement_period: Period | None = None
    recorded_date: str = ""


def read(resource: Condition, head: Head) -> Iterator[Event]:
    recorded = reading.moment(resource.recorded_date, "recordedDate")
    onset, _ = reading.span(resource.onset_date_time, resource.onset_period, "onset")
    abated, abated_until = reading.span(resource.abatement_date_time, resource.abatement_period, "abatement")
    kind = EventKind.CONDITION
    facts: Facts = {
        "category": reading.all_words(resource.category),
        "clinical_status": reading.words(resource.clinical_status),
        "severity": reading.words(resource.severity),
    }
    event = replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter),
        codings=reading.codings(resource.code),
        display=reading.name(resource.code),
        time=onset or recorded,
        end_time=abated_until or abated,
        available_time=known_at(recorded, onset, head.last_updated),
        text_value="\n".join(filter(None, (_onset_words(resource), reading.notes(resource.note)))),
        status=reading.status(reading.code(resource.verification_status)),
        attributes=attributes(kind, facts),
    )
    yield from told_twice(event, _LEARNT_AT_THE_END)


def _onset_words(resource: Condition) -> str:
    said = resource.onset_string or reading.amount_words(resource.onset_age)
    said = said or (reading.range_words(resource.onset_range) if resource.onset_range else "")
    return f"onset: {said}" if said else ""
