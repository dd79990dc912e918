import base64
import gzip
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_fakes import FakeEncoder, FakeWriter, refuse

from chartline.errors import ChartlineError, DeadlineExceeded, Exhausted, InvalidRequest, Unavailable, Unfit
from chartline.record.event import CanonicalRecord, Event, Quantity, RecordVersion, Source
from chartline.record.kinds import EventKind
from chartline.rpc.messages import record_to_message
from chartline.telemetry import chartline_ingest_unknown_units
from chartline.v1.record_service_pb2 import (
    RECORD_OUTCOME_DEAD_LETTERED,
    RECORD_OUTCOME_DELETED,
    RECORD_OUTCOME_DUPLICATE,
    RECORD_OUTCOME_INDEXED,
    RECORD_OUTCOME_MERGED,
    RECORD_OUTCOME_WITHOUT_EVENTS,
    AppendEventsRequest,
    Position,
    RecordOutcome,
)
from services.encoder.requests import deliveries_of
from services.ingest.dead_letters import DeadLetters
from services.ingest.delivery import MOST_BYTES, MOST_RECORDS, Part, chunks
from services.ingest.envelope import Formats, open_message
from services.ingest.incoming import Incoming, backfill_topic, holds_records, raw_topic, tenant_of
from services.ingest.parsers import PARSERS
from services.ingest.pipeline import Batch, Pipeline
from services.ingest.settings import IngestSettings

TOPIC = "ehr.north.raw"


def condition(number, tenant="north"):
    resource = {
        "resourceType": "Condition",
        "id": f"c{number}",
        "subject": {"reference": f"Patient/{number}"},
        "code": {"text": "Sepsis"},
    }
    return incoming(json.dumps(resource).encode(), number, tenant)


def incoming(payload, number=0, tenant="north", **fields):
    return Incoming(tenant, "fhir", payload, position=Position(topic=TOPIC, partition=0, offset=number), **fields)


def pipeline(encoder, writer=None):
    return Pipeline(encoder, DeadLetters(writer or FakeWriter(), first_pause=0.0), first_pause=0.0)


async def test_every_record_has_its_outcome_in_order():
    writer = FakeWriter()
    batch = [condition(1), incoming(b"{"), incoming(b'{"resourceType": "Task"}'), incoming(None)]
    outcomes = await pipeline(FakeEncoder(), writer).deliver(batch)
    assert [outcome.value for outcome in outcomes] == [
        RECORD_OUTCOME_INDEXED,
        RECORD_OUTCOME_DEAD_LETTERED,
        RECORD_OUTCOME_WITHOUT_EVENTS,
        RECORD_OUTCOME_WITHOUT_EVENTS,
    ]
    assert outcomes[2].reason == "Task: no clinical content, it is administrative"
    assert len(writer.written) == 1


async def test_a_dead_letter_is_the_original_with_its_place_and_the_reason():
    writer = FakeWriter()
    await pipeline(FakeEncoder(), writer).deliver([incoming(b"{Secret", 7, load_id="night")])
    ((topic, value, headers),) = writer.written
    assert (topic, value) == ("ehr.north.dlq", b"{Secret")
    assert (headers["topic"], headers["partition"], headers["offset"]) == (b"ehr.north.raw", b"0", b"7")
    assert (headers["format"], headers["load-id"]) == (b"fhir", b"night")
    assert b"Secret" not in headers["reason"]


def weight(unit):
    resource = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": {"reference": "Patient/1"},
        "code": {"text": "Weight"},
        "valueQuantity": {"value": 7, "unit": unit},
    }
    return incoming(json.dumps(resource).encode())


async def test_values_in_units_that_nobody_understands_are_kept_and_counted():
    def counted():
        return sum(
            sample.value for sample in chartline_ingest_unknown_units.collect()[0].samples if "total" in sample.name
        )

    encoder, before = FakeEncoder(), counted()
    await pipeline(encoder).deliver([weight("kg"), weight("Mg"), weight("stone")])
    assert counted() - before == 2
    assert [record.record.events[0].quantity.unit for *_, record in encoder.kept] == ["kg", "Mg", "stone"]


