"""Erases one patient's chart from the tables of a shard; what stays is that it happened.

Events, identifiers, words that link them, versions and definitions of their records, patient vector, queue and vectors
go in one transaction. Vectors of sentences that others say as well are computed again when next asked for. What arrives
later under the same identifiers is a new record.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Table, delete, select

from chartline.errors import NotFound
from chartline.record.event import Event
from services.encoder.record import codec, crosswalk, references, whole_records
from services.encoder.record.crosswalk import Patient
from services.encoder.record.database import Database, chunks
from services.encoder.record.tables import (
    definitions,
    erasures,
    events,
    links,
    moved,
    patient_vectors,
    pending,
    record_versions,
    subjects,
    vectors,
)

#: The keys in `vectors` of everything of an event that gets one.
VectorKeys = Callable[[Event], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Erasure:
    """`vectors` are the keys of those that went with it; `events` counts versions."""

    patient: Patient
    events: int
    vectors: frozenset[bytes]


def erase(
    database: Database,
    tenant: str,
    identifier: str,
    erased_by: str,
    pseudonym: Callable[[str], str],
    vector_keys: VectorKeys,
) -> Erasure:
    """Durable when it returns. Raises NotFound where no chart and no link knows the identifier, or several do."""
    with database.writing() as connection:
        patient = crosswalk.find_named(connection, tenant, identifier)
        if patient is None:
            raise NotFound("no such patient", reason="PATIENT_NOT_FOUND")
        told = _told(connection, patient)
        numbers, texts = list(told), _texts(connection, patient, list(told.values()), vector_keys)
        _delete_record_versions(connection, patient)
        lent = references.lent_by(connection, tenant, told.values())
        _delete(connection, definitions, definitions.c.definition, lent)
        _delete(connection, pending, pending.c.seq, numbers)
        _delete(connection, vectors, vectors.c.text_hash, texts)
        _delete(connection, events, events.c.seq, numbers)
        _delete_identity(connection, patient)
        stubs = {"tenant": tenant, "erased_at": time.time_ns() // 1_000, "erased_by": erased_by, "events": len(numbers)}
        database.add_missing(connection, erasures, [{"pseudonym": pseudonym(i), **stubs} for i in patient.identifiers])
    database.forget_deleted()
    return Erasure(patient, len(numbers), frozenset(texts))


def _told(connection: Connection, patient: Patient) -> dict[int, Event]:
    """Its events by their numbers, as their sources said them."""
    query = select(events.c.seq, events.c.body, events.c.event_key, events.c.recorded_at)
    rows = connection.execute(query.where(events.c.subject.in_(patient.subjects))).all()
    return {row.seq: codec.decode_event(row.body, row.event_key, row.recorded_at) for row in rows}


def _texts(connection: Connection, patient: Patient, told: Sequence[Event], vector_keys: VectorKeys) -> set[bytes]:
    """The keys of their vectors, said with and without their definitions."""
    said = [*told, *references.resolve(connection, patient.tenant, told)]
    return {key for event in said for key in vector_keys(event)}


def _delete_record_versions(connection: Connection, patient: Patient) -> None:
    """Of records that told nobody else's events."""
    records = whole_records.records_of(connection, events.c.subject.in_(patient.subjects))
    others = whole_records.records_of(connection, events.c.subject.not_in(patient.subjects), among=records)
    _delete(connection, record_versions, record_versions.c.record, records - others)


def _delete_identity(connection: Connection, patient: Patient) -> None:
    """Words name others, too, that are linked no more: such a word goes as a whole."""
    words = connection.execute(select(links.c.content, links.c.body).where(links.c.subject.in_(patient.subjects))).all()
    named = {identifier for word in words for identifier in codec.decode_link(word.body).identifiers}
    numbers = crosswalk.subjects_of(connection, patient.tenant, named).values()
    for part in chunks(sorted({word.content for word in words})):
        connection.execute(delete(links).where(links.c.subject.in_(numbers), links.c.content.in_(part)))
    _delete(connection, moved, moved.c.subject, patient.subjects)
    _delete(connection, subjects, subjects.c.subject, patient.subjects)
    of_tenant = patient_vectors.c.tenant == patient.tenant
    connection.execute(delete(patient_vectors).where(of_tenant, patient_vectors.c.patient.in_(patient.identifiers)))


def _delete(connection: Connection, table: Table, column: Column[object], values: Collection[object]) -> None:
    ordered: Sequence[object] = list(values)
    for part in chunks(ordered):
        connection.execute(delete(table).where(column.in_(part)))
