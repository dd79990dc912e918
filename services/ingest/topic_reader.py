"""Reads what lies in topics without a consumer group, so that no offset moves: dead letters, stretches of time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from chartline.errors import Unavailable
from chartline.v1.record_service_pb2 import Position
from services.ingest.envelope import LARGEST_MESSAGE

_POLL_MILLISECONDS = 1_000
#: Polls without a record, one after the other, before Kafka is said to be away.
_MOST_EMPTY_POLLS = 30


class TopicReader:
    """Each reading has a thread and a connection of its own. Raises Unavailable."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """`options` are kafka-python's for the connection."""
        self._options = options

    async def read(self, topic: str, since: float = 0.0, until: float = float("inf")) -> AsyncIterator[list[Any]]:
        """What Kafka took from `since` on and before `until`, in seconds since 1970, up to the end of this moment.

        In the order of each partition. Nothing where there is no such topic.
        """
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "kafka-reader") as thread:
            try:
                reading = await loop.run_in_executor(thread, partial(_Reading, self._options))
                try:
                    await loop.run_in_executor(thread, reading.begin, topic, since, until)
                    while records := await loop.run_in_executor(thread, reading.next):
                        yield records
                finally:
                    await asyncio.shield(loop.run_in_executor(thread, reading.close))
            except KafkaError as error:
                raise Unavailable(f"Kafka failed: {type(error).__name__}") from error

    async def one(self, place: Position) -> Any | None:
        """The record of that place; None where it is gone."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "kafka-reader") as thread:
            try:
                reading = await loop.run_in_executor(thread, partial(_Reading, self._options))
                try:
                    return await loop.run_in_executor(thread, reading.one, place)
                finally:
                    await asyncio.shield(loop.run_in_executor(thread, reading.close))
            except KafkaError as error:
                raise Unavailable(f"Kafka failed: {type(error).__name__}") from error


class _Reading:
    """Used by one thread."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._consumer = KafkaConsumer(
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=LARGEST_MESSAGE,
            **options,
        )
        self._ends: dict[TopicPartition, int] = {}

    def begin(self, topic: str, since: float, until: float) -> None:
        numbers = self._consumer.partitions_for_topic(topic) or set()
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        if not partitions:
            return
        self._consumer.assign(partitions)
        begins = self._consumer.beginning_offsets(partitions)
        ends = self._consumer.end_offsets(partitions)
        if since > 0:
            begins |= self._offsets_at(partitions, since, ends)
        if until < float("inf"):
            ends = self._offsets_at(partitions, until, ends)
        for partition in partitions:
            self._consumer.seek(partition, begins[partition])
        self._ends = {p: end for p, end in ends.items() if begins[p] < end}

    def next(self) -> list[Any]:
        """Empty at the end."""
        for _ in range(_MOST_EMPTY_POLLS):
            self._ends = {p: end for p, end in self._ends.items() if self._consumer.position(p) < end}
            if not self._ends:
                return []
            done = [p for p in self._consumer.assignment() if p not in self._ends]
            self._consumer.pause(*done)
            wanted = dict(self._ends)
            polled = self._consumer.poll(timeout_ms=_POLL_MILLISECONDS)
            found = [r for p, records in polled.items() for r in records if r.offset < wanted.get(p, 0)]
            if found:
                return found
        raise Unavailable("Kafka sends nothing of what it has")

    def one(self, place: Position) -> Any | None:
        partition = TopicPartition(place.topic, place.partition)
        if place.partition not in (self._consumer.partitions_for_topic(place.topic) or ()):
            return None
        self._consumer.assign([partition])
        if not self._consumer.beginning_offsets([partition])[partition] <= place.offset:
            return None
        self._ends = {partition: min(place.offset + 1, self._consumer.end_offsets([partition])[partition])}
        self._consumer.seek(partition, place.offset)
        return next((record for record in self.next() if record.offset == place.offset), None)

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def _offsets_at(
        self, partitions: list[TopicPartition], seconds: float, ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """The first offset of each partition that is not older; the end where all are."""
        found = self._consumer.offsets_for_times(dict.fromkeys(partitions, int(seconds * 1000)))
        return {p: found[p].offset if found.get(p) else ends[p] for p in partitions}
