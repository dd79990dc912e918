"""Stand-ins with the interface of what the pipeline talks to."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from chartline.errors import InvalidRequest
from chartline.record.identity import shard_of
from chartline.v1.record_service_pb2 import (
    RECORD_OUTCOME_DEAD_LETTERED,
    RECORD_OUTCOME_INDEXED,
    RECORD_OUTCOME_WITHOUT_EVENTS,
    DeliveredRecord,
)


class FakeEncoder:
    """Keeps what it is sent, in memory. `fail` may raise before anything is kept."""

    def __init__(self, shards: int = 1, fail: Callable[[Sequence[DeliveredRecord]], None] | None = None) -> None:
        self.shards = shards
        self.fail = fail
        self.kept: list[tuple[str, int, DeliveredRecord]] = []
        self.requests: list[int] = []
        self.open = asyncio.Event()
        self.open.set()
        self.called = asyncio.Event()
        self.waits = 0
        self._changed = asyncio.Condition()

    def owner(self, tenant: str, patient: str) -> int:
        return shard_of(tenant, patient, self.shards)

    async def append(self, tenant, shard, records, actor=""):
        self.called.set()
        async with self._changed:
            self.waits += 1
            self._changed.notify_all()
        await self.open.wait()
        if self.fail:
            self.fail(records)
        async with self._changed:
            self.requests.append(len(records))
            self.kept += [(tenant, shard, record) for record in records]
            self._changed.notify_all()
        return [_outcome(record) for record in records]

    async def received(self, records: int) -> None:
        """Until so many records were counted."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.counted()) >= records)

    async def waiting(self, requests: int) -> None:
        """Until so many requests came, answered or not."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.waits >= requests)

    def counted(self) -> list[DeliveredRecord]:
        return [record for _, _, record in self.kept if record.counted]


def _outcome(delivered: DeliveredRecord) -> int:
    if delivered.record.unreadable_reason:
        return RECORD_OUTCOME_DEAD_LETTERED
    return RECORD_OUTCOME_WITHOUT_EVENTS if delivered.record.without_events_reason else RECORD_OUTCOME_INDEXED


def refuse(poison: str) -> Callable[[Sequence[DeliveredRecord]], None]:
    """Fails a request that holds the record of that id."""

    def fail(records: Sequence[DeliveredRecord]) -> None:
        if any(r.record.record_id == poison and not r.record.unreadable_reason for r in records):
            raise InvalidRequest("a unit too long")

    return fail


class FakeWriter:
    def __init__(self) -> None:
        self.written: list[tuple[str, bytes, dict[str, bytes]]] = []
        self.keys: list[bytes | None] = []

    async def write(self, topic, value, headers, key=None):
        self.written.append((topic, value, dict(headers)))
        self.keys.append(key)


class FakeKafka(FakeWriter):
    """Topics in memory: what is written to one can be read, as TopicReader reads it; `place` puts a record there."""

    def __init__(self) -> None:
        super().__init__()
        self.topics: dict[str, list[SimpleNamespace]] = {}
        self.compacted = True
        self.now = 1_000.0

    async def write(self, topic, value, headers, key=None):
        await super().write(topic, value, headers, key)
        self.place(topic, value, headers, key)

    def place(self, topic, value, headers=(), key=None):
        records = self.topics.setdefault(topic, [])
        place = {"topic": topic, "partition": 0, "offset": len(records), "timestamp": int(self.now * 1000)}
        records.append(SimpleNamespace(**place, key=key, value=value, headers=list(headers)))
        return records[-1]

    async def read(self, topic, since=0.0, until=float("inf")):
        found = [r for r in self.topics.get(topic, ()) if since <= r.timestamp / 1000 < until]
        for start in range(0, len(found), 2):
            yield found[start : start + 2]

    async def one(self, place):
        records = self.topics.get(place.topic, [])
        return records[place.offset] if place.offset < len(records) else None

    async def sent(self, tenant):
        return sum(len(self.topics.get(f"ehr.{tenant}.{lane}", ())) for lane in ("raw", "backfill"))

    async def compacts(self, topic):
        return self.compacted
