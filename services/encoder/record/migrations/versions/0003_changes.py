"""Changes over time: versions of whole records, words that link patients, leftovers, erasures.

Events learn which record told them, where their own key does not say it. Patients that were merged before stay merged:
each group becomes one word that links its identifiers.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from chartline.record.event import PatientLink
from chartline.v1 import event_pb2
from services.encoder.record.links import rows_of
from services.encoder.record.whole_records import key_beside

revision = "0003"
down_revision = "0002"

_Hash = sa.LargeBinary(16)
_PART = 1_000

_subjects = sa.table("subjects", *map(sa.column, ("subject", "tenant", "identifier", "patient")))
_events = sa.table("events", sa.column("seq"), sa.column("subject"), sa.column("body"), sa.column("record"))
_links = sa.table("links", sa.column("subject"), sa.column("content"), sa.column("record"), sa.column("body"))


def upgrade() -> None:
    _create_tables()
    op.add_column("events", sa.Column("record", _Hash))
    op.add_column("events", sa.Column("whole", sa.SmallInteger))
    connection = op.get_bind()
    _tell_records(connection)
    _tell_links(connection)
    for table in ("events", "links"):
        present = sa.text("record IS NOT NULL")
        op.create_index(f"{table}_record", table, ["record"], sqlite_where=present, postgresql_where=present)


def _create_tables() -> None:
    op.create_table(
        "links",
        sa.Column("subject", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", _Hash, primary_key=True),
        sa.Column("record", _Hash),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "record_versions",
        sa.Column("record", _Hash, primary_key=True),
        sa.Column("content", _Hash, primary_key=True),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leftovers",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("load_id", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("parts", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("pseudonym", sa.Text, primary_key=True),
        sa.Column("erased_at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("erased_by", sa.Text, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
    )


def _tell_records(connection: sa.Connection) -> None:
    told = _events.update().where(_events.c.seq == sa.bindparam("row")).values(record=sa.bindparam("key"))
    for part in _parts(connection):
        events = [(row.seq, row.tenant, event_pb2.Event.FromString(row.body)) for row in part]
        keys = [(seq, key_beside(t, e.source.system, e.source.record_id, e.natural_key)) for seq, t, e in events]
        if rows := [{"row": seq, "key": key} for seq, key in keys if key is not None]:
            connection.execute(told, rows)


def _parts(connection: sa.Connection) -> Iterator[list[Any]]:
    query = sa.select(_events.c.seq, _subjects.c.tenant, _events.c.body).join(
        _subjects, _subjects.c.subject == _events.c.subject
    )
    last = 0
    while part := list(connection.execute(query.where(_events.c.seq > last).order_by(_events.c.seq).limit(_PART))):
        yield part
        last = part[-1].seq


def _tell_links(connection: sa.Connection) -> None:
    groups: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in connection.execute(sa.select(_subjects)):
        groups[row.tenant, row.patient][row.identifier] = row.subject
    for (tenant, _), subject_of in groups.items():
        if len(subject_of) > 1:
            connection.execute(_links.insert(), rows_of(tenant, PatientLink(tuple(subject_of)), subject_of))
