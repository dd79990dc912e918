"""A second reading of FHIR resources, by fhir.resources (R4B): values, units, times, statuses. It shares no code with
the parser, so that both agree only where both are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Of each type where its time stands, the first that is there: a field, or a choice of types by its stem.
TIMES = {
    "AllergyIntolerance": ("onset", "recordedDate"),
    "CarePlan": ("period", "created"),
    "ClinicalImpression": ("effective", "date"),
    "Composition": ("date",),
    "Condition": ("onset", "recordedDate"),
    "DeviceRequest": ("occurrence", "authoredOn"),
    "DiagnosticReport": ("effective", "issued"),
    "DocumentReference": ("date",),
    "Encounter": ("period",),
    "Flag": ("period",),
    "ImagingStudy": ("started",),
    "Immunization": ("occurrence", "recorded"),
    "Media": ("created", "issued"),
    "MedicationAdministration": ("effective",),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationStatement": ("effective", "dateAsserted"),
    "Observation": ("effective",),
    "Procedure": ("performed",),
    "ServiceRequest": ("occurrence", "authoredOn"),
    "Specimen": ("collection.collected", "receivedTime"),
}
#: Those whose time is not compared here: their events' times follow rules of their own.
UNTIMED = ("Device", "FamilyMemberHistory", "Goal", "MedicationRequest", "RiskAssessment")

_WITHDRAWN, _NOT_DONE, _OPEN, _AMENDED = 4, 6, 2, 3
_STATUSES = {
    **dict.fromkeys(("entered-in-error",), _WITHDRAWN),
    **dict.fromkeys(("not-done", "cancelled", "refuted", "not-taken", "revoked", "declined", "rejected"), _NOT_DONE),
    **dict.fromkeys(("preliminary", "registered", "partial", "draft", "unconfirmed", "provisional"), _OPEN),
    **dict.fromkeys(("differential", "planned", "preparation", "intended", "proposed"), _OPEN),
    **dict.fromkeys(("amended", "corrected", "appended"), _AMENDED),
    **dict.fromkeys(("final", "completed", "active", "finished", "in-progress", "confirmed", "current", "stopped"), 1),
    **dict.fromkeys(("on-hold", "available", "superseded", "arrived", "triaged", "onleave", "accepted"), 1),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """`value` and `unit` of the first amount, `start` and `end` in microseconds, `status` as EventStatus numbers it.

    None: the resource does not say.
    """

    value: Decimal | None
    unit: str | None
    start: int | None
    end: int | None
    status: int | None


def second_reading(resource: dict[str, Any]) -> dict[str, Expected] | None:
    """What is expected of each fact by its natural key; None where fhir.resources does not read the resource."""
    resource_type = resource["resourceType"]
    if resource_type not in TIMES and resource_type not in UNTIMED:
        return None
    try:
        model = get_fhir_model_class(resource_type).model_validate(resource)
    except (ValidationError, ValueError):
        return None
    key = f"{resource_type}/{model.id}"
    start, end = _times(model, TIMES.get(resource_type, ()))
    status = _status(model, resource_type)
    found = {key: Expected(*_amount(model, resource_type), start, end, status)}
    for number, part in enumerate(getattr(model, "component", None) or ()):
        found[f"{key}#component/{number}"] = Expected(*_quantity(part.valueQuantity), start, end, status)
    return found


def _times(model: Any, names: tuple[str, ...]) -> tuple[int | None, int | None]:
    for name in names:
        *path, stem = name.split(".")
        owner = model
        for step in path:
            owner = getattr(owner, step, None)
        for form in ("", "DateTime", "Instant", "Period"):
            value = getattr(owner, f"{stem}{form}", None)
            if isinstance(value, date | str):
                return _micros(value), None
            if value is not None and hasattr(value, "start") and (value.start or value.end):
                begin, end = (_micros(v) if v else None for v in (value.start, value.end))
                return (begin, end) if begin is not None else (None, None)  # what an end alone says depends on the type
    return None, None


def _micros(value: date | str) -> int:
    """A year or a month alone is a string, and begins with its first day."""
    if isinstance(value, str):
        return _micros(date.fromisoformat(f"{value}-01-01"[:10]))
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    else:
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _status(model: Any, resource_type: str) -> int | None:
    code = getattr(model, "status", None)
    if resource_type in ("Condition", "AllergyIntolerance"):
        concept = model.verificationStatus
        code = next((c.code for c in concept.coding or () if c.code), None) if concept else None
    if resource_type == "Goal":
        code = model.lifecycleStatus
    if resource_type == "DocumentReference" and code != "entered-in-error":
        code = model.docStatus or code
    expected = _STATUSES.get(code)
    if getattr(model, "doNotPerform", None) and expected != _WITHDRAWN:
        return _NOT_DONE
    weak = getattr(model, "intent", None) in ("proposal", "option") or (
        getattr(model, "intent", None) == "plan" and resource_type not in ("CarePlan", "MedicationRequest")
    )
    return _OPEN if weak and expected not in (_WITHDRAWN, _NOT_DONE, None) else expected


def _amount(model: Any, resource_type: str) -> tuple[Decimal | None, str | None]:
    if resource_type == "Observation":
        integer = model.valueInteger
        return (Decimal(integer), "") if integer is not None else _quantity(model.valueQuantity)
    if resource_type == "MedicationDispense" and model.quantity:
        return _quantity(model.quantity)
    if resource_type == "MedicationAdministration":
        return _quantity(model.dosage.dose if model.dosage else None)
    dosages = getattr(model, "dosageInstruction", None) or getattr(model, "dosage", None)
    if isinstance(dosages, list):
        doses = [rate.doseQuantity for rate in first_dosage(dosages).doseAndRate or ()]
        return next((q for q in map(_quantity, doses) if q[0] is not None), (None, None))
    return _quantity({"Immunization": "doseQuantity", "ServiceRequest": "quantityQuantity"}.get(resource_type), model)


def first_dosage(dosages: list[Any]) -> Any:
    """By its number where all have one, else as sent."""
    numbered = all(dosage.sequence is not None for dosage in dosages)
    return min(dosages, key=lambda dosage: dosage.sequence) if numbered else dosages[0]


def _quantity(quantity: Any, model: Any = None) -> tuple[Decimal | None, str | None]:
    quantity = getattr(model, quantity, None) if isinstance(quantity, str) else quantity
    if quantity is None or quantity.value is None:
        return None, None
    is_ucum = quantity.system == "http://unitsofmeasure.org" and quantity.code
    return quantity.value, quantity.code if is_ucum else quantity.unit or quantity.code or ""
