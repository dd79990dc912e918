"""FHIR R4 JSON to canonical events: one small module for each family of resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chartline.record.event import CanonicalRecord, Event
from chartline.sources.fhir_bundle import split_bundle
from services.ingest.parsers.errors import RecordWithoutEvents, UnreadableRecord
from services.ingest.parsers.fhir import (
    allergy,
    condition,
    document,
    encounter,
    immunization,
    location,
    medication,
    observation,
    patient,
    procedure,
    specimen,
)
from services.ingest.parsers.fhir.elements import Resource
from services.ingest.parsers.fhir.resource import Head, head, with_narrative
from services.ingest.parsers.fhir.types import WITHOUT_EVENTS

Reader = Callable[[Any, Head], CanonicalRecord | Iterator[Event]]

_READERS: dict[str, tuple[type[Resource], Reader]] = {
    "AllergyIntolerance": (allergy.AllergyIntolerance, allergy.read),
    "Condition": (condition.Condition, condition.read),
    "DiagnosticReport": (document.DiagnosticReport, document.read_report),
    "DocumentReference": (document.DocumentReference, document.read_document),
    "Encounter": (encounter.Encounter, encounter.read),
    "Immunization": (immunization.Immunization, immunization.read),
    "Location": (location.Location, location.read),
    "Medication": (medication.Medication, medication.read_medication),
    "MedicationAdministration": (medication.MedicationAdministration, medication.read_administration),
    "MedicationDispense": (medication.MedicationDispense, medication.read_dispense),
    "MedicationRequest": (medication.MedicationRequest, medication.read_request),
    "MedicationStatement": (medication.MedicationStatement, medication.read_statement),
    "Observation": (observation.Observation, observation.read),
    "Patient": (patient.Patient, patient.read),
    "Procedure": (procedure.Procedure, procedure.read),
    "Specimen": (specimen.Specimen, specimen.read),
}
_DECODERS = {name: msgspec.json.Decoder(type_) for name, (type_, _) in _READERS.items()}


class _Typed(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    id: str = ""


_TYPED = msgspec.json.Decoder(_Typed)


def parse(payload: bytes) -> CanonicalRecord:
    """One record for one resource, and one for a bundle, which is taken whole or not at all.

    Raises UnreadableRecord, RecordWithoutEvents; never anything else, whatever the bytes.
    """
    try:
        typed = _TYPED.decode(payload)
        if typed.resource_type == "Bundle":
            return _parse_bundle(payload, f"Bundle/{typed.id}" if typed.id else "Bundle")
        return _parse_resource(payload, typed.resource_type)
    except RecursionError:
        raise UnreadableRecord("JSON is nested too deep") from None
    except UnicodeDecodeError:
        raise UnreadableRecord("JSON is not UTF-8") from None
    except msgspec.MsgspecError as error:
        raise UnreadableRecord(f"not FHIR R4 JSON: {error}") from None


def _parse_resource(payload: bytes, resource_type: str) -> CanonicalRecord:
    if resource_type in WITHOUT_EVENTS:
        raise RecordWithoutEvents(f"{resource_type} carries no event of a patient")
    if resource_type not in _READERS:
        raise UnreadableRecord("resourceType is missing" if not resource_type else "resourceType is not of FHIR R4")
    resource = _DECODERS[resource_type].decode(payload)
    whose = head(resource, payload)
    read = _READERS[resource_type][1](resource, whose)
    if isinstance(read, CanonicalRecord):
        return read
    return CanonicalRecord(whose.record_id, tuple(with_narrative(event, resource) for event in read))


def _parse_bundle(payload: bytes, record_id: str) -> CanonicalRecord:
    """All that the entries say; entries without events are passed over, one that is unreadable spoils the bundle."""
    parts = []
    for entry in split_bundle(payload):
        if entry.method == "DELETE":
            raise UnreadableRecord("a DELETE entry names no patient: send the resource as entered-in-error")
        if not entry.resource:
            continue
        try:
            parts.append(_parse_resource(entry.resource, _TYPED.decode(entry.resource).resource_type))
        except RecordWithoutEvents:
            continue
        except UnreadableRecord as error:
            raise UnreadableRecord(f"entry {entry.number}: {error}") from None
    if not parts:
        raise RecordWithoutEvents("Bundle without an entry that carries an event")
    return CanonicalRecord(
        record_id,
        tuple(e for part in parts for e in part.events),
        tuple(d for part in parts for d in part.definitions),
        tuple(link for part in parts for link in part.links),
    )
