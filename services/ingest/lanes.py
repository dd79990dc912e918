"""Who may append when: live records at once, a backfill in their pauses, at its rate, and last after a full encoder.

Both are encoders to their pipelines. A backfill holds one batch and one append at a time, so a live record waits for
one request that is under way at most; when the encoder says it is full the backfill rests longer than the live lane.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from chartline.errors import Exhausted
from chartline.telemetry import chartline_ingest_backfill_waits
from chartline.v1.record_service_pb2 import DeliveredRecord, RecordOutcome
from services.ingest.consumer import Deliver
from services.ingest.incoming import Incoming
from services.ingest.pipeline import Encoder

#: How much longer than the encoder asks for a backfill rests after RESOURCE_EXHAUSTED.
_REST_FACTOR = 5.0


class LiveLane:
    """Appends at once, and tells the backfill when it does."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._appending = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.full_until = 0.0

    @property
    def shards(self) -> int:
        return self._encoder.shards

    def owner(self, tenant: str, patient: str) -> int:
        return self._encoder.owner(tenant, patient)

    async def append(
        self, tenant: str, shard: int, records: Sequence[DeliveredRecord], actor: str = ""
    ) -> list[RecordOutcome.ValueType]:
        self._appending += 1
        self._quiet.clear()
        try:
            return await self._encoder.append(tenant, shard, records, actor)
        except Exhausted as error:
            self.rest(error)
            raise
        finally:
            self._appending -= 1
            if not self._appending:
                self._quiet.set()

    def rest(self, error: Exhausted) -> None:
        """The encoder was full: no backfill for some time."""
        self.full_until = max(self.full_until, time.monotonic() + _REST_FACTOR * error.retry_after)

    async def pause(self) -> None:
        """Returns when no live record is on its way to the encoder and it was not full lately."""
        while not self._quiet.is_set() or time.monotonic() < self.full_until:
            chartline_ingest_backfill_waits.inc()
            await self._quiet.wait()
            await asyncio.sleep(max(0.0, self.full_until - time.monotonic()))


class BackfillLane:
    """Appends one request at a time, in the pauses of the live lane."""

    def __init__(self, encoder: Encoder, live: LiveLane) -> None:
        self._encoder = encoder
        self._live = live
        self._one = asyncio.Lock()

    @property
    def shards(self) -> int:
        return self._encoder.shards

    def owner(self, tenant: str, patient: str) -> int:
        return self._encoder.owner(tenant, patient)

    async def append(
        self, tenant: str, shard: int, records: Sequence[DeliveredRecord], actor: str = ""
    ) -> list[RecordOutcome.ValueType]:
        async with self._one:
            await self._live.pause()
            try:
                return await self._encoder.append(tenant, shard, records, actor)
            except Exhausted as error:
                self._live.rest(error)
                raise


def paced(deliver: Deliver, records_per_second: float) -> Deliver:
    """The same with a rate that it never exceeds for longer than one batch; 0 is no limit."""
    free_at = 0.0

    async def deliver_in_turn(incoming: Sequence[Incoming]) -> Any:
        nonlocal free_at
        if records_per_second:
            now = time.monotonic()
            begins, free_at = max(now, free_at), max(now, free_at) + len(incoming) / records_per_second
            await asyncio.sleep(begins - now)
        return await deliver(incoming)

    return deliver_in_turn
