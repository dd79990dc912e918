"""Which reader each resource type of FHIR R4 has: a module of its own, or a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from services.ingest.parsers.fhir import (
    allergy,
    composition,
    condition,
    device,
    document,
    drug,
    encounter,
    immunization,
    location,
    medication,
    observation,
    patient,
    procedure,
    questionnaire,
    specimen,
    tabled,
)
from services.ingest.parsers.fhir.elements import Resource
from services.ingest.parsers.fhir.resource import Head, Part
from services.ingest.parsers.fhir.table import TABLES

Read = Callable[[Any, Head], Iterator[Part]]


@dataclass(frozen=True, slots=True)
class Reader:
    """`twice`: its facts may be told twice. `several`: it may be several facts, so its versions are told as a whole."""

    decode: Callable[[bytes], Any]
    read: Read
    twice: bool = False
    several: bool = False


def _typed(form: type[Resource], read: Read, *, twice: bool = False, several: bool = False) -> Reader:
    return Reader(msgspec.json.Decoder(form).decode, read, twice, several)


READERS: dict[str, Reader] = {
    "AllergyIntolerance": _typed(allergy.AllergyIntolerance, allergy.read),
    "Composition": _typed(composition.Composition, composition.read, several=True),
    "Condition": _typed(condition.Condition, condition.read, twice=True),
    "Device": _typed(device.Device, device.read),
    "DiagnosticReport": _typed(document.DiagnosticReport, document.read_report, several=True),
    "DocumentReference": _typed(document.DocumentReference, document.read_document, several=True),
    "Encounter": _typed(encounter.Encounter, encounter.read, twice=True, several=True),
    "Immunization": _typed(immunization.Immunization, immunization.read),
    "Location": _typed(location.Location, location.read),
    "Medication": _typed(drug.Medication, drug.read),
    "MedicationAdministration": _typed(medication.MedicationAdministration, medication.read_administration),
    "MedicationDispense": _typed(medication.MedicationDispense, medication.read_dispense),
    "MedicationRequest": _typed(medication.MedicationRequest, medication.read_request, twice=True),
    "MedicationStatement": _typed(medication.MedicationStatement, medication.read_statement, twice=True),
    "Observation": _typed(observation.Observation, observation.read, several=True),
    "Patient": _typed(patient.Patient, patient.read, several=True),
    "Procedure": _typed(procedure.Procedure, procedure.read),
    "QuestionnaireResponse": Reader(tabled.decode, questionnaire.read, several=True),
    "Specimen": _typed(specimen.Specimen, specimen.read),
}
READERS |= {
    name: Reader(tabled.decode, tabled.reader(table), twice=bool(table.at_the_end), several=bool(table.part))
    for name, table in TABLES.items()
}
