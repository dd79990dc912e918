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


def entry(resource, **fields):
    return {"resource": resource, **fields}


def test_an_entry_tells_the_version_that_its_resource_lacks():
    read = resources(
        bundle(
            entry(
                {"resourceType": "Condition", "id": "c", "meta": {"profile": ["p"]}},
                response={"etag": 'W/"3"', "lastModified": "2024-01-02T03:04:05Z"},
            ),
            entry({"resourceType": "Condition", "id": "d"}, request={"method": "PUT", "ifMatch": 'W/"3"'}),
            entry({"resourceType": "Condition", "id": "e", "meta": {"versionId": "9"}}, response={"etag": "1"}),
        )
    )
    assert [resource.get("meta") for resource in read] == [
        {"profile": ["p"], "versionId": "3", "lastUpdated": "2024-01-02T03:04:05Z"},
        {"versionId": "4"},
        {"versionId": "9"},
    ]


def test_a_version_from_the_entry_leaves_numbers_as_they_were_written():
    resource = b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.10},"x":1E+2}'
    (split,) = split_bundle(
        b'{"resourceType":"Bundle","entry":[{"response":{"etag":"2"},"resource":' + resource + b"}]}"
    )
    assert b'"value":1.10}' in split.resource
    assert b'"x":1E+2' in split.resource


def test_a_conditional_reference_points_to_the_entry_that_has_the_identifier():
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:mrn", "value": "7"}]}
    inside, encoded, outside = (
        {"resourceType": "Condition", "id": "c", "subject": {"reference": f"Patient?identifier={said}"}}
        for said in ("urn:mrn|7", "urn:mrn%7C7", "urn:mrn|8")
    )
    _, *read = resources(bundle(entry(patient), entry(inside), entry(encoded), entry(outside)))
    assert [r["subject"]["reference"] for r in read] == ["Patient/p", "Patient/p", "Patient?identifier=urn:mrn|8"]


def test_an_attachment_takes_the_text_of_the_binary_that_it_names():
    attachments = [{"url": "urn:uuid:b"}, {"url": "Binary/b"}, {"url": "Binary/pdf", "contentType": "application/pdf"}]
    note, *_ = resources(
        bundle(
            entry(
                {"resourceType": "DocumentReference", "id": "n", "content": [{"attachment": a} for a in attachments]}
            ),
            entry({"resourceType": "Binary", "contentType": "text/plain", "data": "Zm9v"}, fullUrl="urn:uuid:b"),
            entry({"resourceType": "Binary", "id": "pdf", "contentType": "application/pdf", "data": "JVBE"}),
        )
    )
    text = {"contentType": "text/plain", "data": "Zm9v"}
    assert [c["attachment"] for c in note["content"]] == [text | attachments[0], text | attachments[1], attachments[2]]


def test_a_malformed_entry_spoils_no_other():
    broken, whole = split_bundle(
        bundle(entry({"resourceType": "Patient", "id": 7}), entry({"resourceType": "Patient"}))
    )
    assert json.loads(broken.resource)["id"] == 7
    assert json.loads(whole.resource)["resourceType"] == "Patient"


def test_a_deletion_alone_is_a_bundle_of_its_own():
    request, response = {"method": "DELETE", "url": "Patient/1"}, {"etag": 'W/"4"', "lastModified": "2024-01-01"}
    (split,) = split_bundle(bundle({"request": request, "response": response}))
    (again,) = split_bundle(split.alone())
    assert (again.method, again.url, again.version_id, again.last_modified) == (
        "DELETE",
        "Patient/1",
        "4",
        "2024-01-01",
    )
    assert not split.is_resource
