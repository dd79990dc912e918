"""The same record in any envelope is the same record; the CloudEvents SDK writes the envelopes."""

import base64
import json
from types import SimpleNamespace

import pytest
from cloudevents.core.bindings import kafka as binding
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from chartline.record.event import CanonicalRecord, Event, Source
from chartline.record.kinds import EventKind
from chartline.rpc.messages import record_to_message
from services.ingest.delivery import read
from services.ingest.envelope import LARGEST_MESSAGE, TENANT_MISMATCH, Formats, from_kafka

TOPIC = "ehr.north.raw"
FHIR = Formats({"ehr.north.*": "fhir"})
NO_FORMATS = Formats({})


def record(value, headers=(), key=None, topic=TOPIC):
    pairs = headers.items() if isinstance(headers, dict) else headers
    return SimpleNamespace(
        topic=topic, partition=2, offset=7, timestamp=1_700_000_000_000, key=key, value=value, headers=list(pairs)
    )


def opened(*arguments, formats=NO_FORMATS, **fields):
    return from_kafka(record(*arguments, **fields), formats)


def event(payload, content_type, **extensions):
    attributes = {"id": "1", "source": "/lab", "type": "record", "datacontenttype": content_type, **extensions}
    return CloudEvent(attributes, payload)


def enveloped(payload, content_type, **extensions):
    """The payload in every envelope: bare, binary, structured with data_base64, with data, and with data as a text."""
    cloud = event(payload, content_type, **extensions)
    messages = [binding.to_binary_event(cloud), binding.to_structured_event(cloud)]
    yield opened(payload, {"format": b"fhir"})
    yield opened(payload, formats=FHIR)
    yield from (opened(m.value, m.headers) for m in messages)
    if content_type == "application/fhir+json":
        inside = json.dumps({**cloud.get_attributes(), "specversion": "1.0"}, default=str)[:-1].encode() + b', "data": '
        structured = {"content-type": b"Application/CloudEvents+JSON; charset=utf-8"}
        yield opened(inside + payload + b"}", structured)
        yield opened(inside + json.dumps(payload.decode()).encode() + b"}", structured)


def observation(number, value, unit, text):
    return f"""{{"resourceType": "Observation", "id": "o{number}", "status": "final",
      "subject": {{"reference": "Patient/p{number}"}}, "code": {{"text": {json.dumps(text)}}},
      "valueQuantity": {{"value": {value}, "unit": {json.dumps(unit)}}}}}""".encode()


