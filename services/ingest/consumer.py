"""Takes records from Kafka, hands them to the pipeline and commits what is durable.

kafka-python blocks, so the consumer has a thread of its own and the pipeline runs on the service's event loop:

    poll ──▶ batch ──▶ pipeline (event loop) ──▶ durable ──▶ commit, in the order of the polls

After a crash records come again and are never lost. While too many batches are on their way the partitions are paused,
and polling goes on for the group's sake.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from chartline import telemetry
from services.ingest.envelope import LARGEST_MESSAGE, Formats, from_kafka
from services.ingest.incoming import Incoming, holds_records
from services.ingest.kafka_connection import connection
from services.ingest.progress import Progress, offsets
from services.ingest.settings import IngestSettings, Subscription

log = telemetry.get_logger(__name__)

Deliver = Callable[[Sequence[Incoming]], Coroutine[Any, Any, object]]

_POLL_MILLISECONDS = 100
_PAUSE_AFTER_ERROR = 0.5


class Consumer:
    """`run` on the event loop; cancelled, it ends when the batches on their way are durable and committed."""

    def __init__(self, settings: IngestSettings, subscription: Subscription, deliver: Deliver) -> None:
        self._settings = settings
        self._subscription = subscription
        self._deliver = deliver
        self._formats = Formats(settings.topic_formats)
        self._stopping = threading.Event()
        self._revoked: SimpleQueue[list[TopicPartition]] = SimpleQueue()
        self._progress: Progress[TopicPartition] = Progress()
        self._reads(0)

    async def run(self) -> None:
        """Raises what ended the thread, so that the service ends with it."""
        with ThreadPoolExecutor(1, f"kafka-{self._subscription.lane}") as thread:
            ended = asyncio.get_running_loop().run_in_executor(thread, self._consume, asyncio.get_running_loop())
            try:
                await asyncio.shield(ended)
            finally:
                self._stopping.set()
                await asyncio.wait([ended])

    # --- everything below runs in the consumer's thread ---

    def _consume(self, loop: asyncio.AbstractEventLoop) -> None:
        consumer = self._connect()
        if consumer is None:
            return
        try:
            while not self._stopping.is_set():
                self._step(consumer, loop)
            self._progress.wait(self._settings.drain_seconds)
            self._commit(consumer)
        finally:
            consumer.close(autocommit=False, timeout_ms=5_000)

    def _connect(self) -> KafkaConsumer | None:
        """Waits for the brokers; None when the service ends before they come."""
        settings = self._settings
        while not self._stopping.is_set():
            try:
                consumer = KafkaConsumer(
                    group_id=self._subscription.group,
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                    allow_auto_create_topics=False,
                    max_poll_records=self._subscription.max_poll_records,
                    max_partition_fetch_bytes=LARGEST_MESSAGE,
                    metadata_max_age_ms=3_000,  # how soon the topic of a new tenant is seen
                    session_timeout_ms=10_000,  # how soon the partitions of a dead replica are taken over
                    heartbeat_interval_ms=1_000,
                    **connection(settings),
                )
            except KafkaError as error:
                self._pause(error)
            else:
                consumer.subscribe(pattern=self._subscription.topic_pattern, listener=_Listener(self._revoked))
                return consumer
        return None

    def _step(self, consumer: KafkaConsumer, loop: asyncio.AbstractEventLoop) -> None:
        full = len(self._progress) >= self._subscription.max_batches
        try:
            (consumer.pause if full else consumer.resume)(*consumer.assignment())
            polled = consumer.poll(timeout_ms=_POLL_MILLISECONDS)
            if consumer._coordinator._join_task is not None:  # else kafka-python 3.0 forgets a rebalance that
                consumer._coordinator.request_rejoin()  # outlasts the poll it began in: its topics stay unread
        except KafkaError as error:
            self._pause(error)
            self._measure(consumer)
            return
        while not self._revoked.empty():
            telemetry.chartline_ingest_rebalances.inc()
            self._forget(self._revoked.get())
        if records := self._of_tenants(polled):
            self._send(records, loop)
        if self._commit(consumer):  # else it reads until too many batches wait, and then no more
            away = consumer._coordinator.coordinator_unknown()  # kafka-python polls on in silence, with its assignment
            self._reads(0 if away else len(consumer.assignment()))
        self._measure(consumer)

    def _forget(self, revoked: list[TopicPartition]) -> None:
        """Their lag is told by who has them now: ours would stand still for ever."""
        self._progress.forget(revoked)
        for partition in revoked:
            telemetry.chartline_ingest_consumer_lag.remove(partition.topic, partition.partition)

    def _of_tenants(self, polled: dict[TopicPartition, list[Any]]) -> dict[TopicPartition, list[Any]]:
        """Without topics that fit the pattern and name no tenant: skipped, never committed, so nothing of them is lost
        to who names them right."""
        found = {partition: records for partition, records in polled.items() if holds_records(partition.topic)}
        for partition in polled.keys() - found.keys():
            telemetry.chartline_ingest_skipped_messages.inc(len(polled[partition]))
            log.warning("topic_without_tenant", topic=partition.topic)
        return found

    def _send(self, polled: dict[TopicPartition, list[Any]], loop: asyncio.AbstractEventLoop) -> None:
        incoming = [from_kafka(record, self._formats) for records in polled.values() for record in records]
        done = asyncio.run_coroutine_threadsafe(self._deliver(incoming), loop)
        taken = {partition: range(records[0].offset, records[-1].offset + 1) for partition, records in polled.items()}
        self._progress.begin(done, time.monotonic(), (each.sent_at for each in incoming), taken)

    def _commit(self, consumer: KafkaConsumer) -> bool:
        """False where Kafka fails it, and it is tried again with the next step: after an outage, or in a rebalance that
        will say what is still ours."""
        durable = self._progress.durable()
        ours = consumer.assignment()
        committed = {p: OffsetAndMetadata(o, "", -1) for p, o in offsets(durable).items() if p in ours}
        try:
            if committed:
                consumer.commit(committed, timeout_ms=10_000)
        except KafkaError as error:
            telemetry.chartline_ingest_commit_failures.inc()
            self._pause(error)
            return False
        self._progress.commit(durable)
        now = time.time()
        age = telemetry.chartline_ingest_event_age_seconds.labels(self._subscription.lane)
        for sent_at in (at for batch in durable for at in batch.sent_at):
            age.observe(max(0.0, now - sent_at))
        return True

    def _pause(self, error: KafkaError) -> None:
        telemetry.chartline_ingest_kafka_errors.inc()
        log.warning("kafka_failed", error=type(error).__name__)
        self._reads(0)
        self._stopping.wait(_PAUSE_AFTER_ERROR)

    def _reads(self, partitions: int) -> None:
        self.assigned = partitions
        telemetry.chartline_ingest_assigned_partitions.labels(self._subscription.lane).set(partitions)

    def _measure(self, consumer: KafkaConsumer) -> None:
        lane = self._subscription.lane
        telemetry.chartline_ingest_batches.labels(lane).set(len(self._progress))
        oldest = self._progress.oldest
        age = max(0.0, time.time() - oldest) if oldest else 0.0
        telemetry.chartline_ingest_oldest_unprocessed_seconds.labels(lane).set(age)
        begun = self._progress.begun
        working = time.monotonic() - begun if begun is not None else 0.0
        telemetry.chartline_ingest_oldest_batch_seconds.labels(lane).set(working)
        for partition in consumer.assignment():
            committed, end = self._progress.committed(partition), consumer.highwater(partition)
            if committed is not None and end is not None:
                lag = telemetry.chartline_ingest_consumer_lag.labels(partition.topic, partition.partition)
                lag.set(max(0, end - committed))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Called in kafka-python's own loop, which must not wait: it only notes what is no longer ours."""

    def __init__(self, revoked: SimpleQueue[list[TopicPartition]]) -> None:
        self._queue = revoked

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._queue.put(list(revoked))

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        log.info("partitions_assigned", count=len(list(assigned)))