async def test_records_go_to_the_shards_of_their_patients_and_are_counted_once():
    encoder = FakeEncoder(shards=3)
    await pipeline(encoder).deliver([condition(n, tenant=f"t{n % 2}") for n in range(40)])
    assert all(encoder.owner(t, r.record.events[0].patient) == shard for t, shard, r in encoder.kept)
    assert len(encoder.kept) == len(encoder.counted()) == 40


async def test_definitions_and_links_reach_every_shard_and_are_counted_once():
    encoder = FakeEncoder(shards=3)
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "Aspirin"}}
    await pipeline(encoder).deliver([incoming(json.dumps(drug).encode())])
    assert {shard for _, shard, _ in encoder.kept} == {0, 1, 2}
    assert len(encoder.counted()) == 1


def deletion(number):
    record = CanonicalRecord("r", versions=(RecordVersion("s", "Panel/1", deleted=True),), leftovers=("OBX",))
    position = Position(topic=TOPIC, partition=0, offset=number)
    return Incoming("north", "events", record_to_message(record).SerializeToString(), position=position)


async def test_a_deletion_reaches_every_shard_and_is_counted_by_the_same_one_whatever_batch_it_is_in():
    encoder = FakeEncoder(shards=3)
    await pipeline(encoder).deliver([deletion(7)])
    await pipeline(encoder).deliver([condition(1), deletion(6), deletion(7)])
    sent = [(shard, r) for _, shard, r in encoder.kept if r.record.versions]
    assert sorted(shard for shard, r in sent if r.position.offset == 7) == [0, 0, 1, 1, 2, 2]
    assert {shard for shard, r in sent if r.position.offset == 7 and r.counted} == {1}


def test_a_record_in_parts_takes_the_weightiest_outcome():
    def settled(*values):
        batch = Batch([deletion(1)], "", 0.0)
        for value in values:
            batch.settle(0, value)
        return batch.outcomes()[0].value

    assert settled(RECORD_OUTCOME_DUPLICATE, RECORD_OUTCOME_DELETED) == RECORD_OUTCOME_DELETED
    assert settled(RECORD_OUTCOME_MERGED, RECORD_OUTCOME_DUPLICATE) == RECORD_OUTCOME_MERGED
    assert settled(RECORD_OUTCOME_MERGED, RECORD_OUTCOME_INDEXED) == RECORD_OUTCOME_INDEXED
    assert settled(RECORD_OUTCOME_WITHOUT_EVENTS, RECORD_OUTCOME_DELETED) == RECORD_OUTCOME_DELETED
    assert {settled(value) for value in RecordOutcome.values() if value} == set(RecordOutcome.values()) - {0}


@given(
    st.lists(
        st.sampled_from([Unavailable("away"), Exhausted("full", retry_after=0), DeadlineExceeded("late"), Unfit("no")]),
        max_size=30,
    )
)
async def test_what_may_heal_is_waited_out(failures):
    def fail(records):
        if failures:
            raise failures.pop()

    encoder = FakeEncoder(fail=fail)
    outcomes = await pipeline(encoder).deliver([condition(n) for n in range(3)])
    assert [outcome.value for outcome in outcomes] == [RECORD_OUTCOME_INDEXED] * 3
    assert len(encoder.kept) == 3


async def test_a_caller_without_patience_is_told():
    def fail(records):
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        await pipeline(FakeEncoder(fail=fail)).deliver([condition(1)], patience=0.0)


@pytest.mark.parametrize("number", [1, 2, 17, 100])
async def test_the_one_record_that_is_refused_is_buried_alone(number):
    writer = FakeWriter()
    encoder = FakeEncoder(fail=refuse("Condition/c0"))
    outcomes = await pipeline(encoder, writer).deliver([condition(n) for n in range(number)])
    assert [outcome.value for outcome in outcomes] == [
        RECORD_OUTCOME_DEAD_LETTERED,
        *[RECORD_OUTCOME_INDEXED] * (number - 1),
    ]
    assert [headers["offset"] for _, _, headers in writer.written] == [b"0"]
    assert len(encoder.counted()) == number


