"""Whatever is done to a resource, its record has an outcome, no exception and none of its contents in the reason."""

import json

import pytest
from fhir_samples import SAMPLES
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chartline.record.event import CanonicalRecord
from chartline.record.kinds import CARRIED
from services.ingest.parsers import parse

SECRET = "Secretname"
NUMBERS = [None, True, 0, -1, 10**30, 1.5]
TEXTS = ["", SECRET, "2024-13-45", "2024-02-30T25:00:00Z", "\x00", "#x", "Patient/", "urn:uuid:", "active"]
MEMBERS = st.sampled_from(["value", "coding", "text", "reference", "start", "code", "low", "repeat"])
JSON = st.recursive(
    st.sampled_from([*NUMBERS, *TEXTS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner),
    max_leaves=5,
)


def places(tree, path=()):
    """Every path in a tree of JSON."""
    if path:
        yield path
    members = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in members:
        yield from places(value, (*path, key))


def with_value(tree, path, value):
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = with_value(copy[path[0]], path[1:], value)
    return copy


@st.composite
def mutated(draw):
    resource = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in places(resource) if p != ("resourceType",)]))
        resource = with_value(resource, path, draw(JSON))
    return json.dumps(resource).encode()


def holds(payload: bytes) -> CanonicalRecord:
    record = parse("fhir", payload)
    carried = record.events or record.definitions or record.links or record.versions
    assert carried or record.unreadable_reason or record.without_events_reason
    for reason in (record.unreadable_reason, record.without_events_reason, *record.leftovers):
        assert SECRET not in reason
    for event in record.events:
        assert event.patient
        assert event.natural_key
        assert {a.name for a in event.attributes} <= CARRIED[event.kind]
    return record


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_a_mutated_resource_has_an_outcome(payload):
    holds(payload)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_bytes_have_an_outcome(resource, data):
    payload = bytearray(json.dumps(resource).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    holds(bytes(payload[: data.draw(st.integers(1, len(payload)))]))


@settings(max_examples=100, deadline=None)
@given(st.lists(mutated(), max_size=4), st.sampled_from(["", "DELETE", "PATCH", "PUT"]))
@example([], "")
def test_a_bundle_of_mutated_resources_has_an_outcome(resources, method):
    entries = [{"resource": json.loads(r), "request": {"method": method, "url": "Patient/1"}} for r in resources]
    holds(json.dumps({"resourceType": "Bundle", "entry": entries}).encode())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample["resourceType"]))
def test_every_sample_is_read_as_it_stands(sample):
    assert not holds(json.dumps(sample).encode()).unreadable_reason
