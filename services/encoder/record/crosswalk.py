"""Where a tenant's identifiers meet: FHIR id, record number and table subject of one patient become one patient.

Events keep the identifier they came with; what moves when a link arrives late, or is withdrawn, is this small table.
The canonical identifier is the least of its group, those of FHIR before others, so no order of arrival matters.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Select, func, select

from chartline.errors import NotFound, NotUnique
from services.encoder.record.database import Database, chunks
from services.encoder.record.tables import events, subjects

_HAS_EVENTS = select(events.c.seq).where(events.c.subject == subjects.c.subject).exists()


@dataclass(frozen=True, slots=True)
class Patient:
    """`subjects` are the rows by which events name it; `identifiers` all its names, sorted."""

    tenant: str
    canonical: str
    identifiers: tuple[str, ...]
    subjects: tuple[int, ...]

    def owns(self, identifier: str) -> bool:
        return identifier in self.identifiers


def register(database: Database, connection: Connection, tenant: str, identifiers: Collection[str]) -> dict[str, int]:
    """The subject of each identifier; those seen for the first time become patients of their own."""
    known = subjects_of(connection, tenant, identifiers)
    missing = [i for i in sorted(set(identifiers)) if i not in known]
    rows = [{"tenant": tenant, "identifier": i, "value": _bare_value(i), "patient": i} for i in missing]
    database.add_missing(connection, subjects, rows)
    return known | subjects_of(connection, tenant, missing)


def whole_patients(connection: Connection, tenant: str, numbers: Collection[object]) -> list[RowMapping]:
    """The rows of all names of the patients to whom these subjects belong."""
    names: set[str] = set()
    for part in chunks(list(numbers)):
        names.update(connection.scalars(select(subjects.c.patient).where(subjects.c.subject.in_(part))))
    return [row for part in chunks(sorted(names)) for row in _group(connection, tenant, part)]


def find_patient(connection: Connection, tenant: str, identifier: str) -> Patient:
    """By any identifier, or by a bare value that exactly one patient has. Raises NotFound, NotUnique.

    Links go to every shard, so this one may know names whose events another shard keeps: these are not found here.
    """
    for patient in _named(connection, tenant, identifier):
        if connection.scalar(select(events.c.seq).where(events.c.subject.in_(patient.subjects)).limit(1)):
            return patient
    raise NotFound("no such patient", reason="PATIENT_NOT_FOUND")


def find_named(connection: Connection, tenant: str, identifier: str) -> Patient | None:
    """As `find_patient`, with events or without. Raises NotUnique."""
    return next(_named(connection, tenant, identifier), None)


def _named(connection: Connection, tenant: str, identifier: str) -> Iterator[Patient]:
    for column in (subjects.c.identifier, subjects.c.value):
        query = select(subjects.c.patient).where(subjects.c.tenant == tenant, column == identifier)
        found = connection.scalars(query.distinct().limit(2)).all()
        if len(found) == 1:
            yield _patient(tenant, found[0], _group(connection, tenant, found))
        elif found:
            raise NotUnique("several patients have this number; name its system, too")


def list_patients(connection: Connection, tenant: str, after: str, limit: int) -> list[Patient]:
    """In order of the canonical identifier, from behind `after` on."""
    page = select(subjects.c.patient).where(subjects.c.tenant == tenant, subjects.c.patient > after, _HAS_EVENTS)
    names = connection.scalars(page.distinct().order_by(subjects.c.patient).limit(limit)).all()
    groups: dict[str, list[RowMapping]] = {name: [] for name in names}
    for row in _group(connection, tenant, names):
        groups[row["patient"]].append(row)
    return [_patient(tenant, name, rows) for name, rows in groups.items()]


def count_patients(connection: Connection, tenant: str) -> int:
    query = select(func.count(subjects.c.patient.distinct())).where(subjects.c.tenant == tenant, _HAS_EVENTS)
    return connection.scalar(query) or 0


def subjects_of(connection: Connection, tenant: str, identifiers: Collection[str]) -> dict[str, int]:
    """Of those identifiers that are known."""
    found: dict[str, int] = {}
    for part in chunks(sorted(set(identifiers))):
        query = select(subjects.c.identifier, subjects.c.subject)
        rows = connection.execute(query.where(subjects.c.tenant == tenant, subjects.c.identifier.in_(part)))
        found.update((row.identifier, row.subject) for row in rows)
    return found


def identifiers_of(connection: Connection, numbers: Iterable[int]) -> frozenset[str]:
    """The identifiers behind subjects."""
    return frozenset(
        identifier
        for part in chunks(sorted(numbers))
        for identifier in connection.scalars(select(subjects.c.identifier).where(subjects.c.subject.in_(part)))
    )


def _group(connection: Connection, tenant: str, patients: Collection[str]) -> list[RowMapping]:
    query: Select[tuple[int, str, str]] = select(subjects.c.subject, subjects.c.identifier, subjects.c.patient)
    query = query.where(subjects.c.tenant == tenant, subjects.c.patient.in_(patients)).order_by(subjects.c.identifier)
    return list(connection.execute(query).mappings())


def _patient(tenant: str, canonical: str, group: Iterable[RowMapping]) -> Patient:
    rows = list(group)
    return Patient(tenant, canonical, tuple(r["identifier"] for r in rows), tuple(r["subject"] for r in rows))


def _bare_value(identifier: str) -> str:
    """`Patient/<id>` and `<system>|<value>` without what stands before."""
    return identifier.rpartition("|")[2] if "|" in identifier else identifier.partition("/")[2] or identifier
