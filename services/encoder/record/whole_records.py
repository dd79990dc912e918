"""Versions of whole source records, kept beside the events: a deletion may come before what it deletes.

    events.record, else events.event_key ──▶ record_versions.record

A version that came with an event and says the same version and time is a mark on that event and no row of its own, for
some sources tell one with every record.
Most records tell one fact under their own name, and that fact's key is the record's; only other events carry the key of
their record, so a record's facts are found without a further entry for each event.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, func, select

from chartline.record.event import Event, RecordVersion
from chartline.record.identity import event_key
from services.encoder.record import codec
from services.encoder.record.database import Database, chunks
from services.encoder.record.tables import events, record_versions

_RECORD = func.coalesce(events.c.record, events.c.event_key)


def record_key(tenant: str, system: str, record_id: str) -> bytes:
    """16 bytes: records of different tenants and systems never meet."""
    return bytes.fromhex(event_key(tenant, system, record_id))


def key_beside(tenant: str, system: str, record_id: str, natural_key: str) -> bytes | None:
    """The record's key for an event whose own key does not name the record."""
    return None if natural_key == record_id else record_key(tenant, system, record_id)


def key_beside_event(tenant: str, event: Event) -> bytes | None:
    return key_beside(tenant, event.source.system, event.source.record_id, event.natural_key)


def add_versions(
    database: Database,
    connection: Connection,
    tenant: str,
    sent: Sequence[RecordVersion],
    said: Collection[RecordVersion | None],
) -> tuple[list[bool], list[bytes]]:
    """Which of them were new, and the key of each one's record. Those that events have `said` need no row."""
    rows = [_row(tenant, version) for version in sent]
    known = _known(connection, {key for key, _ in rows})
    known.update(row for row, version in zip(rows, sent, strict=True) if version in said)
    fresh = []
    for key, body in rows:
        fresh.append((key, body) not in known)
        known.add((key, body))
    now = time.time_ns() // 1_000
    added = [
        {"record": key, "content": hashlib.sha256(body).digest()[:16], "recorded_at": now, "body": body}
        for (key, body), is_new in zip(rows, fresh, strict=True)
        if is_new
    ]
    database.add_missing(connection, record_versions, added)
    return fresh, [key for key, _ in rows]


def facts_of(connection: Connection, records: Collection[bytes]) -> tuple[defaultdict[bytes, set[bytes]], set[int]]:
    """The keys of the facts that each record told, and the subjects of all of them."""
    facts: defaultdict[bytes, set[bytes]] = defaultdict(set)
    owners: set[int] = set()
    for part in chunks(sorted(records)):
        for named in _named(part):
            query = select(_RECORD.label("record"), events.c.event_key, events.c.subject).distinct()
            for row in connection.execute(query.where(*named)):
                facts[row.record].add(row.event_key)
                owners.add(row.subject)
    return facts, owners


def records_of(connection: Connection, told: ColumnElement[bool], among: Collection[bytes] | None = None) -> set[bytes]:
    """The records that told the events of this condition; only those `among` these, where they are given."""
    if among is None:
        return set(connection.scalars(select(_RECORD).where(told).distinct()))
    found: set[bytes] = set()
    for part in chunks(sorted(among)):
        for named in _named(part):
            found.update(connection.scalars(select(_RECORD).where(told, *named).distinct()))
    return found


def versions_behind(connection: Connection, told: ColumnElement[bool]) -> list[RecordVersion]:
    """Of all records that told the events of this condition."""
    return _read(connection, record_versions.c.record.in_(select(_RECORD).where(told)))


def versions_of(connection: Connection, records: Collection[bytes]) -> list[RecordVersion]:
    found: list[RecordVersion] = []
    for part in chunks(sorted(records)):
        found += _read(connection, record_versions.c.record.in_(part))
        query = select(events.c.body, events.c.event_key, events.c.recorded_at).where(events.c.whole.is_not(None))
        for named in _named(part):
            rows = connection.execute(query.where(*named))
            said = (version_said_by(codec.decode_event(r.body, r.event_key, r.recorded_at)) for r in rows)
            found += [version for version in said if version is not None]
    return found


def version_said_by(event: Event) -> RecordVersion | None:
    """The version of its whole record that an event may say; None for an event without a version."""
    if event.version is None:
        return None
    return RecordVersion(event.source.system, event.source.record_id, event.version, event.available_time)


def versions_said(told: Sequence[tuple[Event, bool]]) -> list[RecordVersion]:
    """Those that events say (`True`) and that may take something back: of records with an older version among these."""
    oldest: dict[tuple[str, str], int] = {}
    for event, _ in told:
        record, version = (event.source.system, event.source.record_id), -1 if event.version is None else event.version
        oldest[record] = min(version, oldest.get(record, version))
    newer = [e for e, says in told if says and (e.version or 0) > oldest[e.source.system, e.source.record_id]]
    said = ((event, version_said_by(event)) for event in newer)
    return [replace(version, recorded_at=event.recorded_at) for event, version in said if version is not None]


def versions_said_elsewhere(
    connection: Connection, told: ColumnElement[bool], patient: Collection[int]
) -> list[RecordVersion]:
    """Those that events of others say of the same records: a newer version may name somebody else."""
    other, records = events.alias(), select(_RECORD).where(told)
    query = select(other.c.body, other.c.event_key, other.c.recorded_at)
    query = query.where(other.c.whole.is_not(None), other.c.subject.not_in(patient))
    ways = other.c.record.in_(records), other.c.event_key.in_(records) & other.c.record.is_(None)
    rows = (row for way in ways for row in connection.execute(query.where(way)))
    said = (version_said_by(codec.decode_event(row.body, row.event_key, row.recorded_at)) for row in rows)
    return [version for version in said if version is not None]


def _named(records: Sequence[bytes]) -> tuple[tuple[ColumnElement[bool], ...], ...]:
    """The two ways in which an event's record is known."""
    return (events.c.record.in_(records),), (events.c.event_key.in_(records), events.c.record.is_(None))


def _read(connection: Connection, condition: ColumnElement[bool]) -> list[RecordVersion]:
    rows = connection.execute(select(record_versions.c.body, record_versions.c.recorded_at).where(condition))
    return [codec.decode_record_version(row.body, row.recorded_at) for row in rows]


def _row(tenant: str, version: RecordVersion) -> tuple[bytes, bytes]:
    return record_key(tenant, version.system, version.record_id), codec.encode_record_version(version)


def _known(connection: Connection, records: Collection[bytes]) -> set[tuple[bytes, bytes]]:
    query = select(record_versions.c.record, record_versions.c.body)
    return {
        (row.record, row.body)
        for part in chunks(sorted(records))
        for row in connection.execute(query.where(record_versions.c.record.in_(part)))
    }
