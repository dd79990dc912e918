"""The consumer against a real broker, with an encoder that keeps what it is sent in memory."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from functools import partial
from types import SimpleNamespace

import pytest
from ingest_fakes import FakeEncoder
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import TopicAuthorizationFailedError
from prometheus_client import REGISTRY

from chartline.telemetry import chartline_ingest_consumer_lag
from services.ingest.broker import Broker
from services.ingest.consumer import Consumer
from services.ingest.dead_letters import DeadLetters
from services.ingest.incoming import backfill_topic, raw_topic
from services.ingest.lanes import BackfillLane, LiveLane, paced
from services.ingest.pipeline import Pipeline
from services.ingest.settings import IngestSettings

#: Long enough for a slow machine; a test that waits so long has failed.
SECONDS = 60


@pytest.fixture
def settings(kafka, keys, tenant):
    return IngestSettings(
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        encoders=("unused:1",),
        audit_file=keys.jwks_file.with_name("audit.jsonl"),
        kafka_servers=(kafka.address,),
        kafka_group=f"group-{tenant}",
        topic_pattern=rf"^ehr\.{tenant}.*\.raw$",
        drain_seconds=30,
    )


@asynccontextmanager
async def consuming(settings, encoder):
    broker = Broker(settings)
    consumer = Consumer(settings, settings.live, Pipeline(encoder, DeadLetters(broker), first_pause=0.01).deliver)
    running = asyncio.create_task(consumer.run())
    try:
        async with asyncio.timeout(SECONDS):
            yield consumer, broker
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await broker.close()


def send(producer, tenant, *payloads, source_format=b"fhir"):
    """Over all four partitions in turn."""
    headers = [("format", source_format), ("load-id", b"night")]
    sent = [
        producer.send(raw_topic(tenant), value=payload, partition=number % 4, headers=headers)
        for number, payload in enumerate(payloads)
    ]
    for each in sent:
        each.get(timeout=SECONDS)


def conditions(first, last):
    subject = {"reference": "Patient/p"}
    return [
        json.dumps({"resourceType": "Condition", "id": f"c{n}", "subject": subject, "code": {"text": "x"}}).encode()
        for n in range(first, last)
    ]


def ids(encoder):
    return [delivered.record.record_id for delivered in encoder.counted()]


async def committed(broker, tenant):
    while await broker.lag(tenant):
        pass


async def test_records_arrive_and_their_offsets_are_committed(settings, tenant, producer):
    encoder = FakeEncoder(shards=2)
    send(producer, tenant, *conditions(0, 500))
    async with consuming(settings, encoder) as (consumer, broker):
        await encoder.received(500)
        await committed(broker, tenant)
        assert consumer.assigned == 4
    assert sorted(ids(encoder)) == sorted(f"Condition/c{n}" for n in range(500))
    one = encoder.counted()[0]
    assert one.load_id == "night"
    assert one.position.topic == raw_topic(tenant)


async def test_topics_that_appear_later_are_read_however_short_the_polls_are(
    settings, tenant, producer, kafka, monkeypatch
):
    """Short polls end in the middle of a rebalance, which must go on all the same."""
    monkeypatch.setattr("services.ingest.consumer._POLL_MILLISECONDS", 30)
    encoder = FakeEncoder()
    async with consuming(settings, encoder) as (_, broker):
        for number in range(1, 5):
            late = f"{tenant}-late-{number}"
            await asyncio.to_thread(kafka.create_topics, raw_topic(late))
            send(producer, late, *conditions(0, 10))
            await encoder.received(10 * number)
            await committed(broker, late)


async def test_poison_goes_to_the_dead_letters_and_blocks_nobody(settings, tenant, producer, kafka):
    encoder = FakeEncoder()
    good = conditions(0, 4)
    send(producer, tenant, good[0], b"{poison", good[1], b"\xff\x00", good[2])
    send(producer, tenant, good[3], source_format=b"telepathy")
    async with consuming(settings, encoder) as (_, broker):
        await encoder.received(6)
        await committed(broker, tenant)
    with KafkaConsumer(bootstrap_servers=kafka.address, consumer_timeout_ms=2_000) as reader:
        (partition,) = (TopicPartition(f"ehr.{tenant}.dlq", p) for p in range(1))
        reader.assign([partition])
        reader.seek_to_beginning(partition)
        letters = [next(reader) for _ in range(3)]
    assert sorted(letter.value for letter in letters) == sorted([b"{poison", b"\xff\x00", good[3]])
    assert {dict(letter.headers)["topic"] for letter in letters} == {raw_topic(tenant).encode()}
    assert b"the format is not known" in {dict(letter.headers)["reason"] for letter in letters}


async def test_a_few_kilobytes_that_unpack_to_too_much_are_buried_with_their_place(settings, tenant, kafka):
    encoder, (good,) = FakeEncoder(), conditions(0, 1)
    large = {"max_request_size": 64 << 20, "compression_type": "zstd"}
    with KafkaProducer(bootstrap_servers=kafka.address, **large) as producer:
        send(producer, tenant, bytes(40 << 20), good)
    async with consuming(settings, encoder) as (_, broker):
        await encoder.received(2)
        await committed(broker, tenant)
    with KafkaConsumer(bootstrap_servers=kafka.address, consumer_timeout_ms=10_000) as reader:
        partition = TopicPartition(f"ehr.{tenant}.dlq", 0)
        reader.assign([partition])
        reader.seek_to_beginning(partition)
        letter = next(reader)
    headers = dict(letter.headers)
    assert letter.value == b""
    assert headers["reason"] == b"larger than 32 MiB"
    assert headers["too-large"]
    assert (headers["partition"], headers["offset"]) == (b"0", b"0")


async def test_what_was_not_durable_comes_again(settings, tenant, producer):
    encoder = FakeEncoder()
    encoder.open.clear()
    send(producer, tenant, *conditions(0, 50))
    hasty = settings.model_copy(update={"drain_seconds": 0.0})
    async with consuming(hasty, encoder) as (_, broker):
        await encoder.called.wait()
        assert await broker.lag(tenant) == 50
    encoder.open.set()
    async with consuming(settings, encoder) as (_, broker):
        await encoder.received(50)
        await committed(broker, tenant)
    assert set(ids(encoder)) == {f"Condition/c{n}" for n in range(50)}


async def test_the_end_of_the_service_waits_for_what_is_on_its_way(settings, tenant, producer):
    encoder = FakeEncoder()
    encoder.open.clear()
    send(producer, tenant, *conditions(0, 50))
    async with consuming(settings, encoder):
        await encoder.called.wait()
        asyncio.get_running_loop().call_later(0.5, encoder.open.set)
    assert len(ids(encoder)) == 50
    broker = Broker(settings)
    assert await broker.lag(tenant) == 0
    await broker.close()


async def test_a_slow_encoder_stops_the_reading_and_loses_nothing(settings, tenant, producer):
    encoder = FakeEncoder()
    encoder.open.clear()
    send(producer, tenant, *conditions(0, 300))
    small = settings.model_copy(update={"max_poll_records": 10, "max_batches": 3})
    async with consuming(small, encoder) as (_, broker):
        await encoder.waiting(3)
        for _ in range(20):  # each asks the broker: time enough to read on, if it did
            await broker.lag(tenant)
        assert encoder.waits == 3
        encoder.open.set()
        await encoder.received(300)
        await committed(broker, tenant)
    assert max(encoder.requests) <= 10


async def test_replicas_share_the_partitions_and_take_over_from_one_another(settings, tenant, producer):
    encoder = FakeEncoder()
    async with consuming(settings, encoder) as (first, broker):
        async with consuming(settings, encoder) as (second, _):
            while (first.assigned, second.assigned) != (2, 2):
                await broker.lag(tenant)
            send(producer, tenant, *conditions(0, 40))
            await encoder.received(40)
        send(producer, tenant, *conditions(40, 60))
        while len(set(ids(encoder))) < 60:
            await broker.lag(tenant)
        while first.assigned != 4:  # a commit that the rebalance refused has it read nothing until the next
            await broker.lag(tenant)
        await committed(broker, tenant)


def lags(tenant):
    samples = chartline_ingest_consumer_lag.collect()[0].samples
    return {s.labels["partition"]: s.value for s in samples if s.labels["topic"] == raw_topic(tenant)}


async def test_the_lag_of_what_another_replica_took_is_told_no_more(settings, tenant, producer, kafka):
    encoder = FakeEncoder()
    async with consuming(settings, encoder) as (consumer, broker):
        send(producer, tenant, *conditions(0, 40))
        await encoder.received(40)
        await committed(broker, tenant)
        while lags(tenant) != dict.fromkeys("0123", 0.0):
            await broker.lag(tenant)
        with KafkaConsumer(bootstrap_servers=kafka.address, group_id=settings.kafka_group) as other:
            other.subscribe([raw_topic(tenant)])
            while (consumer.assigned, len(other.assignment())) != (2, 2):
                await asyncio.to_thread(other.poll, 100)
            assert len(lags(tenant)) <= 2


async def test_the_lag_is_told_before_the_first_commit(settings, tenant, producer):
    encoder = FakeEncoder()
    encoder.open.clear()
    send(producer, tenant, *conditions(0, 40))
    async with consuming(settings, encoder) as (_, broker):
        while sum(lags(tenant).values()) != 40:
            await broker.lag(tenant)
        encoder.open.set()


class AwayKafka:
    """What kafka-python's consumer is when its brokers went: it keeps its assignment, and polls on in silence."""

    _join_task = None

    def __init__(self, *refused):
        self._coordinator, self._refused = self, list(refused)

    def coordinator_unknown(self):
        return True

    def assignment(self):
        return {TopicPartition("ehr.a.raw", 0)}

    def resume(self, *partitions):
        pass

    def poll(self, timeout_ms):
        if self._refused:
            raise self._refused.pop()
        return {}

    def highwater(self, partition):
        return None


