"""Ingest as a process of its own: from Kafka to the encoder, through an outage of the broker, to its end."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager

import pytest
from kafka import KafkaProducer
from record_list import ListRecord, served

from chartline.local.ports import HeldPorts
from chartline.v1.record_service_pb2_grpc import add_RecordServiceServicer_to_server
from services.ingest.incoming import raw_topic
from services.ingest.settings import IngestSettings

SECONDS = 60


@pytest.fixture
def ports():
    held = HeldPorts()
    yield held
    held.release()


def send(kafka, tenant, count):
    payload = json.dumps({"resourceType": "Patient", "id": "p", "name": [{"text": "Ida Ash"}]}).encode()
    with KafkaProducer(bootstrap_servers=kafka.address) as producer:
        for _ in range(count):
            producer.send(raw_topic(tenant), value=payload, headers=[("format", b"fhir")])
        producer.flush()


@asynccontextmanager
async def running(settings, ports, record):
    """The process between its start and its end, which must be clean."""
    async with served(settings, "RecordService", add_RecordServiceServicer_to_server, record) as encoder:
        environment = {
            "CHARTLINE_INGEST_LISTEN": ports.address(),
            "CHARTLINE_INGEST_METRICS_LISTEN": ports.address(),
            "CHARTLINE_INGEST_JWKS_FILE": str(settings.jwks_file),
            "CHARTLINE_INGEST_SERVICE_KEY_FILE": str(settings.service_key_file),
            "CHARTLINE_INGEST_AUDIT_FILE": str(settings.audit_file),
            "CHARTLINE_INGEST_ENCODERS": encoder,
            "CHARTLINE_INGEST_KAFKA_SERVERS": ",".join(settings.kafka_servers),
            "CHARTLINE_INGEST_KAFKA_GROUP": settings.kafka_group,
            "CHARTLINE_INGEST_TOPIC_PATTERN": settings.topic_pattern,
            "CHARTLINE_INGEST_BACKFILL_PATTERN": settings.backfill_pattern,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.ingest", env={**os.environ, **environment}, stderr=asyncio.subprocess.PIPE
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            _, log = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0
    assert b"Ida Ash" not in log


async def test_records_reach_the_encoder_before_and_after_an_outage_of_kafka(keys, kafka, tenant, ports):
    settings = IngestSettings(
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        encoders=("unused:1",),
        audit_file=keys.jwks_file.with_name("audit.jsonl"),
        kafka_servers=(kafka.address,),
        kafka_group=f"process-{tenant}",
        topic_pattern=rf"^ehr\.{tenant}\.raw$",
        backfill_pattern=rf"^ehr\.{tenant}\.backfill$",
        drain_seconds=1,
    )
    record = ListRecord()
    async with running(settings, ports, record), asyncio.timeout(SECONDS):
        await asyncio.to_thread(send, kafka, tenant, 10)
        await record.received(10)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await asyncio.to_thread(send, kafka, tenant, 10)
        await record.received(20)
    assert {delivered.record.events[0].patient for delivered in record.kept} == {"Patient/p"}
    assert {caller.tenant for caller in record.callers} == {tenant}
