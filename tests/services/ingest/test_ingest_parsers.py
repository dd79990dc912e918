import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartline.record.event import CanonicalRecord, Definition, Event, PatientLink, Source
from chartline.record.kinds import EventKind
from chartline.rpc.messages import record_to_message
from services.ingest.parsers import parse

EVENT = Event("Patient/p", EventKind.VITAL, Source("mimic-iv", "hosp", "labevents/1"), "labevents/1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "coding"]), inner),
    max_leaves=6,
)


@given(st.sampled_from(["fhir", "events"]), st.binary())
def test_any_bytes_have_an_outcome(source_format, payload):
    record = parse(source_format, payload)
    assert record.events or record.definitions or record.unreadable_reason or record.without_events_reason


RESOURCE_TYPES = ["Patient", "Observation", "Encounter", "MedicationRequest", "DocumentReference", "Bundle"]
FIELDS = ["id", "subject", "status", "code", "period", "entry", "effectiveDateTime", "valueQuantity", "component"]


@given(st.sampled_from(RESOURCE_TYPES), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3))
def test_any_resource_has_an_outcome(resource_type, fields):
    parse("fhir", json.dumps({"resourceType": resource_type, **fields}).encode())


SECRET = "Secretname"


@pytest.mark.parametrize(
    "payload",
    [
        b"{" + SECRET.encode(),
        b"[" * 100_000,
        b'{"resourceType": "Patient", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"resourceType": "Secretname"}',
        b'{"resourceType": "Patient", "id": "Secretname", "birthDate": "Secretname"}',
        b'{"resourceType": "Patient", "id": "p", "name": "Secretname"}',
        b'{"resourceType": "Observation", "id": "p", "valueQuantity": {"value": "Secretname"}}',
        b'{"resourceType": "Patient", "id": "\xff Secretname"}',
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Secretname"}}]}',
        b'{"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Patient?name=Secretname"}}]}',
        b'{"resourceType": "Bundle", "entry": [{"request": {"method": "PATCH", "url": "Patient/Secretname"}}]}',
        b'{"resourceType": "Patient", "id": "Secretname"' + b" " * (16 << 20) + b"}",
    ],
)
def test_what_is_malformed_says_so_without_its_content(payload):
    record = parse("fhir", payload)
    assert record.unreadable_reason
    assert SECRET not in record.unreadable_reason


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Organization", "id": "o"},
        {"resourceType": "Observation", "id": "o", "status": "final"},
        {"resourceType": "Observation", "id": "o", "subject": {"reference": "Group/g"}},
        {"resourceType": "Bundle", "type": "batch-response", "entry": [{"response": {"status": "200"}}]},
    ],
)
def test_a_resource_without_a_patients_event_says_why(resource):
    record = parse("fhir", json.dumps(resource).encode())
    assert record.without_events_reason
    assert not record.events


def test_a_resource_without_id_is_known_by_its_content():
    resource = {"resourceType": "Procedure", "subject": {"reference": "Patient/p"}, "code": {"text": "X"}}
    first, second = (parse("fhir", json.dumps(resource).encode()) for _ in range(2))
    assert first == second
    assert first.record_id.startswith("Procedure/sha256-")


def test_a_bundle_is_one_record_of_all_its_entries():
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p"}},
        {"resource": {"resourceType": "Organization", "id": "o"}},
        {"resource": {"resourceType": "Condition", "id": "c", "subject": {"reference": "urn:uuid:1"}}},
        {"resource": {"resourceType": "Medication", "id": "m", "code": {"text": "Aspirin"}}},
    ]
    record = parse("fhir", json.dumps({"resourceType": "Bundle", "id": "b", "entry": entries}).encode())
    assert [(e.kind, e.patient) for e in record.events] == [
        (EventKind.PATIENT, "Patient/p"),
        (EventKind.CONDITION, "Patient/p"),
    ]
    assert [d.reference for d in record.definitions] == ["Medication/m"]
    assert record.record_id == "Bundle/b"