@pytest.mark.parametrize("load_id", ["x" * 65, "a\x00b"])
async def test_a_load_id_that_cannot_be_counted_under_ends_its_record_alone(load_id):
    """The real encoder's own check of what it is sent."""
    writer = FakeWriter()
    encoder = FakeEncoder(fail=lambda records: deliveries_of(AppendEventsRequest(records=records)))
    spoilt = incoming(condition(1).payload, 1, load_id=load_id)
    outcomes = await pipeline(encoder, writer).deliver([spoilt, condition(2)])
    assert [outcome.value for outcome in outcomes] == [RECORD_OUTCOME_DEAD_LETTERED, RECORD_OUTCOME_INDEXED]
    assert outcomes[0].reason == "a load id of more than 64 characters, or with a NUL character"
    assert [headers["load-id"] for _, _, headers in writer.written] == [load_id.encode()]


async def test_a_burial_that_cannot_be_counted_stops_nobody():
    def fail(records):
        if any(record.record.record_id == "Condition/c1" for record in records):
            raise InvalidRequest("spoilt, and so is its notice")

    writer = FakeWriter()
    outcomes = await pipeline(FakeEncoder(fail=fail), writer).deliver([condition(1), condition(2)])
    assert [outcome.value for outcome in outcomes] == [RECORD_OUTCOME_DEAD_LETTERED, RECORD_OUTCOME_INDEXED]
    assert len(writer.written) == 1


async def test_a_failure_nobody_foresaw_is_tried_again_before_records_are_blamed():
    failures = [ChartlineError("boom")] * 4

    def fail(records):
        if failures:
            raise failures.pop()

    writer = FakeWriter()
    await pipeline(FakeEncoder(fail=fail), writer).deliver([condition(1)])
    assert not writer.written


async def test_dead_letters_are_written_until_they_are_durable():
    class Failing(FakeWriter):
        failures = 3

        async def write(self, topic, value, headers, key=None):
            self.failures -= 1
            if self.failures >= 0:
                raise Unavailable("Kafka failed")
            await super().write(topic, value, headers, key)

    writer = Failing()
    await pipeline(FakeEncoder(), writer).deliver([incoming(b"{")])
    assert len(writer.written) == 1


def document(number, content, content_type="text/rtf"):
    resource = {
        "resourceType": "DocumentReference",
        "id": f"d{number}",
        "status": "current",
        "subject": {"reference": f"Patient/{number}"},
        "content": [{"attachment": {"contentType": content_type, "data": base64.b64encode(content).decode()}}],
    }
    return incoming(json.dumps(resource).encode(), number)


async def test_documents_in_odd_encodings_are_delivered_as_text():
    emoji = document(1, rb"{\rtf1 well \u-10179?\u-8704?}")
    undefined = document(2, b"Fever", "text/plain; charset=undefined")
    encoder = FakeEncoder()
    outcomes = await pipeline(encoder).deliver([emoji, undefined])
    assert [outcome.value for outcome in outcomes] == [RECORD_OUTCOME_INDEXED] * 2
    assert [record.record.events[0].text_value for *_, record in encoder.kept] == ["well \U0001f600", "Fever"]


def _raises(payload):
    raise KeyError("Jane Doe")


def _unit_of_no_text(payload):
    source = Source("fhir", "fhir", "r")
    return CanonicalRecord("r", (Event("Patient/1", EventKind.VITAL, source, "n", quantity=Quantity("1", 7)),))


def _half_a_character(payload):
    source = Source("fhir", "fhir", "r")
    return CanonicalRecord("r", (Event("Patient/1", EventKind.NOTE, source, "n", text_value="\ud83d"),))


