"""The door to the database: one engine, one writer at a time, one code path for SQLite and PostgreSQL.

A shard is its database's only writer, so a lock in this process orders the writes; readers see snapshots beside it.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chartline.errors import Unavailable

_MIGRATIONS = Path(__file__).parent / "migrations"
_CHUNK = 10_000  # values in one IN list; SQLite binds 32,766 at most, PostgreSQL 65,535
# FULL, not NORMAL: what was acknowledged outlives a power cut, at one fsync a request. What is deleted is overwritten.
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "cache_size=-65536",
    "busy_timeout=10000",
    "secure_delete=ON",
)


class Database:
    """Open connections to one shard's database, its schema brought up to date."""

    def __init__(self, url: str) -> None:
        """`url` is SQLAlchemy's: `sqlite:///path/file.db` or `postgresql+psycopg://…`. Raises Unavailable."""
        self.engine = _create_engine(url)
        self._insert = sqlite.insert if self.engine.dialect.name == "sqlite" else postgresql.insert
        self._writer = threading.Lock()
        self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot. Raises Unavailable when the database is away."""
        with _away_is_unavailable(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, durable when the block ends without an error. Raises Unavailable."""
        with _away_is_unavailable(), self._writer, self.engine.begin() as connection:
            yield connection

    def add_missing(self, connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Inserts the rows whose key is not there yet."""
        if rows:
            connection.execute(self._insert(table).on_conflict_do_nothing(), rows)

    def replace(self, connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Inserts the rows; where the key is there already, the other columns take the new values."""
        if rows:
            insert = self._insert(table)
            update = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
            statement = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=update)
            connection.execute(statement, rows)

    def add_up(
        self, connection: Connection, table: Table, rows: Sequence[dict[str, Any]], columns: Sequence[str]
    ) -> None:
        """Inserts the rows; where the key is there already, `columns` grow by the new values."""
        if rows:
            insert = self._insert(table)
            update = {name: table.c[name] + insert.excluded[name] for name in columns}
            statement = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=update)
            connection.execute(statement, rows)

    def forget_deleted(self) -> None:
        """Overwrites what a deletion left in SQLite's log of changes; PostgreSQL's vacuum does it by itself."""
        if self.engine.dialect.name == "sqlite":
            with _away_is_unavailable(), self._writer, closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self.engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Parts that fit into one IN list."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _create_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, isolation_level="REPEATABLE READ")
    engine = create_engine(url, connect_args={"isolation_level": None, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    # With pysqlite's own transactions off, SELECTs of a transaction share one snapshot with its writes.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _away_is_unavailable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise Unavailable("the record's database is away") from error