def test_an_unreadable_entry_spoils_its_bundle():
    entries = [{"resource": {"resourceType": "Patient", "id": "p"}}, {"resource": {"resourceType": "Nothing"}}]
    record = parse("fhir", json.dumps({"resourceType": "Bundle", "entry": entries}).encode())
    assert record.unreadable_reason == "entry 1: resourceType is not of FHIR R4"


def test_a_canonical_record_comes_back_as_it_was():
    record = CanonicalRecord(
        "labevents/1",
        (EVENT,),
        (Definition("Medication/1", "fhir", display="Aspirin"),),
        (PatientLink(("Patient/p", "urn:mrn|1")),),
    )
    assert parse("events", record_to_message(record).SerializeToString()) == record


@pytest.mark.parametrize(
    "record",
    [
        CanonicalRecord("r", unreadable_reason="a row without subject"),
        CanonicalRecord("r", (Event("", EVENT.kind, EVENT.source, "k"),)),
        CanonicalRecord("r", (Event("p", EVENT.kind, EVENT.source, ""),)),
        CanonicalRecord("r", (Event("p", EVENT.kind, Source("", "", ""), "k"),)),
        CanonicalRecord("r", links=(PatientLink(("p",)),)),
    ],
)
def test_an_incomplete_canonical_record_is_unreadable(record):
    assert parse("events", record_to_message(record).SerializeToString()).unreadable_reason


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("longer than 16711680 bytes", "longer than 16711680 bytes"),
        ("not JSON of a CanonicalRecord", "not JSON of a CanonicalRecord"),
        ("labevents: time is no time", "labevents: time is no time"),
        ("wide: more cells than the header names", "wide: more cells than the header names"),
        ("not JSON: Invalid enum value Jane Doe", "unreadable at its source"),
        ("vital-signs: no patient", "vital-signs: no patient"),
        ("hosp.labevents: no key", "hosp.labevents: no key"),
        ("Jane Doe: no patient", "unreadable at its source"),
        ("labevents: no patient\nJane Doe", "unreadable at its source"),
    ],
)
def test_a_source_says_in_known_words_alone_why_its_record_is_unreadable(said, told):
    record = CanonicalRecord("r", unreadable_reason=said)
    assert parse("events", record_to_message(record).SerializeToString()).unreadable_reason == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("poe: orders are kept where they are carried out (prescriptions, labs, procedures)",) * 2,
        ("vital-signs: row without content",) * 2,
        ("results: Jane Doe was not measured\nat all", "results: row without content"),
        ("Jane Doe died", "no event in the record"),
        ("", "no event in the record"),
    ],
)
def test_a_source_says_in_known_words_alone_why_its_record_has_no_event(said, told):
    record = CanonicalRecord("r", without_events_reason=said)
    assert parse("events", record_to_message(record).SerializeToString()).without_events_reason == told


def test_what_a_source_leaves_over_is_counted_without_its_words():
    record = CanonicalRecord("r", (EVENT,), without_events_reason="Jane Doe", leftovers=("Jane", "Doe"))
    read = parse("events", record_to_message(record).SerializeToString())
    assert (read.leftovers, read.without_events_reason) == (("left over at its source",) * 2, "")


def test_a_format_that_is_not_known_is_unreadable():
    assert parse("hl7v3", b"").unreadable_reason == "the format is not known"
    assert parse("", b"").unreadable_reason == "no format is given"


def test_no_module_of_the_parsers_needs_a_part_of_the_service():
    parsers = Path(__file__).parents[3] / "services" / "ingest" / "parsers"
    for module in parsers.rglob("*.py"):
        assert "kafka" not in module.read_text()
        assert "grpc" not in module.read_text()


def test_a_code_without_a_name_gets_one_from_the_tables() -> None:
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [coding]},
    }
    (event,) = parse("fhir", json.dumps(condition).encode()).events
    assert event.name == "Type 2 diabetes mellitus (E11.9)"
    assert event.codings[0].code == "E11.9"
