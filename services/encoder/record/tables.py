"""The tables of one shard; `migrations` creates them, a test holds the two together.

    subjects     every identifier of a patient ──▶ its canonical one (the crosswalk)
    links        every word that identifiers name one patient, or do not any more; a row for each identifier
    events       every version of every event, never changed, removed by an erasure alone
    record_versions  every version of a whole source record that was told
    definitions  every version of every definition that events, or other definitions, refer to
    moved        events whose versions name different subjects
    pending      events whose sentences await their vectors
    positions    records of Kafka that were counted
    counts       what became of records, by load
    leftovers    parts of records that became no event, by load
    erasures     which patients were erased, by whom and when; patients under pseudonyms
    vectors      sentence and passage vectors of the encoder named in `meta`; can be computed again
    words        every word in a tenant's names, by kind; can be learnt again
    patient_vectors  one vector a patient; can be computed again

Keys and hashes are the 16 bytes of `chartline.record.identity`; the tenant is part of them. Bodies are serialized
chartline.v1 messages, so what one version of Chartline wrote the next can read. `record` is the key of the source
record that told it; an event has none where its own key is that key. `whole` is 1 where the event came with a version
of its whole record that says nothing else than the event does: then `record_versions` has no row for it.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


class _Bytes(LargeBinary):
    """Both drivers take bytes as they are; SQLAlchemy would wrap each one of them first."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        return None


_Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only as INTEGER

subjects = Table(
    "subjects",
    metadata,
    Column("subject", _Serial, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("patient", Text, nullable=False),
    UniqueConstraint("tenant", "identifier", name="subjects_identifier"),
    Index("subjects_value", "tenant", "value"),
    Index("subjects_patient", "tenant", "patient"),
)

events = Table(
    "events",
    metadata,
    Column("seq", _Serial, primary_key=True),
    Column("subject", BigInteger, nullable=False),
    Column("event_key", _Bytes(16), nullable=False),
    Column("content", _Bytes(16), nullable=False),
    Column("definition", _Bytes(16)),
    Column("recorded_at", BigInteger, nullable=False),
    Column("body", _Bytes, nullable=False),
    Column("record", _Bytes(16)),
    Column("whole", SmallInteger),
    UniqueConstraint("event_key", "content", name="events_content"),
    Index("events_subject", "subject"),
)

links = Table(
    "links",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("content", _Bytes(16), primary_key=True),
    Column("record", _Bytes(16)),
    Column("body", _Bytes, nullable=False),
    sqlite_with_rowid=False,
)


def _index_where_present(column: Column[bytes | None]) -> None:
    present = column.is_not(None)
    name = f"{column.table.name}_{column.name}"
    Index(name, column, sqlite_where=present, postgresql_where=present)


_index_where_present(events.c.definition)
_index_where_present(events.c.record)
_index_where_present(links.c.record)

record_versions = Table(
    "record_versions",
    metadata,
    Column("record", _Bytes(16), primary_key=True),
    Column("content", _Bytes(16), primary_key=True),
    Column("recorded_at", BigInteger, nullable=False),
    Column("body", _Bytes, nullable=False),
    sqlite_with_rowid=False,
)

definitions = Table(
    "definitions",
    metadata,
    Column("definition", _Bytes(16), primary_key=True),
    Column("content", _Bytes(16), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("body", _Bytes, nullable=False),
    Column("refers_to", _Bytes(16)),
)
_index_where_present(definitions.c.refers_to)

moved = Table(
    "moved",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("event_key", _Bytes(16), primary_key=True),
)

pending = Table(
    "pending",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant", Text, nullable=False),
)

positions = Table(
    "positions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

counts = Table(
    "counts",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("load_id", Text, primary_key=True),
    Column("outcome", SmallInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
)

leftovers = Table(
    "leftovers",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("load_id", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("parts", BigInteger, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("pseudonym", Text, primary_key=True),
    Column("erased_at", BigInteger, primary_key=True, autoincrement=False),
    Column("erased_by", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
)

vectors = Table(
    "vectors",
    metadata,
    Column("text_hash", _Bytes(16), primary_key=True),
    Column("vector", _Bytes, nullable=False),
)

patient_vectors = Table(
    "patient_vectors",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("patient", Text, primary_key=True),
    Column("wanted", BigInteger, nullable=False),  # how often the record changed
    Column("computed", BigInteger, nullable=False),  # which change the vector knows
    Column("vector", _Bytes, nullable=False),
    Column("concepts", Text, nullable=False),
)

words = Table(
    "words",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("word", Text, primary_key=True),
    sqlite_with_rowid=False,
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
