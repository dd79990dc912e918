"""The five medication resources: order, administration, statement, dispense, and the Medication they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Definition, Event, Instant
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import codes, mimic, reading
from services.ingest.parsers.fhir.contained import called, contained
from services.ingest.parsers.fhir.dosing import AdministeredDosage, dose_facts, dose_of, dosing_words
from services.ingest.parsers.fhir.elements import (
    CodeableConcept,
    Dosage,
    Element,
    Identifier,
    Period,
    Quantity,
    Ratio,
    Reference,
    Resource,
)
from services.ingest.parsers.fhir.knowing import known_at, told_twice
from services.ingest.parsers.fhir.resource import SYSTEM, Facts, Head, Part, attributes, encounter_of, patient_of

_LEARNT_AT_THE_END = frozenset({"order_status"})


class Ingredient(Element):
    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    strength: Ratio | None = None


class Medication(Resource):
    identifier: tuple[Identifier, ...] = ()
    code: CodeableConcept | None = None
    form: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()


class DrugResource(Resource):
    """What the four resources of a patient's drugs share."""

    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    category: CodeableConcept | tuple[CodeableConcept, ...] = ()
    context: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()


class DispenseRequest(Element):
    validity_period: Period | None = None


class MedicationRequest(DrugResource):
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


def read_request(resource: MedicationRequest, head: Head) -> Iterator[Event]:
    authored = reading.moment(resource.authored_on, "authoredOn")
    start, end = _validity(resource)
    event = _drug_event(resource, head, EventKind.MEDICATION_REQUEST, resource.dosage_instruction)
    known = known_at(authored, None if authored else start, head.last_updated)
    yield from told_twice(
        replace(event, time=start or authored, end_time=end, available_time=known), _LEARNT_AT_THE_END
    )


def _validity(resource: MedicationRequest) -> tuple[Instant | None, Instant | None]:
    """The time for which the drug is ordered: of the dispense, else of the first dosage that is bounded."""
    bounds = [d.timing.repeat.bounds_period for d in resource.dosage_instruction if d.timing and d.timing.repeat]
    dispensed = resource.dispense_request.validity_period if resource.dispense_request else None
    period = dispensed or next(filter(None, bounds), None)
    return reading.span("", period, "validityPeriod") if period else (None, None)


def read_statement(resource: MedicationStatement, head: Head) -> Iterator[Event]:
    asserted = reading.moment(resource.date_asserted, "dateAsserted")
    start, end = reading.span(resource.effective_date_time, resource.effective_period, "effective")
    event = _drug_event(resource, head, EventKind.MEDICATION_STATEMENT, resource.dosage)
    known = known_at(asserted, start, head.last_updated)
    yield from told_twice(
        replace(event, time=start or asserted, end_time=end, available_time=known), _LEARNT_AT_THE_END
    )


def read_dispense(resource: MedicationDispense, head: Head) -> Iterator[Event]:
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


def read_administration(resource: MedicationAdministration, head: Head) -> Iterator[Event]:
    """An infusion is charted when it ends."""
    start, end = reading.span(resource.effective_date_time, resource.effective_period, "effective")
    profiled = [mimic.PROFILE_KINDS.get(p) for p in resource.meta.profile]
    filed = [codes.CATEGORY_KINDS.get(c.code) for concept in _categories(resource) for c in concept.coding]
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
    facts: Facts = {
        "category": reading.all_words(_categories(resource)),
        **dose_facts(dosages),
        "reason": reading.joined(reading.all_words(resource.reason_code), called(resource.reason_reference, resource)),
        "order_status": resource.status if resource.status in codes.ORDER_STATUSES else "",
    }
    event = replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter, resource.context),
        quantity=dose_of(dosages),
        text_value="\n".join(filter(None, (dosing_words(dosages), reading.notes(resource.note)))),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
    return _named(event, resource)


def _categories(resource: DrugResource) -> tuple[CodeableConcept, ...]:
    """R4 gives an administration one category and an order many."""
    return resource.category if isinstance(resource.category, tuple) else (resource.category,)


def _named(event: Event, resource: DrugResource) -> Event:
    """The drug by its own codes, by a contained Medication, or by the reference that will name it."""
    concept, reference = resource.medication_codeable_concept, resource.medication_reference
    target = reading.reference_id(reference)
    if target.startswith("#"):
        medication = contained(resource, target, Medication) or Medication()
        return replace(event, codings=reading.codings(medication.code), display=_medication_name(medication))
    coded = reading.codings(concept)
    shown = reading.name(concept) or (reference.display if reference else "")
    formulary = next((c.code for c in coded if c.system == mimic.FORMULARY_CODE), "")
    if formulary and not shown:
        target = f"{mimic.FORMULARY_CODE}|{formulary}"
    return replace(event, codings=coded, display=shown, code_reference=target)


def read_medication(resource: Medication, head: Head) -> Iterator[Part]:
    """A Medication names drugs; a formulary code among its identifiers is a second way to refer to it."""
    shown = _medication_name(resource)
    facts: Facts = {"form": reading.words(resource.form), "strength": _strength(resource)}
    yield Definition(
        head.record_id,
        SYSTEM,
        reading.codings(resource.code),
        shown,
        head.version,
        attributes(EventKind.MEDICATION_REQUEST, facts),
    )
    formulary = [i.value for i in resource.identifier if i.system == mimic.FORMULARY_CODE and i.value]
    for code in formulary:
        yield Definition(f"{mimic.FORMULARY_CODE}|{code}", SYSTEM, (), shown, head.version)


def _medication_name(resource: Medication) -> str:
    """Its code's name, else what MIMIC files under its identifiers, else its ingredients."""
    by_system = {i.system: i.value.strip() for i in resource.identifier}
    mixture = by_system.get(mimic.MIXTURE, "")
    parts = (
        reading.name(i.item_codeable_concept) or (i.item_reference.display if i.item_reference else "")
        for i in resource.ingredient
    )
    return (
        reading.name(resource.code)
        or by_system.get(mimic.DRUG_NAME, "")
        or (mimic.mixture_name(mixture) if mixture else "")
        or " + ".join(filter(None, parts))
        or reading.words(resource.code)
    )


def _strength(resource: Medication) -> str:
    return "; ".join(reading.ratio_words(i.strength) for i in resource.ingredient if i.strength)
