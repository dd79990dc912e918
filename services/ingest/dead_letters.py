"""Where records go that cannot be understood: `ehr.<tenant>.dlq`, with the reason and the place they came from.

The original bytes are the value, so a repaired parser can read them again. No content reaches a log. Writing goes on
until it succeeds: a dead letter that is lost would be a record that is lost.
"""

import asyncio
from typing import Protocol

from chartline.errors import ChartlineError
from chartline.telemetry import chartline_ingest_dead_letters, get_logger
from services.ingest.incoming import Incoming, dead_letter_topic
from services.ingest.letters import REPLAYED, Headers, encode, letter_id

log = get_logger(__name__)

_LONGEST_PAUSE = 30.0


class Writer(Protocol):
    async def write(self, topic: str, value: bytes | None, headers: Headers, key: bytes | None = None) -> None:
        """Returns when the message is durable. Raises Unavailable."""


class DeadLetters:
    def __init__(self, writer: Writer, first_pause: float = 0.5) -> None:
        self._writer = writer
        self._first_pause = first_pause

    async def bury(self, incoming: Incoming, reason: str, stage: str) -> None:
        """`stage` refused it: envelope, parser or encoder. A record without a position has a caller who is told."""
        chartline_ingest_dead_letters.labels(stage).inc()
        position = incoming.position
        if position is None:
            return
        where = {"topic": position.topic, "partition": position.partition, "offset": position.offset}
        log.warning("dead_letter", tenant=incoming.tenant, reason=reason, **where)
        await self._write(incoming, reason)

    async def settle(self, incoming: Incoming, reason: str, outcome: str) -> None:
        """The letter stays as it was, with the outcome of the replay that succeeded."""
        await self._write(incoming, reason, [(REPLAYED, outcome.encode())])

    async def erase(self, tenant: str, letter: str) -> None:
        """A letter without value: nobody reads the old one again, and compaction removes it."""
        await self._write_on(dead_letter_topic(tenant), None, [], letter)

    async def _write(self, incoming: Incoming, reason: str, more: Headers | None = None) -> None:
        assert incoming.position is not None
        value, headers = encode(incoming, reason)
        topic = dead_letter_topic(incoming.tenant)
        await self._write_on(topic, value, [*headers, *(more or [])], letter_id(incoming.position))

    async def _write_on(self, topic: str, value: bytes | None, headers: Headers, letter: str) -> None:
        pause = self._first_pause
        while True:
            try:
                return await self._writer.write(topic, value, headers, key=letter.encode())
            except ChartlineError as error:
                log.error("dead_letter_not_written", topic=topic, error=type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
