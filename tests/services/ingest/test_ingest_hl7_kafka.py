"""HL7 v2 from a sender's socket through a real broker to its answers."""

import asyncio
from contextlib import asynccontextmanager, suppress

import hl7
from hl7.mllp import open_hl7_connection
from hl7_messages import PID, message
from ingest_fakes import FakeEncoder
from kafka import KafkaConsumer, TopicPartition

from services.ingest.acknowledgements import Acknowledgements
from services.ingest.broker import Broker
from services.ingest.consumer import Consumer
from services.ingest.dead_letters import DeadLetters
from services.ingest.mllp import MllpListener
from services.ingest.pipeline import Pipeline
from services.ingest.settings import IngestSettings

SECONDS = 60
SENT = [
    message("ADT^A08", PID, control="M1"),
    message("XXX^X01", PID, control="M2"),
    message("ACK", "MSA|AA|1", control="M3"),
    message("ADT^A08", PID, control="M1"),
]


def settings_of(kafka_address, keys, tenant):
    return IngestSettings(
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        encoders=("unused:1",),
        audit_file=keys.jwks_file.with_name("audit.jsonl"),
        kafka_servers=(kafka_address,),
        kafka_group=f"group-{tenant}",
        topic_pattern=rf"^ehr\.{tenant}\.raw$",
        drain_seconds=30,
    )


@asynccontextmanager
async def running(*work):
    tasks = [asyncio.create_task(each()) for each in work]
    try:
        async with asyncio.timeout(SECONDS):
            yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def answered(listener, payloads):
    await listener.listening.wait()
    reader, writer = await open_hl7_connection(*listener.address.split(":"))
    codes = []
    for payload in payloads:
        writer.writeblock(payload)
        codes.append(str(hl7.parse((await reader.readblock()).decode())["MSA"][0][1]))
    writer.close()
    return codes


async def test_messages_over_mllp_are_kept_delivered_and_answered(kafka, keys, tenant):
    settings = settings_of(kafka.address, keys, tenant)
    encoder, broker = FakeEncoder(), Broker(settings)
    deliver = Acknowledgements(Pipeline(encoder, DeadLetters(broker)).deliver, broker).deliver
    consumer = Consumer(settings, settings.live, deliver)
    listener = MllpListener("127.0.0.1:0", tenant, b"k" * 32, broker)
    async with running(listener.run, consumer.run):
        assert await answered(listener, SENT) == ["AA"] * 4
        await encoder.received(4)
        found = await asyncio.to_thread(read_all, kafka.address, f"ehr.{tenant}.acks", len(SENT))
    await broker.close()
    assert sorted(found) == [("AA", "M1"), ("AA", "M1"), ("AA", "M3"), ("AR", "M2")]


def read_all(address, topic, count):
    """MSA-1 and MSA-2 of so many answers."""
    with KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest") as reader:
        reader.assign([TopicPartition(topic, 0)])
        answers = [hl7.parse(next(reader).value.decode())["MSA"][0] for _ in range(count)]
    return [(str(msa[1]), str(msa[2])) for msa in answers]
