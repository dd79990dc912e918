"""Step 4 of the design: appends delivered records, and reads a patient's whole history back.

One request is one transaction: when `append` returns, its events, identities, definitions, outcomes and their places in
the embedding queue are durable together. Nothing is ever changed or removed; what is known already is recognised by
its key and content and left out.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, select

from chartline.record.event import Event, EventStatus
from chartline.record.identity import content_hash, event_key
from services.encoder.record import codec, crosswalk, references
from services.encoder.record.crosswalk import Patient
from services.encoder.record.database import Database, chunks
from services.encoder.record.outcomes import Delivery, Outcome, RecordCounts, count_outcomes, outcome_of, read_counts
from services.encoder.record.tables import events, moved, patient_vectors, pending, subjects


@dataclass(frozen=True, slots=True)
class Appended:
    """`outcomes` in the order of the deliveries; `touched` names the patients whose charts changed."""

    outcomes: tuple[Outcome, ...]
    new_events: int
    touched: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Version:
    """An event on its way into the table; `delivery` is the place of its record in the request."""

    delivery: int
    event: Event
    subject: int
    key: bytes
    content: bytes

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
        }


class RecordStore:
    """Thread safe; every method raises Unavailable when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, tenant: str, deliveries: Sequence[Delivery]) -> Appended:
        """Durable when it returns; delivering the same again changes nothing."""
        with self._database.writing() as connection:
            new_items: Counter[int] = Counter()
            touched = self._add_links(connection, tenant, deliveries, new_items)
            changed = self._add_definitions(connection, tenant, deliveries, new_items)
            new_events, moved_from = self._add_events(connection, tenant, deliveries)
            new_items.update(new_events)
            outcomes = tuple(outcome_of(d.record, new_items[i]) for i, d in enumerate(deliveries))
            per_record = [new_events[i] for i in range(len(deliveries))]
            count_outcomes(self._database, connection, tenant, deliveries, outcomes, per_record)
            touched |= crosswalk.identifiers_of(connection, changed | moved_from)
            touched |= {e.patient for i in new_events for e in deliveries[i].record.events}
            self._want_vectors(connection, tenant, touched)
        return Appended(outcomes, new_events.total(), touched)

    def find_patient(self, tenant: str, identifier: str) -> Patient:
        """Raises NotFound."""
        with self._database.reading() as connection:
            return crosswalk.find_patient(connection, tenant, identifier)

    def history(self, patient: Patient) -> tuple[Event, ...]:
        """Every version of every event of the patient, references resolved, in no particular order.

        A version of one of its events that names somebody else says that the event was never this patient's: it
        comes without content, as a WRONG_PATIENT of that version.
        """
        with self._database.reading() as connection:
            own = list(_read(connection, events.c.subject.in_(patient.subjects)))
            keys = connection.scalars(select(moved.c.event_key).where(moved.c.subject.in_(patient.subjects))).all()
            for part in chunks(sorted(set(keys))):
                elsewhere = and_(events.c.event_key.in_(part), events.c.subject.not_in(patient.subjects))
                own.extend(_taken_away(patient, version) for version in _read(connection, elsewhere))
            return tuple(references.resolve(connection, patient.tenant, own))

    def list_patients(self, tenant: str, after: str, limit: int) -> list[tuple[Patient, int]]:
        """Patients behind `after` in order of their canonical identifier, with the number of their events."""
        with self._database.reading() as connection:
            page = crosswalk.list_patients(connection, tenant, after, limit)
            counted = func.count(events.c.event_key.distinct())
            query = (
                select(subjects.c.patient, counted)
                .join(events, events.c.subject == subjects.c.subject)
                .where(subjects.c.tenant == tenant, subjects.c.patient.in_([p.canonical for p in page]))
                .group_by(subjects.c.patient)
            )
            numbers = {row[0]: row[1] for row in connection.execute(query)}
            return [(patient, numbers.get(patient.canonical, 0)) for patient in page]

    def counts(self, tenant: str, load_id: str) -> RecordCounts:
        with self._database.reading() as connection:
            return read_counts(connection, tenant, load_id)

    def _add_links(
        self, connection: Connection, tenant: str, deliveries: Sequence[Delivery], new_items: Counter[int]
    ) -> frozenset[str]:
        touched: frozenset[str] = frozenset()
        for index, delivery in enumerate(deliveries):
            for link in delivery.record.links:
                names = crosswalk.link(self._database, connection, tenant, link.identifiers)
                new_items[index] += bool(names)
                touched |= names
        return touched

    def _add_definitions(
        self, connection: Connection, tenant: str, deliveries: Sequence[Delivery], new_items: Counter[int]
    ) -> set[int]:
        sent = [(index, d) for index, delivery in enumerate(deliveries) for d in delivery.record.definitions]
        if not sent:
            return set()
        fresh, changed = references.add_definitions(self._database, connection, tenant, [d for _, d in sent])
        for (index, _), is_new in zip(sent, fresh, strict=True):
            new_items[index] += is_new
        return changed

    def _add_events(
        self, connection: Connection, tenant: str, deliveries: Sequence[Delivery]
    ) -> tuple[Counter[int], set[int]]:
        """How many new versions each delivery brought, and the subjects that lost an event to another one."""
        names = {e.patient for d in deliveries for e in d.record.events}
        if not names:
            return Counter(), set()
        subject_of = crosswalk.register(self._database, connection, tenant, names)
        versions = list(_versions(tenant, deliveries, subject_of))
        known, owners = _known_versions(connection, {v.key for v in versions})
        fresh = []
        for version in versions:
            if (version.key, version.content) not in known:
                known.add((version.key, version.content))
                owners[version.key].add(version.subject)
                fresh.append(version)
        self._insert(connection, tenant, fresh)
        shared = [(s, key) for key in {v.key for v in fresh} if len(owners[key]) > 1 for s in owners[key]]
        self._database.add_missing(connection, moved, [{"subject": s, "event_key": key} for s, key in shared])
        return Counter(v.delivery for v in fresh), {s for s, _ in shared}

    def _want_vectors(self, connection: Connection, tenant: str, touched: Iterable[str]) -> None:
        """Marks what is computed of these patients as outdated, and drops it for names that are canonical no more."""
        for part in chunks(sorted(touched)):
            query = select(subjects.c.patient).where(subjects.c.tenant == tenant, subjects.c.identifier.in_(part))
            canonical = connection.scalars(query.distinct()).all()
            named = patient_vectors.c.patient.in_(part), patient_vectors.c.patient.not_in(canonical)
            connection.execute(delete(patient_vectors).where(patient_vectors.c.tenant == tenant, *named))
            empty = {"tenant": tenant, "wanted": 1, "computed": 0, "vector": b"", "concepts": "[]"}
            rows = [{"patient": name, **empty} for name in canonical]
            self._database.add_up(connection, patient_vectors, rows, ("wanted",))

    def _insert(self, connection: Connection, tenant: str, fresh: Sequence[_Version]) -> None:
        if not fresh:
            return
        last = connection.scalar(select(func.coalesce(func.max(events.c.seq), 0)))
        recorded_at = time.time_ns() // 1_000
        self._database.add_missing(connection, events, [v.row(tenant, recorded_at) for v in fresh])
        queue = select(events.c.seq, literal(tenant)).where(events.c.seq > last)
        connection.execute(insert(pending).from_select(["seq", "tenant"], queue))


