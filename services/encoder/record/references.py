"""Events that name their concept by reference and the definitions they refer to, in either order of arrival.

    MedicationRequest/7 ──code_reference──▶ Medication/123        (stored unresolved, resolved whenever it is read)

An event is kept as its source said it. Reading it joins the newest version of its definition; a definition that
arrives later makes its events pending again, so that they are said anew.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, func, insert, literal, select

from chartline.record.definitions import defined
from chartline.record.event import Definition, Event
from chartline.record.identity import event_key
from services.encoder.record import codec
from services.encoder.record.database import Database, chunks
from services.encoder.record.tables import definitions, events, pending, subjects


def definition_key(tenant: str, system: str, reference: str) -> bytes:
    """16 bytes: references of different tenants and systems never meet."""
    return bytes.fromhex(event_key(tenant, system, reference))


def add_definitions(
    database: Database, connection: Connection, tenant: str, new: Sequence[Definition]
) -> tuple[list[bool], list[bool], set[int]]:
    """Which of the definitions were new, which of them define what was defined before, and the subjects whose events
    now read differently; these become pending.
    """
    rows = [_row(tenant, d) for d in new]
    identities = [(row["definition"], row["content"]) for row in rows]
    known = _known(connection, {key for key, _ in identities})
    defined_before = {key for key, _ in known}
    renewed = [key in defined_before for key, _ in identities]
    fresh = []
    for identity in identities:
        fresh.append(identity not in known)
        known.add(identity)
    added = {row["definition"]: row for row, is_new in zip(rows, fresh, strict=True) if is_new}
    database.add_missing(connection, definitions, [row for row, is_new in zip(rows, fresh, strict=True) if is_new])
    return fresh, renewed, _say_again(database, connection, tenant, list(added))


def resolve(connection: Connection, tenant: str, unresolved: Sequence[Event]) -> list[Event]:
    """The events with the names, codes and further facts of the definitions that have arrived."""
    keys = [definition_key(tenant, e.source.system, e.code_reference) if e.code_reference else b"" for e in unresolved]
    newest = _newest(connection, {key for key in keys if key})
    return [defined(e, newest[key]) if key in newest else e for e, key in zip(unresolved, keys, strict=True)]


def count_unresolved(connection: Connection, tenant: str) -> int:
    arrived = select(definitions.c.definition).where(definitions.c.definition == events.c.definition).exists()
    query = (
        select(func.count(events.c.definition.distinct()))
        .join(subjects, subjects.c.subject == events.c.subject)
        .where(subjects.c.tenant == tenant, events.c.definition.is_not(None), ~arrived)
    )
    return connection.scalar(query) or 0


def _row(tenant: str, definition: Definition) -> dict[str, object]:
    body = codec.encode_definition(definition)
    key = definition_key(tenant, definition.system, definition.reference)
    return {"definition": key, "content": hashlib.sha256(body).digest()[:16], "tenant": tenant, "body": body}


def _known(connection: Connection, keys: Collection[object]) -> set[tuple[object, object]]:
    known: set[tuple[object, object]] = set()
    for part in chunks(list(keys)):
        query = select(definitions.c.definition, definitions.c.content).where(definitions.c.definition.in_(part))
        known.update((row.definition, row.content) for row in connection.execute(query))
    return known


def _newest(connection: Connection, keys: Collection[bytes]) -> dict[bytes, Definition]:
    """The highest version of each; equal versions are settled by content, so order of arrival does not matter."""
    best: dict[bytes, tuple[tuple[int, bytes], Definition]] = {}
    for part in chunks(sorted(keys)):
        query = select(definitions.c.definition, definitions.c.content, definitions.c.body)
        for row in connection.execute(query.where(definitions.c.definition.in_(part))):
            definition = codec.decode_definition(row.body)
            rank = (-1 if definition.version is None else definition.version, row.content)
            if row.definition not in best or best[row.definition][0] < rank:
                best[row.definition] = (rank, definition)
    return {key: definition for key, (_, definition) in best.items()}


def _say_again(database: Database, connection: Connection, tenant: str, keys: Iterable[object]) -> set[int]:
    touched: set[int] = set()
    for part in chunks(list(keys)):
        waiting = events.c.definition.in_(part)
        queued = select(pending.c.seq).where(pending.c.seq == events.c.seq).exists()
        rows = select(events.c.seq, literal(tenant)).where(waiting, ~queued)
        connection.execute(insert(pending).from_select(["seq", "tenant"], rows))
        touched.update(connection.scalars(select(events.c.subject).where(waiting).distinct()))
    return touched