@pytest.mark.parametrize(
    ("parser", "reason"),
    [
        (_raises, "reading it failed with KeyError"),
        (_unit_of_no_text, "reading it failed with TypeError"),
        (_half_a_character, "reading it failed with UnicodeEncodeError"),
    ],
)
async def test_a_failure_that_no_parser_foresaw_is_the_end_of_one_record_alone(monkeypatch, caplog, parser, reason):
    monkeypatch.setitem(PARSERS, "broken", parser)
    encoder, writer = FakeEncoder(), FakeWriter()
    broken = replace(incoming(b"Secret", 1), source_format="broken")
    outcomes = await pipeline(encoder, writer).deliver([broken, condition(2)])
    assert [outcome.value for outcome in outcomes] == [RECORD_OUTCOME_DEAD_LETTERED, RECORD_OUTCOME_INDEXED]
    assert [(value, headers["reason"]) for _, value, headers in writer.written] == [(b"Secret", reason.encode())]
    assert [record.record.record_id for *_, record in encoder.kept] == ["", "Condition/c2"]
    assert any(line.getMessage() == "record_failed" and line.exc_info for line in caplog.records)


@given(st.lists(st.integers(0, 2 * MOST_BYTES), max_size=50))
def test_requests_are_bounded_and_lose_nothing(sizes):
    parts = [Part(number, None, size) for number, size in enumerate(sizes)]
    requests = list(chunks(parts))
    assert [part for request in requests for part in request] == parts
    assert all(len(request) == 1 or sum(p.size for p in request) <= MOST_BYTES for request in requests)


def test_requests_hold_no_more_than_their_number():
    parts = [Part(number, None, 1) for number in range(2 * MOST_RECORDS + 1)]
    assert [len(request) for request in chunks(parts)] == [MOST_RECORDS, MOST_RECORDS, 1]


def test_the_topic_alone_names_the_tenant():
    assert tenant_of("ehr.st-mary.raw") == "st-mary"
    for other in ("ehr.st-mary.dlq", "ehr.eu.north.raw", "ehr..raw"):
        with pytest.raises(ValueError, match="no topic of records"):
            tenant_of(other)


def test_no_topic_is_subscribed_that_names_no_tenant():
    fields, tenants = IngestSettings.model_fields, ("st-mary", "eu.north", "_t", "", "t" * 64, "t" * 65)
    for pattern, topic in (("topic_pattern", raw_topic), ("backfill_pattern", backfill_topic)):
        subscribed = [tenant for tenant in tenants if re.match(fields[pattern].default, topic(tenant))]
        assert subscribed == [tenant for tenant in tenants if holds_records(topic(tenant))] == ["st-mary", "t" * 64]


DEEP = b"[" * 100_000
POISON = [
    gzip.compress(bytes(50 << 20)),
    DEEP,
    b'{"resourceType": "Patient", "x": ' + DEEP + b"]" * 100_000 + b"}",
    b'{"resourceType": "Patient", "id": "\xff\xfe"}',
    b'{"resourceType": "Patient", "id": "a\x00b"}',
    b"\x00" * 1000,
    b'{"resourceType": "Patient", "id": "\\ud800"}',
    b"9" * 1_000_000,
    b'{"resourceType": "Observation", "valueQuantity": {"value": 1e999999999}}',
    b'{"resourceType":',
    b"",
]


@pytest.mark.parametrize("source_format", [*PARSERS, "telepathy", ""])
@pytest.mark.parametrize("envelope", [b"", b"application/cloudevents+json"])
async def test_poison_in_any_form_is_buried_and_blocks_nobody(source_format, envelope):
    """Zip bombs, endless nesting, bytes that are no text: each has its outcome, and the good records theirs."""
    writer = FakeWriter()
    headers = [("format", source_format), *([("content-type", envelope.decode())] if envelope else [])]
    positions = [Position(topic=TOPIC, partition=0, offset=number) for number in range(len(POISON))]
    formats = Formats({})
    batch = [
        open_message(headers, None, payload, place, 0.0, formats)
        for payload, place in zip(POISON, positions, strict=True)
    ]
    outcomes = await pipeline(FakeEncoder(), writer).deliver([*batch, condition(99)])
    assert outcomes[-1].value == RECORD_OUTCOME_INDEXED
    assert all(outcome.value and outcome.reason for outcome in outcomes[:-1])
    buried = sum(outcome.value == RECORD_OUTCOME_DEAD_LETTERED for outcome in outcomes)
    assert buried == len(writer.written) >= len(POISON) - 2
    assert all(len(headers["reason"]) < 300 for _, _, headers in writer.written)
