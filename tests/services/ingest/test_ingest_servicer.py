"""The service over real gRPC, against a real RecordService whose store is a list."""

import json
from contextlib import asynccontextmanager

import grpc
import grpc.aio
import pytest
from ingest_fakes import FakeKafka
from record_list import ListRecord, served

from chartline.rpc.audit import AuditTrail, verify
from chartline.rpc.auth import ServiceTokens, mint_token
from chartline.rpc.paging import PageTokens
from chartline.rpc.shards import Shards
from chartline.v1 import ingest_service_pb2 as pb
from chartline.v1 import record_service_pb2 as record_pb
from chartline.v1.ingest_service_pb2_grpc import IngestServiceStub, add_IngestServiceServicer_to_server
from chartline.v1.record_service_pb2_grpc import add_RecordServiceServicer_to_server
from services.ingest.dead_letters import DeadLetters
from services.ingest.encoder_client import EncoderClient
from services.ingest.envelope import Formats
from services.ingest.letter_box import LetterBox
from services.ingest.operator_servicer import Operations
from services.ingest.pipeline import Pipeline
from services.ingest.replay import Replayer
from services.ingest.servicer import LARGEST_PAYLOAD, IngestServicer
from services.ingest.settings import IngestSettings


class NoKafka:
    assigned = 3

    async def lag(self, tenant):
        return 7

    async def backfill_lag(self, tenant):
        return 11


@pytest.fixture
def settings(keys):
    return IngestSettings(
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        encoders=("unused:1",),
        audit_file=keys.jwks_file.with_name("audit.jsonl"),
        drain_seconds=1,
    )


@asynccontextmanager
async def ingest(settings, targets, kafka=None, audit=None):
    shards = Shards(targets, settings)
    encoder = EncoderClient(shards, ServiceTokens(settings.service_key_file, "ingest"))
    kafka = kafka or FakeKafka()
    letters, formats = DeadLetters(kafka, first_pause=0.01), Formats({})
    pipeline = Pipeline(encoder, letters, first_pause=0.01)
    box = LetterBox(kafka, letters, kafka)
    operations = Operations(box, Replayer(pipeline, box, kafka, letters, formats), kafka, PageTokens(b"k" * 32), audit)
    servicer = IngestServicer(pipeline, encoder, NoKafka(), NoKafka(), operations)
    async with (
        served(settings, "IngestService", add_IngestServiceServicer_to_server, servicer) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        yield IngestServiceStub(channel)
    await shards.close()


@pytest.fixture
def metadata(keys):
    token = mint_token(keys.issuer_key_file, tenant="north", scopes=["ingest"], subject="loader", issuer="test")
    return (("authorization", f"Bearer {token}"),)


@pytest.fixture
def operator(keys):
    token = mint_token(keys.issuer_key_file, tenant="north", scopes=["operator"], subject="ops", issuer="test")
    return (("authorization", f"Bearer {token}"),)


def fhir(**resource):
    return pb.SourceRecord(format="fhir", payload=json.dumps(resource).encode())


async def test_submitted_records_reach_the_shards_in_the_callers_name(settings, metadata):
    first, second = ListRecord(), ListRecord()
    register = add_RecordServiceServicer_to_server
    async with (
        served(settings, "RecordService", register, first) as one,
        served(settings, "RecordService", register, second) as two,
        ingest(settings, [one, two]) as stub,
    ):
        records = [fhir(resourceType="Patient", id=f"p{n}") for n in range(20)]
        request = pb.SubmitRecordsRequest(records=[*records, fhir(resourceType="Task")], load_id="night")
        response = await stub.SubmitRecords(request, metadata=metadata)
        status = await stub.GetIngestStatus(pb.GetIngestStatusRequest(), metadata=metadata)
    assert [r.outcome for r in response.records] == [record_pb.RECORD_OUTCOME_INDEXED] * 21
    assert response.records[-1].reason == "Task: no clinical content, it is administrative"
    assert len(first.kept) + len(second.kept) == 21
    assert all(first.kept)
    assert all(second.kept)
    assert {(c.tenant, c.subject, c.actor) for c in first.callers} == {("north", "ingest", "loader")}
    assert (status.lag, status.backfill_lag, status.assigned_partitions) == (7, 11, 3)
    assert (status.counts.indexed, status.counts.reasons["no patient"], status.counts.leftovers["OBX"]) == (21, 2, 4)
    ((source, outcomes),) = [(each.format, each.outcomes) for each in status.sources]
    assert (source, outcomes) == ("fhir", {"indexed": 21})


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SubmitRecordsRequest(records=[pb.SourceRecord()] * 1001), "records"),
        (pb.SubmitRecordsRequest(load_id="x" * 65), "load_id"),
        (
            pb.SubmitRecordsRequest(records=[pb.SourceRecord(payload=b"x" * (LARGEST_PAYLOAD + 1))]),
            "records[0].payload",
        ),
    ],
)
async def test_what_is_too_much_is_an_invalid_argument(settings, metadata, request_, field):
    async with ingest(settings, ["127.0.0.1:1"]) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.SubmitRecords(request_, metadata=metadata)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(refused.value.trailing_metadata())


