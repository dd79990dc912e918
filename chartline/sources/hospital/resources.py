"""FHIR R4 resources of the demo hospital as dicts; numbers are Decimal, so their text stays as it is written."""

import base64
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chartline.sources.hospital.people import MRN, Person
from chartline.sources.hospital.terms import CVX, ICD10, LOINC, RXNORM, SNOMED, Condition, Drug, Measurement, Term

Resource = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"


def concept(system: str, code: str, text: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def loinc(term: Term | Measurement) -> Resource:
    return concept(LOINC, term.code, term.name)


def snomed(term: Term) -> Resource:
    return concept(SNOMED, term.code, term.name)


def rxnorm(drug: Drug) -> Resource:
    return concept(RXNORM, drug.code, drug.name)


def quantity(value: Decimal | str, unit: str) -> Resource:
    return {"value": Decimal(value), "unit": unit, "system": UCUM, "code": unit}


def reference(kind: str, identifier: str, display: str = "") -> Resource:
    return {"reference": f"{kind}/{identifier}", **({"display": display} if display else {})}


def period(start: datetime, end: datetime | None) -> Resource:
    return {"start": start.isoformat(), **({"end": end.isoformat()} if end else {})}


def attachment(text: str) -> Resource:
    return {"contentType": "text/plain; charset=utf-8", "data": base64.b64encode(text.encode()).decode()}


def versioned(resource: Resource, version: int, at: datetime) -> Resource:
    return {**resource, "meta": {"versionId": str(version), "lastUpdated": at.isoformat()}}


def patient(person: Person, **fields: Any) -> Resource:
    text = {"url": "text", "valueString": person.race}
    return {
        "resourceType": "Patient",
        "id": person.id,
        "extension": [{"url": _CORE + "us-core-race", "extension": [text]}],
        "identifier": [{"system": MRN, "value": person.mrn, "type": {"coding": [{"code": "MR"}]}}],
        "name": [{"use": "official", "family": person.family, "given": [person.given]}],
        "gender": "female" if person.female else "male",
        "birthDate": person.born.isoformat(),
        "maritalStatus": concept(_HL7 + "v3-MaritalStatus", *person.marital),
        "communication": [{"language": concept("urn:ietf:bcp:47", *person.language), "preferred": True}],
        **fields,
    }


def condition(name: Condition, clinical: str, **fields: Any) -> Resource:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": _HL7 + "condition-clinical", "code": clinical}]},
        "verificationStatus": {"coding": [{"system": _HL7 + "condition-ver-status", "code": "confirmed"}]},
        "code": {
            "coding": [
                {"system": ICD10, "code": name.icd10, "display": name.name},
                {"system": SNOMED, "code": name.snomed, "display": name.name},
            ],
            "text": name.name,
        },
        **fields,
    }


def observation(name: Measurement | Term, category: str, at: datetime, **fields: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": _HL7 + "observation-category", "code": category}]}],
        "code": loinc(name),
        "effectiveDateTime": at.isoformat(),
        **fields,
    }


def measured(name: Measurement, value: Decimal) -> Resource:
    """The value with its unit, what it means, and the range that says so."""
    judged = "N" if name.low <= value <= name.high else "H" if value > name.high else "L"
    text = {"N": "Normal", "H": "High", "L": "Low"}[judged]
    return {
        "valueQuantity": quantity(value, name.unit),
        "interpretation": [concept(_HL7 + "v3-ObservationInterpretation", judged, text)],
        "referenceRange": [
            {"low": quantity(str(name.low), name.unit), "high": quantity(str(name.high), name.unit)},
        ],
    }


def medication(key: str, drug: Drug) -> Resource:
    form = {"text": drug.form}
    return {"resourceType": "Medication", "id": key, "code": rxnorm(drug), "form": form}


def order(drug: Drug, start: datetime, end: datetime | None, **fields: Any) -> Resource:
    dosage = {
        "text": f"{drug.dose} {drug.unit} {drug.route.lower()} every {drug.hours} hours",
        "route": {"text": drug.route},
        "timing": {"repeat": {"frequency": 1, "period": drug.hours, "periodUnit": "h"}},
        "doseAndRate": [{"doseQuantity": quantity(drug.dose, drug.unit)}],
    }
    return {
        "resourceType": "MedicationRequest",
        "status": "completed" if end else "active",
        "intent": "order",
        "authoredOn": start.isoformat(),
        "dosageInstruction": [dosage],
        "dispenseRequest": {"validityPeriod": period(start, end)},
        "reasonCode": [{"text": drug.reason}] if drug.reason else [],
        **fields,
    }


def administration(drug: Drug, **fields: Any) -> Resource:
    dosage = {"route": {"text": drug.route}, "dose": quantity(drug.dose, drug.unit)}
    if drug.rate:
        dosage["rateQuantity"] = quantity(drug.rate, drug.rate_unit)
    return {"resourceType": "MedicationAdministration", "status": "completed", "dosage": dosage, **fields}


def document(kind: Term, text: str, at: datetime, author: str, **fields: Any) -> Resource:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": "final",
        "type": loinc(kind),
        "date": at.isoformat(),
        "author": [{"display": author}],
        "content": [{"attachment": attachment(text)}],
        **fields,
    }


def report(kind: Term, conclusion: str, text: str, at: datetime, issued: datetime, **fields: Any) -> Resource:
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "category": [concept(_HL7 + "v2-0074", "RAD", "Radiology")],
        "code": loinc(kind),
        "effectiveDateTime": at.isoformat(),
        "issued": issued.isoformat(),
        "conclusion": conclusion,
        "presentedForm": [attachment(text)],
        **fields,
    }


def immunization(vaccine: Term, at: datetime, **fields: Any) -> Resource:
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept(CVX, vaccine.code, vaccine.name),
        "occurrenceDateTime": at.date().isoformat(),
        "lotNumber": f"L{vaccine.code}{at.year}",
        "site": {"text": "left deltoid"},
        "route": {"text": "Intramuscular"},
        "doseQuantity": quantity("0.5", "mL"),
        **fields,
    }


def encounter(kind: str, units: Sequence[Resource], start: datetime, end: datetime | None, **fields: Any) -> Resource:
    return {
        "resourceType": "Encounter",
        "status": "finished" if end else "in-progress",
        "class": {"system": _HL7 + "v3-ActCode", "code": kind},
        "period": period(start, end),
        "location": list(units),
        **fields,
    }