@pytest.mark.parametrize("refused", [(), (TopicAuthorizationFailedError(),)])
async def test_who_reaches_no_broker_reads_no_partition(settings, refused):
    consumer = Consumer(settings, settings.live, None)
    read = partial(REGISTRY.get_sample_value, "chartline_ingest_assigned_partitions", {"lane": "live"})
    assert read() == consumer.assigned == 0
    consumer._reads(1)
    consumer._step(AwayKafka(*refused), asyncio.get_running_loop())
    assert read() == consumer.assigned == 0


class PollingKafka(AwayKafka):
    """One message in each of the topics."""

    def __init__(self, *topics):
        super().__init__()
        self._topics = topics

    def poll(self, timeout_ms):
        record = partial(SimpleNamespace, partition=0, offset=0, headers=[], key=None, value=b"{}", timestamp=0)
        return {TopicPartition(topic, 0): [record(topic=topic)] for topic in self._topics}


class UncommittedKafka(PollingKafka):
    """It gives one message and takes no commit."""

    def coordinator_unknown(self):
        return False

    def poll(self, timeout_ms):
        polled, self._topics = super().poll(timeout_ms), ()
        return polled

    def commit(self, offsets, timeout_ms):
        raise TopicAuthorizationFailedError


async def test_who_may_commit_nothing_reads_nothing_and_works_on_nothing(settings):
    async def deliver(incoming):
        pass

    def read(name):
        return REGISTRY.get_sample_value(f"chartline_ingest_{name}", {"lane": "live"})

    consumer, kafka = Consumer(settings, settings.live, deliver), UncommittedKafka("ehr.a.raw")
    consumer._step(kafka, asyncio.get_running_loop())
    assert (consumer.assigned, read("oldest_batch_seconds") > 0) == (1, True)
    await asyncio.to_thread(consumer._progress.wait, SECONDS)
    consumer._step(kafka, asyncio.get_running_loop())
    assert (consumer.assigned, read("oldest_batch_seconds"), read("batches")) == (0, 0, 1)


