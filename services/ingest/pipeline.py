"""What becomes of a batch: parse, bury what is unreadable, deliver the rest to the shards, say each record's outcome.

A failure that may heal is waited out with growing pauses: from Kafka without end, because nothing may be lost and the
partitions wait meanwhile; for a caller as long as its time lasts. A request that the encoder will never take is cut in
halves until the one record that spoils it stands alone and is buried, so that it never blocks the others.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chartline.errors import ChartlineError, DeadlineExceeded, Exhausted, InvalidRequest, Unavailable, Unfit
from chartline.record.event import CanonicalRecord
from chartline.record.units import unit
from chartline.telemetry import (
    chartline_ingest_events,
    chartline_ingest_retries,
    chartline_ingest_unknown_units,
    get_logger,
)
from chartline.v1.record_service_pb2 import (
    RECORD_OUTCOME_DEAD_LETTERED,
    RECORD_OUTCOME_DELETED,
    RECORD_OUTCOME_DUPLICATE,
    RECORD_OUTCOME_INDEXED,
    RECORD_OUTCOME_MERGED,
    RECORD_OUTCOME_UNSPECIFIED,
    RECORD_OUTCOME_UPDATED,
    RECORD_OUTCOME_WITHOUT_EVENTS,
    DeliveredRecord,
    RecordOutcome,
)
from services.ingest.claims import NO_CLAIMS, Claims
from services.ingest.dead_letters import DeadLetters
from services.ingest.delivery import Part, chunks, part, read, split
from services.ingest.incoming import Incoming
from services.ingest.parsers import PARSERS
from services.ingest.sources import Sources

log = get_logger(__name__)

#: Away, full, slow, or not yet the owner of the patient: what time may heal.
_MAY_HEAL = (Unavailable, Exhausted, DeadlineExceeded, Unfit)
#: Outcomes of a record's parts: what one shard was told first outweighs that another knew it or had no use for it.
_WEIGHTS = (
    RECORD_OUTCOME_UNSPECIFIED,
    RECORD_OUTCOME_DEAD_LETTERED,
    RECORD_OUTCOME_WITHOUT_EVENTS,
    RECORD_OUTCOME_DUPLICATE,
    RECORD_OUTCOME_DELETED,
    RECORD_OUTCOME_UPDATED,
    RECORD_OUTCOME_MERGED,
    RECORD_OUTCOME_INDEXED,
)
#: A failure nobody foresaw is tried so often before the records are taken to be its cause.
_UNFORESEEN_ATTEMPTS = 5
_LONGEST_PAUSE = 30.0


class Encoder(Protocol):
    @property
    def shards(self) -> int: ...
    def owner(self, tenant: str, patient: str) -> int: ...
    async def append(
        self, tenant: str, shard: int, records: Sequence[DeliveredRecord], actor: str = ""
    ) -> list[RecordOutcome.ValueType]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    value: RecordOutcome.ValueType
    reason: str = ""


class Batch:
    """One batch's records and what became of them so far. A record in several parts takes the weightiest outcome."""

    def __init__(self, incoming: Sequence[Incoming], actor: str, patience: float) -> None:
        self.incoming = incoming
        self.records: list[CanonicalRecord] = []
        self.actor = actor
        self.gives_up_at = time.monotonic() + patience
        self._values: list[RecordOutcome.ValueType] = [RECORD_OUTCOME_UNSPECIFIED] * len(incoming)
        self.reasons = [""] * len(incoming)

    def settle(self, index: int, value: RecordOutcome.ValueType, reason: str = "") -> None:
        self._values[index] = max(self._values[index], value, key=_WEIGHTS.index)
        self.reasons[index] = self.reasons[index] or reason

    def outcomes(self) -> list[Outcome]:
        return [Outcome(value, reason) for value, reason in zip(self._values, self.reasons, strict=True)]


