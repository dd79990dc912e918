"""What ingest asks of Kafka beside records: messages written, topics made, lag measured; in one thread, in turn."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError, MessageSizeTooLargeError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from chartline.errors import Unavailable
from services.ingest.envelope import LARGEST_MESSAGE
from services.ingest.incoming import backfill_topic, raw_topic
from services.ingest.kafka_connection import connection
from services.ingest.letters import TOO_LARGE, Headers
from services.ingest.settings import IngestSettings

_DAY = 24 * 3600 * 1000
#: What a newer letter of the same key replaced, or an erasure took, is gone from the disks a day and a cleaning later.
_COMPACTED = {
    "cleanup.policy": "compact,delete",
    "max.compaction.lag.ms": str(_DAY),
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": str(_DAY),
}


class Broker:
    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._options = connection(settings)
        self._thread = ThreadPoolExecutor(1, "kafka-broker")
        self._topics: set[str] = set()

    async def write(self, topic: str, value: bytes | None, headers: Headers, key: bytes | None = None) -> None:
        """Durable when it returns. Raises Unavailable."""
        await self._turn(self._write, topic, [(value, headers)], key)

    async def write_all(self, topic: str, messages: Sequence[tuple[bytes | None, Headers]]) -> None:
        """Without keys; durable when it returns. Raises Unavailable."""
        await self._turn(self._write, topic, messages, None)

    async def compacts(self, topic: str) -> bool:
        """Whether a message without value makes the topic forget those of its key. Raises Unavailable."""
        return bool(await self._turn(self._compacts, topic))

    async def lag(self, tenant: str) -> int:
        """Live messages of the tenant that are not committed; 0 without a topic. Raises Unavailable."""
        return int(await self._turn(self._lag, raw_topic(tenant), self._settings.live.group))

    async def backfill_lag(self, tenant: str) -> int:
        return int(await self._turn(self._lag, backfill_topic(tenant), self._settings.backfill.group))

    async def sent(self, tenant: str) -> int:
        """Messages that Kafka ever took of the tenant's records, whether it still keeps them or not."""
        topics = [raw_topic(tenant), backfill_topic(tenant)]
        return sum([int(await self._turn(self._ends, topic)) for topic in topics])

    async def close(self) -> None:
        await self._turn(self._close)
        self._thread.shutdown()

    async def _turn(self, call: Callable[..., Any], *arguments: object) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
        except KafkaError as error:
            raise Unavailable(f"Kafka failed: {type(error).__name__}") from error

    @cached_property
    def _producer(self) -> KafkaProducer:
        return KafkaProducer(
            max_request_size=LARGEST_MESSAGE, max_block_ms=5_000, delivery_timeout_ms=40_000, **self._options
        )

    @cached_property
    def _admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(request_timeout_ms=5_000, **self._options)

    def _write(self, topic: str, messages: Sequence[tuple[bytes | None, Headers]], key: bytes | None) -> None:
        self._create(topic)
        for sent in [self._send(topic, value, headers, key) for value, headers in messages]:
            sent.get(timeout=45)

    def _send(self, topic: str, value: bytes | None, headers: Headers, key: bytes | None) -> Any:
        try:
            return self._producer.send(topic, value=value, headers=headers, key=key)
        except MessageSizeTooLargeError:
            return self._producer.send(topic, value=b"", headers=[*headers, (TOO_LARGE, b"1")], key=key)

    def _create(self, topic: str) -> None:
        if topic not in self._topics:
            configs = {"max.message.bytes": str(LARGEST_MESSAGE)}
            if topic.endswith(".dlq"):
                configs |= _COMPACTED | {"retention.ms": str(self._settings.dead_letter_days * _DAY)}
            with suppress(TopicAlreadyExistsError):
                self._admin.create_topics({topic: {"num_partitions": 1, "configs": configs}}, wait_for_metadata=True)
            self._topics.add(topic)

    def _compacts(self, topic: str) -> bool:
        if topic not in self._admin.list_topics():
            return True
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {"cleanup.policy": ""})
        (found,) = self._admin.describe_configs([resource], config_filter="all").values()
        return "compact" in found.get(topic, {}).get("cleanup.policy", {}).get("value", "")

    def _ends(self, topic: str) -> int:
        if topic not in self._admin.list_topics():
            return 0
        (found,) = self._admin.describe_topics([topic])
        partitions = [TopicPartition(topic, p["partition_index"]) for p in found["partitions"]]
        ends = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        return sum(end.offset for end in ends.values())

    def _lag(self, topic: str, group: str) -> int:
        try:
            (found,) = self._admin.describe_topics([topic])
        except UnknownTopicOrPartitionError:
            return 0
        partitions = [TopicPartition(topic, p["partition_index"]) for p in found["partitions"]]
        ends = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        committed = self._admin.list_group_offsets({group: partitions})[group]
        return sum(max(0, ends[p].offset - max(0, committed[p].offset)) for p in partitions if p in ends)

    def _close(self) -> None:
        for client in ("_producer", "_admin"):
            if client in self.__dict__:
                self.__dict__[client].close()
