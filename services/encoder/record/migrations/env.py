"""Runs migrations on the connection that `Database` hands in."""

from alembic import context

from services.encoder.record.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
