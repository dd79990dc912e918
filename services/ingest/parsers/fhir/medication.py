"""What is done with a drug: ordered, given, taken, dispensed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import RETRACTIONS, Event, EventStatus, Instant
from chartline.record.kinds import EventKind
from chartline.record.times import interval_end
from services.ingest.parsers.fhir import codes, mimic, reading
from services.ingest.parsers.fhir.contained import called, contained
from services.ingest.parsers.fhir.dosing import (
    AdministeredDosage,
    bounds_of,
    dose_facts,
    dose_of,
    dosing_words,
    in_sequence,
    untold_bounds,
)
from services.ingest.parsers.fhir.drug import Medication, drug_name
from services.ingest.parsers.fhir.elements import (
    CodeableConcept,
    Dosage,
    Element,
    Period,
    Quantity,
    Reference,
    Resource,
)
from services.ingest.parsers.fhir.knowing import known_at, told_twice
from services.ingest.parsers.fhir.resource import Facts, Head, Part, attributes, encounter_of, patient_of

_LEARNT_AT_THE_END = frozenset({"order_status"})


class DrugResource(Resource):
    """What the four resources of a patient's drugs share."""

    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    category: CodeableConcept | tuple[CodeableConcept, ...] = ()
    context: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    status_reason: CodeableConcept | tuple[CodeableConcept, ...] = ()
    status_reason_codeable_concept: CodeableConcept | None = None


class DispenseRequest(Element):
    validity_period: Period | None = None


class MedicationRequest(DrugResource):
    intent: str = ""
    do_not_perform: bool = False
    authored_on: str = ""
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None


class MedicationStatement(DrugResource):
    effective_date_time: str = ""
    effective_period: Period | None = None
    date_asserted: str = ""
    dosage: tuple[Dosage, ...] = ()


class MedicationDispense(DrugResource):
    when_prepared: str = ""
    when_handed_over: str = ""
    quantity: Quantity | None = None
    dosage_instruction: tuple[Dosage, ...] = ()


class MedicationAdministration(DrugResource):
    effective_date_time: str = ""
    effective_period: Period | None = None
    dosage: AdministeredDosage | None = None


def read_request(resource: MedicationRequest, head: Head) -> Iterator[Part]:
    authored = reading.moment(resource.authored_on, "authoredOn")
    start, end = _validity(resource)
    event = _drug_event(resource, head, EventKind.MEDICATION_REQUEST, resource.dosage_instruction)
    told = replace(
        event,
        time=start or authored,
        end_time=end,
        available_time=known_at(authored, None if authored else start, head.last_updated),
        status=_standing(resource, event.status),
    )
    yield from told_twice(told, _LEARNT_AT_THE_END)
    if _dispensed(resource) or len(resource.dosage_instruction) > 1:
        yield from untold_bounds(resource.dosage_instruction)


def _standing(resource: MedicationRequest, status: EventStatus) -> EventStatus:
    """An order not to give a drug orders none; what is proposed is not ordered yet."""
    if status in RETRACTIONS or status is EventStatus.CANCELLED:
        return status
    if resource.do_not_perform:
        return EventStatus.CANCELLED
    return EventStatus.PRELIMINARY if resource.intent in codes.NO_ORDER_YET else status


def _validity(resource: MedicationRequest) -> tuple[Instant | None, Instant | None]:
    """The time for which the drug is ordered: of the dispense, else from the first dosage to the end of all of them."""
    if (dispensed := _dispensed(resource)) is not None:
        return reading.span("", dispensed, "validityPeriod")
    spans = [
        reading.span("", bounds_of(d) or Period(), "boundsPeriod") for d in in_sequence(resource.dosage_instruction)
    ]
    ends = [end for _, end in spans if end]
    over = max(ends, key=interval_end) if ends and len(ends) == len(spans) else None
    return (spans[0][0] if spans else None), over


def _dispensed(resource: MedicationRequest) -> Period | None:
    return resource.dispense_request.validity_period if resource.dispense_request else None


