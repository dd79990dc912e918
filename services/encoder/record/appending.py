"""How one request of delivered records gets into the tables, in one transaction, and what each delivery changed.

Nothing is ever changed; what is known already is recognised by its key and content and left out.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, func, insert, literal, select

from chartline.record.event import CanonicalRecord, Definition, Event, RecordVersion
from chartline.record.identity import content_hash, event_key
from services.encoder.record import codec, crosswalk, references, whole_records
from services.encoder.record.database import Database, chunks
from services.encoder.record.links import add_links
from services.encoder.record.outcomes import Changes, Delivery
from services.encoder.record.tables import events, moved, patient_vectors, pending, subjects


@dataclass(frozen=True, slots=True)
class _Version:
    """An event on its way into the table; `delivery` is the place of its record in the request."""

    delivery: int
    event: Event
    subject: int
    key: bytes
    content: bytes
    whole: bool

    def row(self, tenant: str, recorded_at: int) -> dict[str, object]:
        reference = self.event.code_reference
        system = self.event.source.system
        return {
            "subject": self.subject,
            "event_key": self.key,
            "content": self.content,
            "definition": references.definition_key(tenant, system, reference) if reference else None,
            "recorded_at": recorded_at,
            "body": codec.encode_event(self.event),
            "record": whole_records.key_beside_event(tenant, self.event),
            "whole": 1 if self.whole else None,
        }


class Appending:
    """`changes` has an entry for each delivery, in order."""

    def __init__(self, database: Database, connection: Connection, tenant: str, deliveries: Sequence[Delivery]) -> None:
        self.changes = [Changes() for _ in deliveries]
        self._database = database
        self._connection = connection
        self._tenant = tenant
        self._deliveries = deliveries
        self._said: set[RecordVersion | None] = set()  # versions of whole records that stored events say

    def add(self) -> frozenset[str]:
        """Every identifier of the patients whose charts changed."""
        changed = self._add_definitions() | self._add_events()
        records, owners = self._add_record_versions()
        touched = {event.patient for change, record in self._records() if change.events for event in record.events}
        touched |= self._add_links(records)
        touched |= crosswalk.identifiers_of(self._connection, changed | owners)
        self._want_vectors(touched)
        return frozenset(touched)

    def _add_definitions(self) -> set[int]:
        """The subjects whose events read otherwise now."""
        sent = list(self._lent())
        if not sent:
            return set()
        fresh, renewed, changed = references.add_definitions(
            self._database, self._connection, self._tenant, [d for *_, d in sent]
        )
        for (change, own, _), is_new, is_known in zip(sent, fresh, renewed, strict=True):
            change.others += is_new and own
            change.versions += is_new and is_known and not own
            change.facts += is_new and not is_known and not own
        return changed

    def _lent(self) -> Iterator[tuple[Changes, bool, Definition]]:
        """Every definition; `True` for one that tells others what events of its record say themselves."""
        for change, record in self._records():
            told = {event.source.record_id for event in record.events} if record.definitions else set()
            for definition in record.definitions:
                parts = {definition.reference.partition("#")[0], definition.code_reference}
                yield change, not told.isdisjoint(parts), definition

    def _add_events(self) -> set[int]:
        """The subjects that lost an event to another one."""
        names = {e.patient for d in self._deliveries for e in d.record.events}
        if not names:
            return set()
        subject_of = crosswalk.register(self._database, self._connection, self._tenant, names)
        versions = list(_versions(self._tenant, self._deliveries, subject_of))
        known, owners = _known_versions(self._connection, {v.key for v in versions})
        fresh = []
        first: dict[bytes, int] = {}
        for version in versions:
            is_new = (version.key, version.content) not in known
            if version.whole and (is_new or known[version.key, version.content]):
                self._said.add(whole_records.version_said_by(version.event))
            if is_new:
                if version.key not in owners:
                    first[version.key] = version.delivery
                known[version.key, version.content] = version.whole
                owners[version.key].add(version.subject)
                self.changes[version.delivery].add_event(version.event, first.get(version.key) == version.delivery)
                fresh.append(version)
        self._insert(fresh)
        shared = [(s, key) for key in {v.key for v in fresh} if len(owners[key]) > 1 for s in owners[key]]
        self._database.add_missing(self._connection, moved, [{"subject": s, "event_key": key} for s, key in shared])
        return {s for s, _ in shared}

    def _add_record_versions(self) -> tuple[dict[bytes, list[Changes]], set[int]]:
        """The records of which new versions came, with who brought them, and the subjects of what these told."""
        sent = [(change, record, v) for change, record in self._records() for v in record.versions]
        if not sent:
            return {}, set()
        versions = [version for *_, version in sent]
        fresh, keys = whole_records.add_versions(self._database, self._connection, self._tenant, versions, self._said)
        new = [(*each, key) for each, key, is_new in zip(sent, keys, fresh, strict=True) if is_new or each[0].events]
        told, owners = whole_records.facts_of(self._connection, {key for *_, key in new})
        brought: defaultdict[bytes, list[Changes]] = defaultdict(list)
        for change, record, version, key in new:
            gone = told[key] - _keys(self._tenant, record.events)
            change.add_record_version(deleted=version.deleted, takes_away=bool(gone))
            brought[key].append(change)
        return brought, owners

    def _add_links(self, records: dict[bytes, list[Changes]]) -> frozenset[str]:
        """All names of patients that were merged or parted by words, or by records that repeat them no more."""
        sent = [(change, word) for change, record in self._records() for word in record.links]
        if not sent and not records:
            return frozenset()
        words = [word for _, word in sent]
        regrouped = add_links(self._database, self._connection, self._tenant, words, records.keys())
        for (change, word), is_new in zip(sent, regrouped.fresh, strict=True):
            change.others += is_new
            change.identities += is_new and not regrouped.names.isdisjoint(word.identifiers)
        for change in (change for record in regrouped.records for change in records[record]):
            change.identities += 1
        return regrouped.names

    def _records(self) -> Iterator[tuple[Changes, CanonicalRecord]]:
        return ((change, d.record) for change, d in zip(self.changes, self._deliveries, strict=True))

    def _insert(self, fresh: Sequence[_Version]) -> None:
        if not fresh:
            return
        last = self._connection.scalar(select(func.coalesce(func.max(events.c.seq), 0)))
        recorded_at = time.time_ns() // 1_000
        self._database.add_missing(self._connection, events, [v.row(self._tenant, recorded_at) for v in fresh])
        queue = select(events.c.seq, literal(self._tenant)).where(events.c.seq > last)
        self._connection.execute(insert(pending).from_select(["seq", "tenant"], queue))

    def _want_vectors(self, touched: Iterable[str]) -> None:
        """Marks what is computed of these patients as outdated, and drops it for names that are canonical no more."""
        table = patient_vectors.c
        for part in chunks(sorted(touched)):
            query = select(subjects.c.patient).where(subjects.c.tenant == self._tenant, subjects.c.identifier.in_(part))
            names = self._connection.scalars(query.distinct()).all()
            gone = table.tenant == self._tenant, table.patient.in_(part), table.patient.not_in(names)
            self._connection.execute(delete(patient_vectors).where(*gone))
            empty = {"tenant": self._tenant, "wanted": 1, "computed": 0, "vector": b"", "concepts": "[]"}
            rows = [{"patient": name, **empty} for name in names]
            self._database.add_up(self._connection, patient_vectors, rows, ("wanted",))


def _versions(tenant: str, deliveries: Sequence[Delivery], subject_of: dict[str, int]) -> Iterator[_Version]:
    for index, delivery in enumerate(deliveries):
        for sent in delivery.record.events:
            event = _as_sent(sent)
            key = bytes.fromhex(event_key(tenant, event.source.system, event.natural_key))
            content = bytes.fromhex(content_hash(event))
            versions = delivery.record.versions
            whole = bool(versions) and whole_records.version_said_by(event) in versions
            yield _Version(index, event, subject_of[event.patient], key, content, whole)


def _as_sent(event: Event) -> Event:
    """Without what only the record fills in."""
    if event.event_key or event.recorded_at or event.conflicting:
        return replace(event, event_key="", recorded_at=None, conflicting=False)
    return event


def _keys(tenant: str, sent: Iterable[Event]) -> set[bytes]:
    return {bytes.fromhex(event_key(tenant, event.source.system, event.natural_key)) for event in sent}


def _known_versions(
    connection: Connection, keys: Collection[bytes]
) -> tuple[dict[tuple[bytes, bytes], bool], defaultdict[bytes, set[int]]]:
    """Whether each known version says a version of its whole record, and the subjects of each event."""
    known: dict[tuple[bytes, bytes], bool] = {}
    owners: defaultdict[bytes, set[int]] = defaultdict(set)
    for part in chunks(sorted(keys)):
        query = select(events.c.event_key, events.c.content, events.c.subject, events.c.whole)
        for key, content, subject, whole in connection.execute(query.where(events.c.event_key.in_(part))):
            known[key, content] = bool(whole)
            owners[key].add(subject)
    return known, owners