@given(
    st.integers(0, 99),
    st.decimals(0, 1000, places=2).map(str),
    st.sampled_from(["mg/dL", "µmol/L"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20),
)
def test_fhir_is_the_same_record_in_any_envelope(number, value, unit, text):
    payload = observation(number, value, unit, text)
    records = [read(incoming) for incoming in enveloped(payload, "application/fhir+json")]
    assert records[0].events[0].quantity.value == value
    assert len(records) == 6
    assert all(each == records[0] for each in records)


@given(st.text("ab|^~\\&\r\n\x0b\x1c é", max_size=40))
def test_a_text_that_is_no_json_comes_out_byte_for_byte(text):
    payload = text.encode()
    cloud = event(text, "application/hl7-v2")
    for message in (binding.to_binary_event(cloud), binding.to_structured_event(cloud)):
        incoming = opened(message.value, message.headers)
        assert (incoming.payload, incoming.source_format, incoming.refused) == (payload, "hl7v2", "")


@given(st.binary())
def test_bytes_come_out_as_they_went_in(payload):
    cloud = event(payload, "application/x-protobuf")
    for message in (binding.to_binary_event(cloud), binding.to_structured_event(cloud)):
        incoming = opened(message.value, message.headers)
        assert (incoming.payload, incoming.source_format) == (payload, "events")


def test_a_canonical_record_is_the_same_in_any_envelope():
    kept = CanonicalRecord("r", (Event("Patient/p", EventKind.VITAL, Source("mimic-iv", "hosp", "r"), "r"),))
    payload = record_to_message(kept).SerializeToString()
    cloud = event(payload, "application/x-protobuf")
    messages = [binding.to_binary_event(cloud), binding.to_structured_event(cloud)]
    assert [read(opened(m.value, m.headers)) for m in messages] == [kept, kept]


def test_what_the_event_says_about_itself_is_kept():
    message = binding.to_structured_event(event(b"{}", "application/fhir+json", loadid="night"))
    incoming = opened(message.value, {**message.headers, "load-id": b"day"})
    assert (incoming.source, incoming.message_id, incoming.load_id) == ("/lab", "1", "day")
    assert opened(message.value, message.headers).load_id == "night"
    assert (incoming.tenant, incoming.position.partition, incoming.position.offset) == ("north", 2, 7)
    assert incoming.sent_at == 1_700_000_000


@pytest.mark.parametrize(
    ("headers", "topics", "found"),
    [
        ({"format": b"events", "content-type": b"application/fhir+json"}, {"*": "hl7v2"}, "events"),
        ({"content-type": b"Application/FHIR+JSON; fhirVersion=4.0"}, {"*": "hl7v2"}, "fhir"),
        ({"content-type": b"application/x-hl7-v2+er7"}, {}, "hl7v2"),
        ({"content-type": b"application/json"}, {"ehr.north.*": "meds"}, "meds"),
        ({"content-type": b"application/json"}, {"ehr.south.*": "meds"}, "fhir"),
        ({}, {"ehr.north.backfill": "events", "ehr.*.raw": "hl7v2", "*": "fhir"}, "hl7v2"),
        ({"content-type": b"image/png"}, {}, ""),
        ({}, {}, ""),
    ],
)
def test_the_nearest_word_on_the_format_counts(headers, topics, found):
    assert opened(b"{}", headers, formats=Formats(topics)).source_format == found


def spoofs(payload):
    """A thousand ways to say another tenant."""
    for number in range(250):
        other = ("south", "North", "north ", "", "nor\x00th", f"t{number}")[number % 6]
        yield opened(payload, {"format": b"fhir", "tenantid": other.encode()})
        both = [("ce_tenantid", other.encode()), ("CE_TenantId", b"north")]
        yield opened(payload, [*(both if number % 2 else reversed(both)), ("format", b"fhir")])
        structured = {"specversion": "1.0", "tenantid": other, "data": json.loads(payload)}
        cloud = {"content-type": b"application/cloudevents+json"}
        yield opened(json.dumps(structured).encode(), cloud)
        right = {**structured, "tenantid": "north"}
        yield opened(json.dumps(right).encode(), {**cloud, "ce_tenantid": other.encode()})


def test_none_of_a_thousand_spoofed_tenants_is_accepted():
    found = list(spoofs(observation(1, "1", "mg", "x")))
    assert len(found) == 1000
    assert {(each.tenant, each.refused) for each in found} == {("north", TENANT_MISMATCH)}
    assert {read(each).unreadable_reason for each in found} == {TENANT_MISMATCH}


def test_the_topics_own_tenant_may_be_said():
    message = binding.to_binary_event(event(b"{}", "application/fhir+json", tenantid="north"))
    assert not opened(message.value, message.headers).refused


SECRET = b"Secretname"


@pytest.mark.parametrize(
    ("value", "content_type", "reason"),
    [
        (b"{" + SECRET, b"application/cloudevents+json", "not a CloudEvent in JSON"),
        (b"\xff" + SECRET, b"application/cloudevents+json", "not a CloudEvent in JSON"),
        (b'{"specversion": "1.0", "id": "\xff"}', b"application/cloudevents+json", "not a CloudEvent in JSON"),
        (b'{"specversion": "1.0", "id": 5}', b"application/cloudevents+json", "not a CloudEvent in JSON"),
        (b'{"specversion": "1.0", "data_base64": "?"}', b"application/cloudevents+json", "not a CloudEvent in JSON"),
        (b'{"specversion": "0.3", "data": {}}', b"application/cloudevents+json", "another version"),
        (b'{"data": {}}', b"application/cloudevents+json", "another version"),
        (b'{"specversion":"1.0","data":' + b"[" * 100_000, b"application/cloudevents+json", "CloudEvent"),
        (b"[]", b"application/cloudevents-batch+json", "a batch of CloudEvents"),
        (b"", b"application/cloudevents+avro", "another form than JSON"),
        (b"x" * (LARGEST_MESSAGE + 1), b"application/fhir+json", "larger than 32 MiB"),
    ],
)
def test_what_cannot_be_opened_is_refused_without_its_content(value, content_type, reason):
    incoming = opened(value, {"content-type": content_type})
    assert reason in incoming.refused
    assert "Secret" not in incoming.refused
    assert incoming.payload == value
    assert read(incoming).unreadable_reason == incoming.refused


NAMES = ["content-type", "ce_id", "ce_specversion", "ce_dataref", "ce_time", "format", "load-id", "x"]
VALUES = [b"application/cloudevents+json", b"1.0", b"fhir", b""]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from(VALUES) | st.none() | st.binary(max_size=8),
        ),
        max_size=5,
    ),
    st.none() | st.binary(max_size=32) | st.sampled_from([b'{"specversion":"1.0","data":{}}', b'{"data":"\\ud800"}']),
    st.none() | st.binary(max_size=16),
)
def test_any_message_has_an_outcome(headers, value, key):
    found = read(opened(value, headers, key=key))
    assert found.unreadable_reason or found.without_events_reason or found.versions


