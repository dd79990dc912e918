"""Alembic's home: one file a change of the schema, run at start."""
