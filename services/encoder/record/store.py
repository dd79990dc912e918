"""Step 4 of the design: appends delivered records, and reads a patient's whole history back.

One request is one transaction: when `append` returns, its events, identities, definitions, outcomes and their places in
the embedding queue are durable together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, and_, func, select

from chartline.record.event import Event, EventStatus
from chartline.record.versions import stub
from chartline.record.whole_records import with_record_versions
from services.encoder.record import codec, crosswalk, references, whole_records
from services.encoder.record.appending import Appending
from services.encoder.record.crosswalk import Patient
from services.encoder.record.database import Database, chunks
from services.encoder.record.erasing import Erasure, VectorKeys, erase
from services.encoder.record.outcomes import Delivery, Outcome, RecordCounts, count_outcomes, outcome_of, read_counts
from services.encoder.record.tables import events, moved, subjects


@dataclass(frozen=True, slots=True)
class Appended:
    """`outcomes` in the order of the deliveries; `touched` names the patients whose charts changed."""

    outcomes: tuple[Outcome, ...]
    new_events: int
    touched: frozenset[str]


class RecordStore:
    """Thread safe; every method raises Unavailable when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, tenant: str, deliveries: Sequence[Delivery]) -> Appended:
        """Durable when it returns; delivering the same again changes nothing."""
        with self._database.writing() as connection:
            appending = Appending(self._database, connection, tenant, deliveries)
            touched = appending.add()
            outcomes = tuple(outcome_of(d.record, c) for d, c in zip(deliveries, appending.changes, strict=True))
            new_events = [change.events for change in appending.changes]
            count_outcomes(self._database, connection, tenant, deliveries, outcomes, new_events)
        return Appended(outcomes, sum(new_events), touched)

    def find_patient(self, tenant: str, identifier: str) -> Patient:
        """Raises NotFound."""
        with self._database.reading() as connection:
            return crosswalk.find_patient(connection, tenant, identifier)

    def history(self, patient: Patient) -> tuple[Event, ...]:
        """Every version of every event of the patient, references resolved, in no particular order.

        What versions of whole records take back is among them as withdrawals. A version of one of its events that
        names somebody else says that the event was never this patient's: it comes without content, as a WRONG_PATIENT
        of that version.
        """
        with self._database.reading() as connection:
            mine = events.c.subject.in_(patient.subjects)
            told = list(_read(connection, mine))
            versions = [*whole_records.versions_said(told), *whole_records.versions_behind(connection, mine)]
            versions += whole_records.versions_said_elsewhere(connection, mine, patient.subjects)
            own = with_record_versions((event for event, _ in told), versions)
            keys = connection.scalars(select(moved.c.event_key).where(moved.c.subject.in_(patient.subjects))).all()
            for part in chunks(sorted(set(keys))):
                elsewhere = and_(events.c.event_key.in_(part), events.c.subject.not_in(patient.subjects))
                lost = (stub(version, EventStatus.WRONG_PATIENT) for version, _ in _read(connection, elsewhere))
                own.extend(replace(version, patient=patient.canonical) for version in lost)
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

    def erase(
        self, tenant: str, identifier: str, erased_by: str, pseudonym: Callable[[str], str], vector_keys: VectorKeys
    ) -> Erasure:
        """Raises NotFound."""
        return erase(self._database, tenant, identifier, erased_by, pseudonym, vector_keys)

    def counts(self, tenant: str, load_id: str) -> RecordCounts:
        with self._database.reading() as connection:
            return read_counts(connection, tenant, load_id)


def _read(connection: Connection, condition: ColumnElement[bool]) -> Iterator[tuple[Event, bool]]:
    """Events, and whether each says a version of its whole record."""
    query = select(events.c.body, events.c.event_key, events.c.recorded_at, events.c.whole).where(condition)
    for row in connection.execute(query):
        yield codec.decode_event(row.body, row.event_key, row.recorded_at), row.whole is not None