async def test_topics_that_name_no_tenant_are_skipped_and_stop_nobody(settings):
    delivered = asyncio.Queue()
    consumer = Consumer(settings, settings.live, delivered.put)
    read = partial(REGISTRY.get_sample_value, "chartline_ingest_skipped_messages_total")
    before = read()
    nobodies = ("ehr.eu.north.raw", "ehr._t.raw", "ehr..raw", f"ehr.{'t' * 65}.raw")
    consumer._step(PollingKafka(*nobodies, "ehr.north.raw"), asyncio.get_running_loop())
    assert [each.tenant for each in await delivered.get()] == ["north"]
    assert read() - before == len(nobodies)


async def test_the_topic_of_a_new_tenant_is_found_while_running(settings, tenant, producer, kafka):
    encoder = FakeEncoder()
    async with consuming(settings, encoder):
        newcomer = f"{tenant}-new"
        kafka.create_topics(raw_topic(newcomer))
        send(producer, newcomer, *conditions(0, 3))
        await encoder.received(3)
    assert {tenant for tenant, _, _ in encoder.kept} == {newcomer}


async def test_the_lag_of_a_tenant_without_topic_is_nothing(settings):
    broker = Broker(settings)
    assert await broker.lag("nobody") == 0
    await broker.close()


async def test_a_backfill_is_read_beside_the_live_records(settings, tenant, producer, kafka):
    """By a group of its own: neither moves the offsets of the other."""
    kafka.create_topics(backfill_topic(tenant))
    encoder = FakeEncoder()
    lane = LiveLane(encoder)
    broker = Broker(settings)
    pattern = rf"^ehr\.{tenant}\.backfill$"
    told = settings.model_copy(update={"backfill_pattern": pattern, "backfill_poll_records": 7})
    slow = Pipeline(BackfillLane(encoder, lane), DeadLetters(broker), first_pause=0.01)
    consumer = Consumer(told, told.backfill, paced(slow.deliver, 0.0))
    running = asyncio.create_task(consumer.run())
    headers = [("format", b"fhir")]
    sent = [producer.send(backfill_topic(tenant), payload, headers=headers) for payload in conditions(0, 50)]
    for each in sent:
        each.get(timeout=SECONDS)
    send(producer, tenant, *conditions(50, 60))
    async with asyncio.timeout(SECONDS):
        await encoder.received(50)
        while await broker.backfill_lag(tenant):
            pass
    assert await broker.lag(tenant) == 10
    assert max(encoder.requests) <= 7
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await broker.close()