def _versions(tenant: str, deliveries: Sequence[Delivery], subject_of: dict[str, int]) -> Iterator[_Version]:
    for index, delivery in enumerate(deliveries):
        for sent in delivery.record.events:
            event = _as_sent(sent)
            key = bytes.fromhex(event_key(tenant, event.source.system, event.natural_key))
            yield _Version(index, event, subject_of[event.patient], key, bytes.fromhex(content_hash(event)))


def _as_sent(event: Event) -> Event:
    """Without what only the record fills in."""
    if event.event_key or event.recorded_at or event.conflicting:
        return replace(event, event_key="", recorded_at=None, conflicting=False)
    return event


def _known_versions(
    connection: Connection, keys: Collection[bytes]
) -> tuple[set[tuple[bytes, bytes]], defaultdict[bytes, set[int]]]:
    known: set[tuple[bytes, bytes]] = set()
    owners: defaultdict[bytes, set[int]] = defaultdict(set)
    for part in chunks(sorted(keys)):
        query = select(events.c.event_key, events.c.content, events.c.subject).where(events.c.event_key.in_(part))
        for key, content, subject in connection.execute(query):
            known.add((key, content))
            owners[key].add(subject)
    return known, owners


def _read(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Event]:
    query = select(events.c.body, events.c.event_key, events.c.recorded_at).where(condition)
    for row in connection.execute(query):
        yield codec.decode_event(row.body, row.event_key, row.recorded_at)


def _taken_away(patient: Patient, version: Event) -> Event:
    return Event(
        patient=patient.canonical,
        kind=version.kind,
        source=version.source,
        natural_key=version.natural_key,
        available_time=version.available_time,
        status=EventStatus.WRONG_PATIENT,
        version=version.version,
        event_key=version.event_key,
        recorded_at=version.recorded_at,
    )
