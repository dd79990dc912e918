"""Condition: a diagnosis or a problem."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import codes, reading
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
    abatement_age: Quantity | None = None
    abatement_period: Period | None = None
    abatement_range: Range | None = None
    abatement_string: str = ""
    recorded_date: str = ""


def read(resource: Condition, head: Head) -> Iterator[Event]:
    recorded = reading.moment(resource.recorded_date or _asserted(resource), "recordedDate")
    onset, onset_until = reading.span(resource.onset_date_time, resource.onset_period, "onset")
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
        available_time=known_at(recorded, onset or onset_until, head.last_updated),
        text_value=reading.lines(*_undated(resource), reading.notes(resource.note)),
        status=reading.status(reading.code(resource.verification_status)),
        attributes=attributes(kind, facts),
    )
    yield from told_twice(event, _LEARNT_AT_THE_END)


def _asserted(resource: Condition) -> str:
    """R4 has recordedDate; what STU3 called assertedDate lives on as an extension."""
    return next((e.value_date_time for e in resource.extension if e.url == codes.ASSERTED_DATE), "")


def _undated(resource: Condition) -> Iterator[str]:
    """Onset and abatement that are no dates."""
    if since := reading.age_words(resource.onset_string, resource.onset_age, resource.onset_range):
        yield f"onset: {since}"
    if until := reading.age_words(resource.abatement_string, resource.abatement_age, resource.abatement_range):
        yield f"abated: {until}"