class Pipeline:
    """`sources` counts what became of what it delivered."""

    def __init__(
        self,
        encoder: Encoder,
        dead_letters: DeadLetters,
        first_pause: float = 0.2,
        claims: Claims = NO_CLAIMS,
        sources: Sources | None = None,
    ) -> None:
        self._encoder = encoder
        self._dead_letters = dead_letters
        self._first_pause = first_pause
        self._claims = claims
        self.sources = sources or Sources()

    async def deliver(
        self, incoming: Sequence[Incoming], *, actor: str = "", patience: float = float("inf")
    ) -> list[Outcome]:
        """One outcome a record, in order, all durable. `patience` is in seconds; what may heal is raised after it."""
        batch = Batch(incoming, actor, patience)
        batch.records = await self.read(incoming)
        requests = self._requests(batch)
        await self._bury_unreadable(batch)
        appended = [self._append(batch, *request) for request in requests]
        for failure in await asyncio.gather(*appended, return_exceptions=True):
            if failure is not None:
                raise failure
        self._count(batch)
        return batch.outcomes()

    async def read(self, incoming: Sequence[Incoming]) -> list[CanonicalRecord]:
        """What each says, delivered to nobody. Claimed payloads are large: one at a time is in memory."""
        records = await asyncio.to_thread(lambda: [_read(each) for each in incoming])
        for index, each in enumerate(incoming):
            if each.claim is not None:
                records[index] = await asyncio.to_thread(_read, await self._claims.fetch(each))
        return records

    async def _bury_unreadable(self, batch: Batch) -> None:
        for index, record in enumerate(batch.records):
            batch.reasons[index] = record.unreadable_reason or record.without_events_reason
            if record.unreadable_reason:
                stage = "envelope" if batch.incoming[index].refused else "parser"
                await self._dead_letters.bury(batch.incoming[index], record.unreadable_reason, stage)

    def _requests(self, batch: Batch) -> list[tuple[str, int, list[Part]]]:
        """Tenant, shard and parts of each AppendEvents. A record that fits no message is unreadable from then on."""
        parts: dict[tuple[str, int], list[Part]] = defaultdict(list)
        for index, incoming in enumerate(batch.incoming):
            try:
                found = self._split(batch, index)
            except Exception as error:
                batch.records[index] = _failed(incoming, error)
                found = self._split(batch, index)
            for shard, each in found:
                parts[incoming.tenant, shard].append(each)
        return [(*to, chunk) for to, sent in parts.items() for chunk in chunks(sent)]

    def _split(self, batch: Batch, index: int) -> list[tuple[int, Part]]:
        incoming, record = batch.incoming[index], batch.records[index]
        return list(split(index, incoming, record, self._encoder.owner, self._encoder.shards))

    async def _append(
        self, batch: Batch, tenant: str, shard: int, parts: list[Part], attempts: int = _UNFORESEEN_ATTEMPTS
    ) -> None:
        try:
            outcomes = await self._append_patiently(batch, tenant, shard, parts, attempts)
        except _MAY_HEAL:
            raise
        except ChartlineError as error:
            await self._separate(batch, tenant, shard, parts, error)
        else:
            for each, outcome in zip(parts, outcomes, strict=True):
                batch.settle(each.index, outcome)

    async def _append_patiently(
        self, batch: Batch, tenant: str, shard: int, parts: list[Part], unforeseen: int = _UNFORESEEN_ATTEMPTS
    ) -> list[RecordOutcome.ValueType]:
        """Raises what may heal when patience is at its end, what is unforeseen when it happened so often."""
        attempts = 0
        while True:
            attempts += 1
            try:
                return await self._encoder.append(tenant, shard, [p.message for p in parts], batch.actor)
            except InvalidRequest:
                raise
            except ChartlineError as error:
                pause = self._pause(attempts, error)
                healing = isinstance(error, _MAY_HEAL) or attempts < unforeseen
                if not healing or time.monotonic() + pause > batch.gives_up_at:
                    raise
                chartline_ingest_retries.labels(error.reason).inc()
                log.warning("append_again", shard=shard, attempts=attempts, error=type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)

    def _pause(self, attempts: int, error: ChartlineError) -> float:
        asked = error.retry_after if isinstance(error, Exhausted) else 0.0
        return min(max(self._first_pause * (1 << min(attempts - 1, 16)), asked), _LONGEST_PAUSE)

    async def _separate(self, batch: Batch, tenant: str, shard: int, parts: list[Part], error: ChartlineError) -> None:
        if len(parts) == 1:
            return await self._bury_refused(batch, tenant, shard, parts[0], error)
        middle = len(parts) // 2
        for half in (parts[:middle], parts[middle:]):
            await self._append(batch, tenant, shard, half, attempts=1)
        return None

    async def _bury_refused(self, batch: Batch, tenant: str, shard: int, refused: Part, error: ChartlineError) -> None:
        """The encoder will not take the record: it is buried, and counted as that."""
        incoming, reason = batch.incoming[refused.index], f"refused by the encoder: {error.message}"
        await self._dead_letters.bury(incoming, reason, "encoder")
        notice = CanonicalRecord(refused.message.record.record_id, unreadable_reason=reason)
        counted = part(refused.index, incoming, notice, counted=refused.message.counted)
        try:
            await self._append_patiently(batch, tenant, shard, [counted])
        except _MAY_HEAL:
            raise
        except ChartlineError as refusal:  # the letter is durable: a count is no reason to stop everybody's ingest
            log.error("burial_not_counted", tenant=tenant, shard=shard, error=type(refusal).__name__)
        batch.settle(refused.index, RECORD_OUTCOME_DEAD_LETTERED, reason)

    def _count(self, batch: Batch) -> None:
        for incoming, outcome in zip(batch.incoming, batch.outcomes(), strict=True):
            result = RecordOutcome.Name(outcome.value).removeprefix("RECORD_OUTCOME_").lower()
            known = incoming.source_format if incoming.source_format in PARSERS else "unknown"
            chartline_ingest_events.labels(known, result).inc()
            self.sources.add(incoming, result, outcome.reason)


def _read(incoming: Incoming) -> CanonicalRecord:
    """Whatever a parser raises is the end of that record alone: those beside it and the service go on."""
    try:
        record = read(incoming)
        _count_unknown_units(record)
    except Exception as error:
        return _failed(incoming, error)
    return record


def _failed(incoming: Incoming, error: Exception) -> CanonicalRecord:
    log.exception("record_failed", tenant=incoming.tenant)
    return CanonicalRecord("", unreadable_reason=f"reading it failed with {type(error).__name__}")


def _count_unknown_units(record: CanonicalRecord) -> None:
    for event in record.events:
        if event.quantity is not None and event.quantity.unit and not unit(event.quantity.unit).understood:
            chartline_ingest_unknown_units.labels(event.kind.name.lower()).inc()