@pytest.mark.parametrize(
    ("headers", "key", "deleted"),
    [
        ({"content-type": b"application/fhir+json", "ce_subject": b"Procedure/o1"}, None, ("fhir", "Procedure/o1")),
        (
            {"format": b"fhir", "ce_subject": b"https://x.org/Observation/o1/_history/3"},
            None,
            ("fhir", "Observation/o1"),
        ),
        ({"format": b"fhir"}, b"Condition/c-1.2", ("fhir", "Condition/c-1.2")),
        ({"format": b"events", "ce_subject": b"labevents/456", "ce_source": b"hosp"}, None, ("hosp", "labevents/456")),
    ],
)
def test_a_tombstone_deletes_the_record_that_it_names(headers, key, deleted):
    (version,) = read(opened(None, {**headers, "ce_time": b"2150-03-01T08:00:00Z"}, key=key)).versions
    assert (version.system, version.record_id) == deleted
    assert version.deleted
    assert version.available_time.unix_micros == 5_685_408_000_000_000


def test_a_tombstone_without_a_time_is_as_old_as_its_message():
    (version,) = read(opened(None, {"format": b"fhir"}, key=b"Condition/c")).versions
    assert version.available_time.unix_micros == 1_700_000_000_000_000


@pytest.mark.parametrize("structured", [{"specversion": "1.0"}, {"specversion": "1.0", "data": None}])
def test_an_event_without_data_is_a_tombstone(structured):
    value = json.dumps({**structured, "subject": "Observation/o1", "datacontenttype": "application/fhir+json"}).encode()
    assert read(opened(value, {"content-type": b"application/cloudevents+json"})).versions


@pytest.mark.parametrize(
    ("headers", "key"), [({"format": b"fhir"}, b"\xffabc"), ({}, b"Observation/1"), ({"format": b"hl7v2"}, b"A/b")]
)
def test_a_message_without_value_that_names_no_record_says_so(headers, key):
    found = read(opened(None, headers, key=key))
    assert found.without_events_reason == "a message without value that names no record"


def test_no_payload_is_no_tombstone_where_there_is_one():
    payload = base64.b64encode(b"{}").decode()
    value = json.dumps({"specversion": "1.0", "subject": "Observation/o1", "data_base64": payload}).encode()
    assert not opened(value, {"content-type": b"application/cloudevents+json"}).deletes
