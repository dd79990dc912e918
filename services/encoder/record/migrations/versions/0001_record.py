"""The record's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_Hash = sa.LargeBinary(16)


def upgrade() -> None:
    _create_record()
    _create_bookkeeping()
    _create_vectors()


def _create_record() -> None:
    op.create_table(
        "subjects",
        sa.Column("subject", _Serial, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("patient", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant", "identifier", name="subjects_identifier"),
    )
    op.create_index("subjects_value", "subjects", ["tenant", "value"])
    op.create_index("subjects_patient", "subjects", ["tenant", "patient"])
    op.create_table(
        "events",
        sa.Column("seq", _Serial, primary_key=True),
        sa.Column("subject", sa.BigInteger, nullable=False),
        sa.Column("event_key", _Hash, nullable=False),
        sa.Column("content", _Hash, nullable=False),
        sa.Column("definition", _Hash),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("event_key", "content", name="events_content"),
    )
    op.create_index("events_subject", "events", ["subject"])
    refers = sa.text("definition IS NOT NULL")
    op.create_index("events_definition", "events", ["definition"], sqlite_where=refers, postgresql_where=refers)
    op.create_table(
        "definitions",
        sa.Column("definition", _Hash, primary_key=True),
        sa.Column("content", _Hash, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _create_bookkeeping() -> None:
    op.create_table(
        "moved",
        sa.Column("subject", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_key", _Hash, primary_key=True),
    )
    op.create_table(
        "pending",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text, nullable=False),
    )
    op.create_table(
        "positions",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("offset", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("load_id", sa.Text, primary_key=True),
        sa.Column("outcome", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
    )


def _create_vectors() -> None:
    op.create_table(
        "vectors",
        sa.Column("text_hash", _Hash, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "patient_vectors",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("patient", sa.Text, primary_key=True),
        sa.Column("wanted", sa.BigInteger, nullable=False),
        sa.Column("computed", sa.BigInteger, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("concepts", sa.Text, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
