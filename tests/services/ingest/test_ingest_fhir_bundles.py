"""Whole bundles, and what entries say that are no resources: deletions, notices, versions."""

import json

import pytest

from chartline.record.event import EventStatus, PatientLink, RecordVersion
from chartline.record.times import parse_instant
from services.ingest.parsers import parse

AT = "2024-03-01T08:00:00Z"


def bundle(*entries, **fields):
    return parse("fhir", json.dumps({"resourceType": "Bundle", "type": "history", "entry": entries, **fields}).encode())


def deleted(url, **response):
    return {"request": {"method": "DELETE", "url": url}, "response": response}


def patient(**fields):
    return {"resourceType": "Patient", "id": "p", **fields}


@pytest.mark.parametrize(
    ("entry", "version"),
    [
        (deleted("Observation/o"), RecordVersion("fhir", "Observation/o", deleted=True)),
        (
            deleted("http://server/fhir/Observation/o", etag='W/"3"'),
            RecordVersion("fhir", "Observation/o", 3, deleted=True),
        ),
        (
            deleted("/Observation/o/_history/3", lastModified=AT),
            RecordVersion("fhir", "Observation/o", None, parse_instant(AT), deleted=True),
        ),
        (
            deleted("Observation/o", lastModified=AT, etag='W/"a1"'),
            RecordVersion("fhir", "Observation/o", parse_instant(AT).unix_micros, parse_instant(AT), deleted=True),
        ),
        (
            {"request": {"method": "DELETE", "url": "Observation/o", "ifMatch": 'W/"3"'}},
            RecordVersion("fhir", "Observation/o", 4, deleted=True),
        ),
    ],
)
def test_a_deletion_needs_no_patient(entry, version):
    record = bundle(entry)
    assert record.versions == (version,)
    assert record.record_id == "Observation/o"
    assert record.events == ()
    assert record.unreadable_reason == record.without_events_reason == ""


def test_a_deletion_stands_above_both_tellings_of_an_older_version():
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "meta": {"versionId": "3"},
        "subject": {"reference": "Patient/p"},
        "period": {"start": "2024-01-01", "end": "2024-01-05"},
    }
    told = parse("fhir", json.dumps(encounter).encode())
    (gone,) = bundle(deleted("Encounter/e", etag='W/"4"')).versions
    assert {e.version for e in told.events} == {6, 7}
    assert told.versions[0].version == 7 < gone.version


def test_a_deletion_by_search_names_no_resource():
    assert "names no resource" in bundle(deleted("Observation?identifier=a|b")).unreadable_reason


def test_a_notification_by_id_alone_needs_to_be_fetched():
    status = {"resourceType": "Parameters", "parameter": [{"name": "type", "valueCode": "event-notification"}]}
    notice = {"fullUrl": "http://server/Observation/o", "request": {"method": "POST", "url": "Observation"}}
    assert bundle({"resource": status}).without_events_reason.startswith("Parameters: no clinical content")
    assert bundle(notice).without_events_reason.startswith("needs to be fetched")
    assert bundle({"resource": status}, notice, {"resource": patient()}).events


def test_what_is_taken_over_from_a_bundle_is_all_of_it():
    record = bundle(
        {"resource": patient(identifier=[{"system": "s", "value": "1"}], meta={"versionId": "2"})},
        deleted("Condition/c"),
        {
            "resource": {
                "resourceType": "Observation",
                "id": "o",
                "subject": {"reference": "Patient/p"},
                "extension": [{}],
            }
        },
    )
    assert [v.record_id for v in record.versions] == ["Patient/p", "Condition/c"]
    assert record.links == (PatientLink(("Patient/p", "s|1"), version=2, system="fhir", record_id="Patient/p"),)
    assert record.leftovers == ("an extension that is not known",)


# --- versions of what is several facts --------------------------------------------------------------------------------


def test_a_version_of_an_observation_says_of_which_components_it_consists(read):
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "meta": {"versionId": "5"},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": AT,
        "component": [{"code": {"text": "Systolic"}, "valueInteger": 120}],
    }
    record = read(observation)
    assert record.versions == (RecordVersion("fhir", "Observation/o", 5, parse_instant(AT)),)
    del observation["meta"]
    assert read(observation).versions == ()


def test_a_version_of_a_patient_takes_back_links_that_it_does_not_repeat(read):
    updated = {"versionId": "7", "lastUpdated": AT}
    record = read(patient(meta=updated, link=[{"type": "replaced-by", "other": {"reference": "Patient/q"}}]))
    assert record.links == (PatientLink(("Patient/p", "Patient/q"), False, 7, parse_instant(AT), "fhir", "Patient/p"),)
    assert read(patient(meta=updated)).links == ()
    assert read(patient(meta=updated)).versions == (RecordVersion("fhir", "Patient/p", 7, parse_instant(AT)),)


# --- what may not be believed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"modifierExtension": [{"url": "http://x", "valueBoolean": True}]},
        {"component": [{"code": {"text": "A"}, "modifierExtension": [{"url": "http://x"}]}]},
    ],
)
def test_an_unknown_modifier_withholds_what_it_may_turn_round(fields):
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "subject": {"reference": "Patient/p"},
        "code": {"text": "A"},
    }
    record = parse("fhir", json.dumps(observation | fields).encode())
    assert not record.events
    assert "modifierExtension" in record.without_events_reason
    wrong = parse("fhir", json.dumps(observation | fields | {"status": "entered-in-error"}).encode())
    assert {e.status for e in wrong.events} == {EventStatus.ENTERED_IN_ERROR}


def test_json_nested_deeper_than_any_resource_is_refused():
    deep = b'{"resourceType": "Patient", "id": "p", "x": ' + b"[" * 64 + b"]" * 64 + b"}"
    assert parse("fhir", deep).unreadable_reason == "JSON is nested too deep"
    brackets_in_words = json.dumps(patient(name=[{"text": '"[{' * 200}])).encode()
    assert parse("fhir", brackets_in_words).events
