"""The service over real gRPC, against a real RecordService whose store is a list."""

import json
from contextlib import asynccontextmanager

import grpc
import grpc.aio
import pytest
from record_list import ListRecord, served

from chartline.rpc.auth import ServiceTokens, mint_token
from chartline.rpc.shards import Shards
from chartline.v1 import ingest_service_pb2 as pb
from chartline.v1 import record_service_pb2 as record_pb
from chartline.v1.ingest_service_pb2_grpc import IngestServiceStub, add_IngestServiceServicer_to_server
from chartline.v1.record_service_pb2_grpc import add_RecordServiceServicer_to_server
from services.ingest.dead_letters import DeadLetters
from services.ingest.encoder_client import EncoderClient
from services.ingest.pipeline import Pipeline
from services.ingest.servicer import LARGEST_PAYLOAD, IngestServicer
from services.ingest.settings import IngestSettings


class NoKafka:
    assigned = 3

    async def lag(self, tenant):
        return 7

    async def write(self, topic, value, headers):
        raise AssertionError("no record here came from Kafka")


@pytest.fixture
def settings(keys):
    return IngestSettings(
        jwks_file=keys.jwks_file, service_key_file=keys.service_key_file, encoders=("unused:1",), drain_seconds=1
    )


@asynccontextmanager
async def ingest(settings, targets):
    shards = Shards(targets, settings)
    encoder = EncoderClient(shards, ServiceTokens(settings.service_key_file, "ingest"))
    pipeline = Pipeline(encoder, DeadLetters(NoKafka()), first_pause=0.01)
    servicer = IngestServicer(pipeline, encoder, NoKafka(), NoKafka())
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
    assert response.records[-1].reason == "Task carries no event of a patient"
    assert len(first.kept) + len(second.kept) == 21
    assert all(first.kept)
    assert all(second.kept)
    assert {(c.tenant, c.subject, c.actor) for c in first.callers} == {("north", "ingest", "loader")}
    assert (status.lag, status.assigned_partitions) == (7, 3)
    assert (status.counts.indexed, status.counts.reasons["no patient"], status.counts.leftovers["OBX"]) == (21, 2, 4)


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
