"""Reads records once more as ingest reads today: dead letters, or what Kafka took in a stretch of time.

A dead letter that is understood now moves from the dead-lettered of its load to its outcome and is marked, so that it
is not replayed again; one that is refused again stays, under the reason of today. Records of a stretch of time are
known by their place and counted once, however often they come.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from chartline.record.event import CanonicalRecord
from chartline.telemetry import chartline_ingest_replayed
from chartline.v1.record_service_pb2 import RECORD_OUTCOME_DEAD_LETTERED, RecordOutcome
from services.ingest.dead_letters import DeadLetters
from services.ingest.envelope import Formats, from_kafka
from services.ingest.incoming import Incoming, backfill_topic, raw_topic
from services.ingest.letter_box import LetterBox, Reader, Wanted
from services.ingest.letters import DeadLetter, as_letter, reopened
from services.ingest.pipeline import Outcome, Pipeline


@dataclass(slots=True)
class Tally:
    """Of all records so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: str, reason: str) -> None:
        self.outcomes[outcome] += 1
        if reason:
            self.reasons[reason] += 1


class Replayer:
    def __init__(
        self, pipeline: Pipeline, box: LetterBox, reader: Reader, dead_letters: DeadLetters, formats: Formats
    ) -> None:
        self._pipeline = pipeline
        self._box = box
        self._reader = reader
        self._dead_letters = dead_letters
        self._formats = formats

    async def letters(self, tenant: str, wanted: Wanted, actor: str, patience: float) -> AsyncIterator[Tally]:
        """The tally after each batch. Raises Unavailable and what else `Pipeline.deliver` raises."""
        tally = Tally()
        async for letters in self._box.read(tenant, wanted):
            incoming = [await self._again(letter) for letter in letters]
            outcomes = await self._pipeline.deliver(incoming, actor=actor, patience=patience)
            for letter, one, outcome in zip(letters, incoming, outcomes, strict=True):
                tally.add(_name(outcome), outcome.reason)
                if outcome.value != RECORD_OUTCOME_DEAD_LETTERED:
                    await self._dead_letters.settle(one, letter.reason, _name(outcome))
            yield tally

    async def stretch(
        self, tenant: str, since: float, until: float, actor: str, patience: float, *, dry_run: bool
    ) -> AsyncIterator[Tally]:
        """Of the raw topic and the backfill, from `since` on and before `until`, in seconds since 1970."""
        tally = Tally()
        for topic in (raw_topic(tenant), backfill_topic(tenant)):
            async for records in self._reader.read(topic, since, until):
                incoming = [from_kafka(record, self._formats) for record in records]
                if dry_run:
                    for record in await self._pipeline.read(incoming):
                        tally.add(*_readable(record))
                else:
                    for outcome in await self._pipeline.deliver(incoming, actor=actor, patience=patience):
                        tally.add(_name(outcome), outcome.reason)
                yield tally

    async def sent(self, tenant: str, load_id: str) -> int:
        """Messages of the load in both topics, as far back as Kafka keeps them."""
        found = 0
        for topic in (raw_topic(tenant), backfill_topic(tenant)):
            async for records in self._reader.read(topic):
                found += sum(from_kafka(record, self._formats).load_id == load_id for record in records)
        return found

    async def _again(self, letter: DeadLetter) -> Incoming:
        """What was too large for the letter is read where it first lay, as long as Kafka keeps it there."""
        record = await self._reader.one(letter.origin) if letter.too_large else None
        return as_letter(from_kafka(record, self._formats), letter) if record else reopened(letter, self._formats)


def _name(outcome: Outcome) -> str:
    name = RecordOutcome.Name(outcome.value).removeprefix("RECORD_OUTCOME_").lower()
    chartline_ingest_replayed.labels(name).inc()
    return name


def _readable(record: CanonicalRecord) -> tuple[str, str]:
    if record.unreadable_reason:
        return "dead_lettered", record.unreadable_reason
    return ("without_events" if record.without_events_reason else "readable"), record.without_events_reason