async def test_without_the_encoder_the_status_is_unavailable(settings, metadata):
    async with ingest(settings, ["127.0.0.1:1"]) as stub:
        request = pb.SubmitRecordsRequest(records=[fhir(resourceType="Patient", id="p")])
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub.SubmitRecords(request, metadata=metadata, timeout=2.0)
    assert failed.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def with_letters(number):
    """Kafka with so many dead letters of the tenant north, two reasons in turn."""
    kafka = FakeKafka()
    for offset in range(number):
        place = [("topic", b"ehr.north.raw"), ("partition", b"0"), ("offset", str(offset).encode())]
        headers = [*place, ("reason", f"reason {offset % 2}".encode()), ("format", b"fhir")]
        kafka.place("ehr.north.dlq", b'{"id": "Patient/p%d"' % offset, headers, f"ehr.north.raw-0-{offset}".encode())
    return kafka


async def test_dead_letters_are_listed_in_pages_and_counted_by_reason(settings, operator):
    async with ingest(settings, ["127.0.0.1:1"], with_letters(5)) as stub:
        found, token = [], None
        while token != "":
            request = pb.ListDeadLettersRequest(page_size=2, page_token=token or "")
            page = await stub.ListDeadLetters(request, metadata=operator)
            assert page.reasons == {"reason 0": 3, "reason 1": 2}
            found += page.dead_letters
            token = page.next_page_token
        narrow = pb.ListDeadLettersRequest(filter=pb.DeadLetterFilter(reason="reason 1", first_offset=2))
        (one,) = (await stub.ListDeadLetters(narrow, metadata=operator)).dead_letters
    assert [letter.id for letter in found] == [f"ehr.north.raw-0-{n}" for n in range(5)]
    assert (found[0].bytes, found[0].buried_at.unix_micros, found[0].origin.offset) == (19, 1_000_000_000, 0)
    assert one.id == "ehr.north.raw-0-3"


async def test_the_content_of_a_letter_is_shown_and_audited(settings, operator, tmp_path):
    trail = AuditTrail(tmp_path / "audit.jsonl", b"k" * 32)
    request = pb.GetDeadLetterRequest(id="ehr.north.raw-0-1", purpose="ticket 17")
    async with ingest(settings, ["127.0.0.1:1"], with_letters(2), trail) as stub:
        shown = await stub.GetDeadLetter(request, metadata=operator)
        with pytest.raises(grpc.aio.AioRpcError) as unexplained:
            await stub.GetDeadLetter(pb.GetDeadLetterRequest(id=request.id), metadata=operator)
    trail.close()
    assert shown.payload == b'{"id": "Patient/p1"'
    assert unexplained.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert verify(tmp_path / "audit.jsonl", b"k" * 32) == 1
    (line,) = map(json.loads, (tmp_path / "audit.jsonl").read_text().splitlines())
    assert (line["subject"], line["purpose"], line["event_keys"]) == ("ops", "ticket 17", ["ehr.north.raw-0-1"])
    assert line["method"] == "/chartline.v1.IngestService/GetDeadLetter"


