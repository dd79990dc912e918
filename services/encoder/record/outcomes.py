"""What became of delivered records, counted once for each place in Kafka however often it is delivered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from sqlalchemy import Connection, func, select, tuple_

from chartline.record.event import WITHDRAWALS, CanonicalRecord, Event
from services.encoder.record.crosswalk import count_patients
from services.encoder.record.database import Database, chunks
from services.encoder.record.references import count_unresolved
from services.encoder.record.tables import counts, leftovers, pending, positions

_LONGEST_REASON = 256


class Outcome(IntEnum):
    """Numbers are those of chartline.v1.RecordOutcome."""

    INDEXED = 1
    DUPLICATE = 2
    WITHOUT_EVENTS = 3
    DEAD_LETTERED = 4
    UPDATED = 5
    DELETED = 6
    MERGED = 7


@dataclass(frozen=True, slots=True)
class Position:
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """`counted` is true on the one shard that counts the record; without a position it counts each time.

    `buried_reason` is what a dead letter, read again, was counted under: that count moves to the new outcome. Where it
    was counted on another shard, this one's falls below zero and the sum over all is right.
    """

    record: CanonicalRecord
    position: Position | None = None
    load_id: str = ""
    counted: bool = True
    buried_reason: str = ""


@dataclass(slots=True)
class RecordCounts:
    records: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    leftovers: Counter[str] = field(default_factory=Counter)
    events: int = 0
    pending_embeddings: int = 0
    patients: int = 0
    unresolved_references: int = 0


@dataclass(slots=True)
class Changes:
    """What one delivered record changed; counted are things that were not known before.

    `facts` nobody had heard of, further `versions` of known facts, `withdrawals` of facts, merged or parted
    `identities`, and `others`: words that changed no chart. `events` is how many of them are versions of events.
    """

    facts: int = 0
    versions: int = 0
    withdrawals: int = 0
    identities: int = 0
    others: int = 0
    events: int = 0

    def add_event(self, event: Event, is_first: bool) -> None:
        self.events += 1
        if event.status in WITHDRAWALS:
            self.withdrawals += 1
        elif is_first:
            self.facts += 1
        else:
            self.versions += 1

    def add_record_version(self, *, deleted: bool, takes_away: bool) -> None:
        self.withdrawals += deleted or takes_away
        self.others += not deleted and not takes_away


def outcome_of(record: CanonicalRecord, changes: Changes) -> Outcome:
    """A record has one outcome; where it changed several things, the first of these names it."""
    if record.unreadable_reason:
        return Outcome.DEAD_LETTERED
    if changes.facts and not changes.versions:
        return Outcome.INDEXED
    if changes.identities:
        return Outcome.MERGED
    if changes.versions:
        return Outcome.UPDATED
    if changes.withdrawals:
        return Outcome.DELETED
    tells = record.events or record.definitions or record.links or any(v.deleted for v in record.versions)
    if not tells:
        return Outcome.WITHOUT_EVENTS
    return Outcome.INDEXED if changes.others else Outcome.DUPLICATE


def count_outcomes(
    database: Database,
    connection: Connection,
    tenant: str,
    deliveries: Sequence[Delivery],
    outcomes: Sequence[Outcome],
    new_events: Sequence[int],
) -> None:
    """Adds one record each to its load's counts, and what was left over of it, unless its position was counted."""
    counted = _first_deliveries(database, connection, tenant, deliveries)
    records: Counter[tuple[str, int, str]] = Counter()
    events: Counter[tuple[str, int, str]] = Counter()
    for delivery, outcome, first, new in zip(deliveries, outcomes, counted, new_events, strict=True):
        key = (delivery.load_id, int(outcome), _reason(delivery.record, outcome))
        records[key] += first
        events[key] += new
        if delivery.buried_reason and first:
            records[delivery.load_id, int(Outcome.DEAD_LETTERED), _label(delivery.buried_reason)] -= 1
    rows = [
        {"tenant": tenant, "load_id": k[0], "outcome": k[1], "reason": k[2], "records": records[k], "events": events[k]}
        for k in records
        if records[k] or events[k]
    ]
    database.add_up(connection, counts, rows, ("records", "events"))
    once = [delivery for delivery, first in zip(deliveries, counted, strict=True) if first]
    left = Counter((d.load_id, _label(reason)) for d in once for reason in d.record.leftovers)
    parts = [{"tenant": tenant, "load_id": k[0], "reason": k[1], "parts": number} for k, number in left.items()]
    database.add_up(connection, leftovers, parts, ("parts",))


def read_counts(connection: Connection, tenant: str, load_id: str) -> RecordCounts:
    """Of one load, or with an empty `load_id` of all."""
    found = RecordCounts(
        pending_embeddings=connection.scalar(select(func.count()).where(pending.c.tenant == tenant)) or 0,
        patients=count_patients(connection, tenant),
        unresolved_references=count_unresolved(connection, tenant),
    )
    query = select(counts).where(counts.c.tenant == tenant)
    for row in connection.execute(query.where(counts.c.load_id == load_id) if load_id else query):
        found.records[Outcome(row.outcome)] += row.records
        found.events += row.events
        if row.reason:
            found.reasons[row.reason] += row.records
    query = select(leftovers).where(leftovers.c.tenant == tenant)
    for row in connection.execute(query.where(leftovers.c.load_id == load_id) if load_id else query):
        found.leftovers[row.reason] += row.parts
    return found


def _first_deliveries(
    database: Database, connection: Connection, tenant: str, deliveries: Sequence[Delivery]
) -> list[bool]:
    places = [d.position if d.counted else None for d in deliveries]
    seen = _known_positions(connection, tenant, [p for p in places if p is not None])
    first, rows = [], []
    for delivery, place in zip(deliveries, places, strict=True):
        first.append(delivery.counted and place not in seen)
        if place is not None and place not in seen:
            seen.add(place)
            key = {"topic": place.topic, "partition": place.partition, "offset": place.offset}
            rows.append({"tenant": tenant, **key})
    database.add_missing(connection, positions, rows)
    return first


def _known_positions(connection: Connection, tenant: str, places: Sequence[Position]) -> set[Position]:
    known: set[Position] = set()
    for topic, partition in {(p.topic, p.partition) for p in places}:
        offsets = [p.offset for p in places if (p.topic, p.partition) == (topic, partition)]
        same_partition = tuple_(positions.c.tenant, positions.c.topic, positions.c.partition) == tuple_(
            tenant, topic, partition
        )
        for part in chunks(offsets):
            query = select(positions.c.offset).where(same_partition, positions.c.offset.in_(part))
            known.update(Position(topic, partition, offset) for offset in connection.scalars(query))
    return known


def _reason(record: CanonicalRecord, outcome: Outcome) -> str:
    reasons = {
        Outcome.DEAD_LETTERED: record.unreadable_reason,
        Outcome.WITHOUT_EVENTS: record.without_events_reason,
    }
    return _label(reasons.get(outcome, ""))


def _label(reason: str) -> str:
    """Cut to what a label may be: a reason must never be a reason to refuse its record."""
    return reason.replace("\x00", "")[:_LONGEST_REASON]