def read_statement(resource: MedicationStatement, head: Head) -> Iterator[Part]:
    asserted = reading.moment(resource.date_asserted, "dateAsserted")
    start, end = reading.span(resource.effective_date_time, resource.effective_period, "effective")
    event = _drug_event(resource, head, EventKind.MEDICATION_STATEMENT, resource.dosage)
    known = known_at(asserted, start, head.last_updated)
    yield from told_twice(
        replace(event, time=reading.begun(start, asserted, end), end_time=end, available_time=known), _LEARNT_AT_THE_END
    )
    yield from untold_bounds(resource.dosage)


def read_dispense(resource: MedicationDispense, head: Head) -> Iterator[Part]:
    prepared = reading.moment(resource.when_prepared, "whenPrepared")
    handed_over = reading.moment(resource.when_handed_over, "whenHandedOver")
    event = _drug_event(resource, head, EventKind.MEDICATION_DISPENSE, resource.dosage_instruction)
    when = handed_over or prepared
    yield replace(
        event,
        time=when,
        available_time=known_at(when, None, head.last_updated),
        quantity=reading.quantity(resource.quantity) or event.quantity,
    )
    yield from untold_bounds(resource.dosage_instruction)


def read_administration(resource: MedicationAdministration, head: Head) -> Iterator[Event]:
    """An infusion is charted when it ends."""
    start, end = reading.occurrence(resource.effective_date_time, resource.effective_period, "effective")
    profiled = [mimic.PROFILE_KINDS.get(p) for p in resource.meta.profile]
    filed = [codes.CATEGORY_KINDS.get(c.code) for concept in _several(resource.category) for c in concept.coding]
    kind = next(filter(None, profiled + filed), EventKind.MEDICATION_ADMINISTRATION)
    dosage = resource.dosage or AdministeredDosage()
    event = _drug_event(resource, head, kind, (dosage.as_ordered(),))
    facts: Facts = {"administration": reading.words(dosage.method) or _not_given(resource.status)}
    yield replace(
        event,
        time=start,
        end_time=end,
        available_time=known_at(None, end or start, head.last_updated),
        attributes=event.attributes + attributes(kind, facts),
    )


def _not_given(status: str) -> str:
    return status if status in ("not-done", "on-hold", "stopped") else ""


def _drug_event(resource: DrugResource, head: Head, kind: EventKind, dosages: tuple[Dosage, ...]) -> Event:
    """Amount, route, frequency and rate are those of one dosage, the first: of several they would be nobody's order."""
    followed = in_sequence(dosages)
    first = followed[0] if followed else Dosage()
    facts: Facts = {
        "category": reading.all_words(_several(resource.category)),
        **dose_facts(first),
        "reason": reading.joined(reading.all_words(resource.reason_code), called(resource.reason_reference, resource)),
        "order_status": resource.status if resource.status in codes.ORDER_STATUSES else "",
    }
    event = replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter, resource.context),
        quantity=dose_of(first),
        text_value=reading.lines(
            dosing_words(followed),
            reading.labelled(
                "status reason", *_several(resource.status_reason), resource.status_reason_codeable_concept
            ),
            reading.notes(resource.note),
        ),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
    return _named(event, resource)


def _several(concepts: CodeableConcept | tuple[CodeableConcept, ...]) -> tuple[CodeableConcept, ...]:
    """R4 gives an administration one category and an order many; with reasons it is the other way round."""
    return concepts if isinstance(concepts, tuple) else (concepts,)


def _named(event: Event, resource: DrugResource) -> Event:
    """The drug by its own codes, by a contained Medication, or by the reference that will name it."""
    concept, reference = resource.medication_codeable_concept, resource.medication_reference
    target = reading.reference_id(reference)
    if target.startswith("#"):
        medication = contained(resource, target, Medication) or Medication()
        return replace(event, codings=reading.codings(medication.code), display=drug_name(medication))
    coded = reading.codings(concept)
    shown = reading.name(concept) or (reference.display if reference else "")
    formulary = next((c.code for c in coded if c.system == mimic.FORMULARY_CODE), "")
    if formulary and not shown:
        target = f"{mimic.FORMULARY_CODE}|{formulary}"
    return replace(event, codings=coded, display=shown, code_reference=target)