async def test_letters_and_records_are_replayed_and_letters_erased(settings, operator):
    kafka, record = with_letters(3), ListRecord()
    kafka.place("ehr.north.raw", b'{"resourceType": "Patient", "id": "p"}', [("format", b"fhir")])
    start = pb.ReplayRecordsRequest(start={"unix_micros": 1}, dry_run=True)
    async with (
        served(settings, "RecordService", add_RecordServiceServicer_to_server, record) as encoder,
        ingest(settings, [encoder], kafka) as stub,
    ):
        replayed = [r async for r in stub.ReplayDeadLetters(pb.ReplayDeadLettersRequest(), metadata=operator)]
        dry = [r async for r in stub.ReplayRecords(start, metadata=operator)]
        assert len(record.kept) == 3
        start.dry_run = False
        wet = [r async for r in stub.ReplayRecords(start, metadata=operator)]
        erase = pb.EraseDeadLettersRequest(identifiers=["Patient/p1"])
        erased = await stub.EraseDeadLetters(erase, metadata=operator)
        left = await stub.ListDeadLetters(pb.ListDeadLettersRequest(), metadata=operator)
    assert sum(replayed[-1].outcomes.values()) == 3
    assert (dry[-1].outcomes, wet[-1].outcomes) == ({"readable": 1}, {"indexed": 1})
    assert erased.erased == 1
    assert {letter.id for letter in left.dead_letters} <= {"ehr.north.raw-0-0", "ehr.north.raw-0-2"}


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("ListDeadLetters", pb.ListDeadLettersRequest()),
        ("GetDeadLetter", pb.GetDeadLetterRequest()),
        ("EraseDeadLetters", pb.EraseDeadLettersRequest()),
        ("CountSentRecords", pb.CountSentRecordsRequest()),
    ],
)
async def test_dead_letters_are_the_operators_alone(settings, metadata, method, request_):
    async with ingest(settings, ["127.0.0.1:1"]) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await getattr(stub, method)(request_, metadata=metadata)
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("EraseDeadLetters", pb.EraseDeadLettersRequest()),
        ("EraseDeadLetters", pb.EraseDeadLettersRequest(identifiers=["Patient/p", ""])),
        ("ListDeadLetters", pb.ListDeadLettersRequest(page_size=-1)),
        ("ListDeadLetters", pb.ListDeadLettersRequest(page_token="forged")),
        ("ReplayRecords", pb.ReplayRecordsRequest()),
        ("ReplayRecords", pb.ReplayRecordsRequest(start={"unix_micros": 5}, end={"unix_micros": 5})),
    ],
)
async def test_what_an_operator_asks_wrongly_is_an_invalid_argument(settings, operator, method, request_):
    async with ingest(settings, ["127.0.0.1:1"]) as stub:
        call = getattr(stub, method)(request_, metadata=operator)
        assert await call.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_load_is_held_against_what_kafka_took(settings, operator):
    kafka = FakeKafka()
    for topic, load in (("raw", b"night"), ("raw", b"day"), ("backfill", b"night")):
        kafka.place(f"ehr.north.{topic}", b"{}", [("load-id", load)])
    kafka.place("ehr.south.raw", b"{}", [("load-id", b"night")])
    async with ingest(settings, ["127.0.0.1:1"], kafka) as stub:
        found = [
            (await stub.CountSentRecords(pb.CountSentRecordsRequest(load_id=load), metadata=operator)).records
            for load in ("night", "day", "")
        ]
    assert found == [2, 1, 3]
