"""Dead letters on a real broker: buried by the consumer, replayed, erased, and read back each time."""

import json
import time

from ingest_fakes import FakeEncoder
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from chartline.v1.record_service_pb2 import Position
from services.ingest.broker import Broker
from services.ingest.dead_letters import DeadLetters
from services.ingest.envelope import Formats, from_kafka
from services.ingest.incoming import dead_letter_topic, raw_topic
from services.ingest.kafka_connection import connection
from services.ingest.letter_box import LetterBox, Wanted
from services.ingest.parsers import PARSERS
from services.ingest.pipeline import Pipeline
from services.ingest.replay import Replayer
from services.ingest.settings import IngestSettings
from services.ingest.topic_reader import TopicReader


def condition(name):
    subject = {"reference": "Patient/p"}
    resource = {"resourceType": "Condition", "id": name, "subject": subject, "code": {"text": "Sepsis"}}
    return json.dumps(resource).encode()


async def read(reader, topic, **stretch):
    return [record async for records in reader.read(topic, **stretch) for record in records]


async def test_letters_are_buried_replayed_and_erased(kafka, keys, tenant, producer, monkeypatch):
    settings = IngestSettings(
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        encoders=("unused:1",),
        audit_file=keys.jwks_file.with_name("audit.jsonl"),
        kafka_servers=(kafka.address,),
    )
    broker, reader, encoder = Broker(settings), TopicReader(connection(settings)), FakeEncoder()
    letters = DeadLetters(broker)
    box = LetterBox(reader, letters, broker)
    pipeline = Pipeline(encoder, letters)
    replayer = Replayer(pipeline, box, reader, letters, Formats({}))
    assert await box.list(tenant, Wanted()) == []
    assert (await box.erase(tenant, ["Patient/p"])).erased == 0
    for payload in (condition("a"), b"{poison", condition("b")):
        producer.send(raw_topic(tenant), payload, headers=[("format", b"later")], partition=1).get(30)

    records = await read(reader, raw_topic(tenant))
    await pipeline.deliver([from_kafka(record, Formats({})) for record in records])
    assert [letter.origin.offset for letter in await box.list(tenant, Wanted())] == [0, 1, 2]

    monkeypatch.setitem(PARSERS, "later", PARSERS["fhir"])
    tallies = [tally async for tally in replayer.letters(tenant, Wanted(), "ops", 60.0)]
    assert tallies[-1].outcomes == {"indexed": 2, "dead_lettered": 1}
    assert [letter.origin.offset for letter in await box.list(tenant, Wanted())] == [1]

    done = await box.erase(tenant, ["Patient/p"])
    assert (done.erased, done.unreadable) == (2, 0)
    (left,) = await box.list(tenant, Wanted(replayed=True))
    assert (await box.get(tenant, left.id)).payload == b"{poison"
    assert not await broker.compacts(raw_topic(tenant))
    await broker.close()

    with KafkaAdminClient(bootstrap_servers=kafka.address) as admin:
        topic = dead_letter_topic(tenant)
        (found,) = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]).values()
    assert found[topic]["cleanup.policy"]["value"] == "compact,delete"
    assert found[topic]["retention.ms"]["value"] == str(90 * 24 * 3600 * 1000)


async def test_a_stretch_of_time_and_one_place_are_read_and_nothing_else(kafka, tenant, producer):
    reader = TopicReader({"bootstrap_servers": [kafka.address]})
    topic, begun = raw_topic(tenant), int(time.time()) - 1000
    for number in range(40):
        at = (begun + number) * 1000
        producer.send(topic, b"%d" % number, partition=number % 4, timestamp_ms=at).get(30)
    found = await read(reader, topic, since=begun + 10, until=begun + 20)
    assert sorted(int(record.value) for record in found) == list(range(10, 20))
    assert len(await read(reader, topic)) == 40
    assert await read(reader, topic, since=begun + 100) == []
    assert await read(reader, "ehr.nobody.raw") == []
    assert (await reader.one(Position(topic=topic, partition=3, offset=2))).value == b"11"
    assert await reader.one(Position(topic=topic, partition=3, offset=99)) is None
    assert await reader.one(Position(topic=topic, partition=9, offset=0)) is None
