"""What ingest sends to the encoder, over real gRPC, against a real RecordService whose store is a list."""

import json

from ingest_fakes import FakeWriter
from record_list import ListRecord, served

from chartline.rpc.auth import ServiceTokens
from chartline.rpc.shards import Shards
from chartline.v1.record_service_pb2 import Position
from chartline.v1.record_service_pb2_grpc import add_RecordServiceServicer_to_server
from services.ingest.dead_letters import DeadLetters
from services.ingest.encoder_client import EncoderClient
from services.ingest.incoming import Incoming
from services.ingest.pipeline import Pipeline
from services.ingest.settings import IngestSettings

LARGEST = 1 << 16


def condition(number, text):
    resource = {"resourceType": "Condition", "id": f"c{number}", "subject": {"reference": "Patient/1"}}
    payload = json.dumps({**resource, "code": {"text": "Sepsis"}, "note": [{"text": text}]}).encode()
    return Incoming("north", "fhir", payload, position=Position(topic="ehr.north.raw", partition=0, offset=number))


async def test_a_record_that_fits_no_message_is_buried_and_blocks_nobody(keys):
    settings = IngestSettings(
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        encoders=("unused:1",),
        audit_file=keys.jwks_file.with_name("audit.jsonl"),
        max_message_bytes=LARGEST,
    )
    record, writer = ListRecord(), FakeWriter()
    async with served(settings, "RecordService", add_RecordServiceServicer_to_server, record) as address:
        shards = Shards([address], settings)
        encoder = EncoderClient(shards, ServiceTokens(keys.service_key_file, "ingest"))
        pipeline = Pipeline(encoder, DeadLetters(writer), first_pause=0.01)
        await pipeline.deliver([condition(1, "well"), condition(2, "x" * LARGEST), condition(3, "well")], patience=5.0)
        await shards.close()
    assert [headers["offset"] for _, _, headers in writer.written] == [b"2"]
    assert writer.written[0][2]["reason"] == b"refused by the encoder: larger than 65536 bytes"
    assert [kept.record.record_id for kept in record.kept if kept.record.events] == ["Condition/c1", "Condition/c3"]
