import json

import msgspec
import pytest

from chartline.sources.fhir_bundle import is_bundle, split_bundle


def bundle(*entries):
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}).encode()


def resources(payload):
    return [json.loads(entry.resource) for entry in split_bundle(payload)]


def test_references_inside_the_bundle_point_to_type_and_id():
    patient, condition = resources(
        bundle(
            {"fullUrl": "urn:uuid:a", "resource": {"resourceType": "Patient", "id": "p1"}},
            {
                "fullUrl": "https://server/Condition/c1",
                "resource": {
                    "resourceType": "Condition",
                    "id": "c1",
                    "subject": {"reference": "urn:uuid:a"},
                    "evidence": [{"detail": [{"reference": "https://server/Condition/c1"}]}],
                    "note": [{"text": 'a "reference": "urn:uuid:a" in words'}],
                    "identifier": [{"value": "urn:uuid:a"}],
                },
            },
        )
    )
    assert patient["id"] == "p1"
    assert condition["subject"]["reference"] == "Patient/p1"
    assert condition["evidence"][0]["detail"][0]["reference"] == "Condition/c1"
    assert condition["note"][0]["text"] == 'a "reference": "urn:uuid:a" in words'
    assert condition["identifier"][0]["value"] == "urn:uuid:a"


def test_a_resource_without_id_takes_that_of_its_full_url():
    (patient,) = resources(bundle({"fullUrl": "urn:uuid:a", "resource": {"resourceType": "Patient", "gender": "male"}}))
    assert patient == {"id": "a", "resourceType": "Patient", "gender": "male"}


def test_every_other_byte_stays_as_it_came():
    resource = b'{ "resourceType":"Observation" , "id":"o", "valueQuantity":{"value":1.10}, "x": 1E+2 }'
    (entry,) = split_bundle(b'{"resourceType":"Bundle","entry":[{"resource":' + resource + b"}]}")
    assert entry.resource == resource


def test_bundles_inside_bundles_are_split_in_their_place():
    inner = json.loads(bundle({"resource": {"resourceType": "Patient", "id": "p"}}))
    assert resources(bundle({"resource": inner}, {"resource": {"resourceType": "Patient", "id": "q"}})) == [
        {"resourceType": "Patient", "id": "p"},
        {"resourceType": "Patient", "id": "q"},
    ]


def test_bundles_nested_without_end_are_refused():
    nested = json.loads(bundle())
    for _ in range(10):
        nested = json.loads(bundle({"resource": nested}))
    with pytest.raises(msgspec.MsgspecError):
        list(split_bundle(json.dumps(nested).encode()))


def test_an_entry_without_resource_keeps_its_method():
    (entry,) = split_bundle(bundle({"request": {"method": "DELETE", "url": "Patient/1"}}))
    assert (entry.resource, entry.method) == (b"", "DELETE")


def test_only_a_bundle_is_a_bundle():
    assert is_bundle(bundle())
    assert not is_bundle(b'{"resourceType": "Patient"}')
    with pytest.raises(msgspec.MsgspecError):
        is_bundle(b"[]")
