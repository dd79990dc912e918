"""Words that identifiers name one patient, kept one and all, and the crosswalk that follows from those that stand.

    links ──▶ groups of identifiers (chartline.record.patients) ──▶ subjects.patient

A new word regroups the patients that it touches and nobody else. Events keep the identifier they came with, so patients
that are parted again have each their own.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, select, update

from chartline.record.event import PatientLink, RecordVersion
from chartline.record.patients import canonical, groups
from services.encoder.record import codec, crosswalk, whole_records
from services.encoder.record.database import Database, chunks
from services.encoder.record.tables import links, subjects

_MOVE = update(subjects).where(subjects.c.subject == bindparam("row")).values(patient=bindparam("name"))


@dataclass(frozen=True, slots=True)
class Regrouped:
    """`fresh` says of each word whether it was new; `names` are all names of patients that were merged or parted.

    `records` are those whose new versions took a word about them back, or gave it back.
    """

    fresh: list[bool]
    names: frozenset[str]
    records: frozenset[bytes]


def add_links(
    database: Database, connection: Connection, tenant: str, sent: Sequence[PatientLink], records: Collection[bytes]
) -> Regrouped:
    """`records` are those of which new versions came."""
    subject_of = crosswalk.register(database, connection, tenant, {i for word in sent for i in word.identifiers})
    rows = [rows_of(tenant, word, subject_of) for word in sent]
    known = _known(connection, {row["subject"] for of_word in rows for row in of_word})
    fresh = []
    for of_word in rows:
        fresh.append((of_word[0]["subject"], of_word[0]["content"]) not in known)
        known.update((row["subject"], row["content"]) for row in of_word)
    added = [row for of_word, is_new in zip(rows, fresh, strict=True) if is_new for row in of_word]
    database.add_missing(connection, links, added)
    told = _told_by(connection, records)
    names = _regroup(connection, tenant, {row["subject"] for row in added} | {subject for _, subject in told})
    return Regrouped(fresh, frozenset(names.values()), frozenset(record for record, s in told if s in names))


def rows_of(tenant: str, word: PatientLink, subject_of: Mapping[str, int]) -> list[dict[str, object]]:
    """What is kept of a word, a row for each identifier; the order of its identifiers says nothing."""
    identifiers = tuple(sorted(set(word.identifiers)))
    body = codec.encode_link(replace(word, identifiers=identifiers))
    record = whole_records.record_key(tenant, word.system, word.record_id) if word.record_id else None
    content = hashlib.sha256(body).digest()[:16]
    return [{"subject": subject_of[i], "content": content, "record": record, "body": body} for i in identifiers]


def _told_by(connection: Connection, records: Collection[bytes]) -> set[tuple[bytes, int]]:
    """(record, subject) of the words that these records told."""
    query = select(links.c.record, links.c.subject)
    return {
        (row.record, row.subject)
        for part in chunks(sorted(records))
        for row in connection.execute(query.where(links.c.record.in_(part)))
    }


def _regroup(connection: Connection, tenant: str, changed: Collection[object]) -> dict[int, str]:
    """Makes the patients of these subjects anew; returns subjects and identifiers of those that became others."""
    rows = crosswalk.whole_patients(connection, tenant, changed)
    before: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        before[row["patient"]].add(row["identifier"])
    words, records = _words(connection, [row["subject"] for row in rows])
    after = groups((row["identifier"] for row in rows), words, records)
    names = {group: canonical(group) for group in set(after.values())}
    placed = [(row, names[after[row["identifier"]]]) for row in rows]
    moved = [{"row": row["subject"], "name": name} for row, name in placed if name != row["patient"]]
    if moved:
        connection.execute(_MOVE, moved)
    return {row["subject"]: row["identifier"] for row in rows if before[row["patient"]] != after[row["identifier"]]}


def _words(connection: Connection, of: Sequence[int]) -> tuple[list[PatientLink], list[RecordVersion]]:
    """All words about these subjects, and the versions of the records that told them."""
    bodies: set[bytes] = set()
    records: set[bytes] = set()
    for part in chunks(of):
        for row in connection.execute(select(links.c.body, links.c.record).where(links.c.subject.in_(part))):
            bodies.add(row.body)
            records |= {row.record} if row.record else set()
    return [codec.decode_link(body) for body in bodies], whole_records.versions_of(connection, records)


def _known(connection: Connection, of: Collection[object]) -> set[tuple[object, object]]:
    query = select(links.c.subject, links.c.content)
    return {
        (row.subject, row.content)
        for part in chunks(list(of))
        for row in connection.execute(query.where(links.c.subject.in_(part)))
    }
