"""Definitions refer to definitions; those that are there already refer to none."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("definitions", sa.Column("refers_to", sa.LargeBinary(16)))
    present = sa.text("refers_to IS NOT NULL")
    op.create_index(
        "definitions_refers_to", "definitions", ["refers_to"], sqlite_where=present, postgresql_where=present
    )
