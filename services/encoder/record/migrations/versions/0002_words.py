"""Words of names; every event is embedded once more, so that its words are learnt. Vectors are found, not computed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "words",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kind", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("word", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.execute("DELETE FROM pending")
    op.execute(
        "INSERT INTO pending (seq, tenant) SELECT events.seq, subjects.tenant"
        " FROM events JOIN subjects ON subjects.subject = events.subject"
    )
