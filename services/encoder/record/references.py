"""Events that name their concept by reference and the definitions they refer to, in either order of arrival.

    MedicationRequest/7 ──code_reference──▶ Medication/123        (stored unresolved, resolved whenever it is read)
    Observation/3 ──▶ Observation/2 ──▶ Specimen/1                (definitions refer to definitions)

An event is kept as its source said it. Reading it joins the newest versions of the definitions that it reaches; one
that arrives later makes all events that reach it pending again, so that they are said anew.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, func, insert, literal, select

from chartline.record.definitions import LONGEST_CHAIN, resolved
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
    database.add_missing(connection, definitions, [row for row, is_new in zip(rows, fresh, strict=True) if is_new])
    added = {definition_key(tenant, d.system, d.reference) for d, is_new in zip(new, fresh, strict=True) if is_new}
    return fresh, renewed, _say_again(connection, tenant, added)


def resolve(connection: Connection, tenant: str, unresolved: Sequence[Event]) -> list[Event]:
    """The events with the names, codes and further facts of the definitions that have arrived."""
    arrived: dict[tuple[str, str], Definition] = {}
    asked: set[bytes] = set()
    step = _keys(tenant, ((e.source.system, e.code_reference) for e in unresolved))
    for _ in range(LONGEST_CHAIN):
        found = _newest(connection, step - asked)
        asked |= step
        arrived.update(((d.system, d.reference), d) for d in found)
        step = _keys(tenant, ((d.system, d.code_reference) for d in found))
    return [resolved(event, arrived) for event in unresolved]


def count_unresolved(connection: Connection, tenant: str) -> int:
    """Those that events reach: each shard has the definitions of all patients."""
    of_tenant = select(events.c.definition).join(subjects, subjects.c.subject == events.c.subject)
    named = of_tenant.where(subjects.c.tenant == tenant, events.c.definition.is_not(None))
    reached = named.cte("reached", recursive=True)
    onward = select(definitions.c.refers_to).join(reached, reached.c.definition == definitions.c.definition)
    reached = reached.union(onward.where(definitions.c.refers_to.is_not(None)))
    arrived = select(definitions.c.definition).where(definitions.c.definition == reached.c.definition).exists()
    return connection.scalar(select(func.count()).select_from(reached).where(~arrived)) or 0


def lent_by(connection: Connection, tenant: str, told: Collection[Event]) -> set[bytes]:
    """The keys of what the records of these events lend, and of what only passes it on."""
    records = {(e.source.system, e.source.record_id) for e in told}
    parts = {(e.source.system, e.code_reference) for e in told}
    own = _keys(tenant, records | {part for part in parts if (part[0], part[1].partition("#")[0]) in records})
    for part in chunks(sorted(own)):
        query = select(definitions.c.definition, definitions.c.body).where(definitions.c.refers_to.in_(part))
        own.update(r.definition for r in connection.execute(query) if _says_nothing(codec.decode_definition(r.body)))
    return own


def _row(tenant: str, definition: Definition) -> dict[str, object]:
    body, further = codec.encode_definition(definition), definition.code_reference
    return {
        "definition": definition_key(tenant, definition.system, definition.reference),
        "content": hashlib.sha256(body).digest()[:16],
        "tenant": tenant,
        "body": body,
        "refers_to": definition_key(tenant, definition.system, further) if further else None,
    }


def _keys(tenant: str, references: Iterable[tuple[str, str]]) -> set[bytes]:
    """Of system and reference; an empty reference has none."""
    return {definition_key(tenant, system, reference) for system, reference in references if reference}


def _says_nothing(definition: Definition) -> bool:
    return not (definition.codings or definition.display or definition.attributes)


def _known(connection: Connection, keys: Collection[object]) -> set[tuple[object, object]]:
    known: set[tuple[object, object]] = set()
    for part in chunks(list(keys)):
        query = select(definitions.c.definition, definitions.c.content).where(definitions.c.definition.in_(part))
        known.update((row.definition, row.content) for row in connection.execute(query))
    return known


def _newest(connection: Connection, keys: Collection[bytes]) -> list[Definition]:
    """The highest version of each; equal versions are settled by content, so order of arrival does not matter."""
    best: dict[bytes, tuple[tuple[int, bytes], Definition]] = {}
    for part in chunks(sorted(keys)):
        query = select(definitions.c.definition, definitions.c.content, definitions.c.body)
        for row in connection.execute(query.where(definitions.c.definition.in_(part))):
            definition = codec.decode_definition(row.body)
            rank = (-1 if definition.version is None else definition.version, row.content)
            if row.definition not in best or best[row.definition][0] < rank:
                best[row.definition] = (rank, definition)
    return [definition for _, definition in best.values()]


def _say_again(connection: Connection, tenant: str, keys: Collection[bytes]) -> set[int]:
    touched: set[int] = set()
    for part in chunks(sorted(_reaching(connection, keys))):
        waiting = events.c.definition.in_(part)
        queued = select(pending.c.seq).where(pending.c.seq == events.c.seq).exists()
        rows = select(events.c.seq, literal(tenant)).where(waiting, ~queued)
        connection.execute(insert(pending).from_select(["seq", "tenant"], rows))
        touched.update(connection.scalars(select(events.c.subject).where(waiting).distinct()))
    return touched


def _reaching(connection: Connection, keys: Collection[bytes]) -> set[bytes]:
    """These definitions and all whose chain leads to one of them."""
    reaching: set[bytes] = set(keys)
    step: Collection[bytes] = keys
    for _ in range(LONGEST_CHAIN):
        found: set[bytes] = set()
        for part in chunks(sorted(step)):
            found.update(connection.scalars(select(definitions.c.definition).where(definitions.c.refers_to.in_(part))))
        step = found - reaching
        reaching |= step
    return reaching
