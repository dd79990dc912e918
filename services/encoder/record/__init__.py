"""The record at rest: versions of events, identities and definitions in PostgreSQL or SQLite."""
