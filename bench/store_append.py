"""What the record store costs over the database itself: its append against executemany into the same SQLite schema.

The peer is handed finished rows of `events` and `pending` and inserts them, as many at a time, in transactions as
durable. The store gets canonical records and does all else: identity, content hash, encoding, what is known already,
the crosswalk, outcomes counted once for each place in Kafka.

    python bench/store_append.py [PATH… --format F] [--batch 500] [--rounds 5]
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from side_by_side import records
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired

from chartline.record.event import CanonicalRecord
from services.encoder.record.database import Database
from services.encoder.record.outcomes import Delivery, Position
from services.encoder.record.store import RecordStore

TENANT = "bench"
COLUMNS = "seq, subject, event_key, content, definition, recorded_at, body"
INSERT_EVENTS = f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
INSERT_PENDING = "INSERT INTO pending (seq, tenant) VALUES (?, ?)"
PRAGMAS = ("journal_mode", "synchronous", "cache_size")

Row = tuple[Any, ...]


class Store:
    """Ours: whole deliveries, as ingest sends them."""

    def __init__(self, found: Sequence[CanonicalRecord], batch: int) -> None:
        placed = [Delivery(record, Position("bench", 0, place)) for place, record in enumerate(found)]
        self._batches = [placed[start : start + batch] for start in range(0, len(placed), batch)]

    def fill(self, file: Path) -> float:
        database = Database(f"sqlite:///{file}")
        store = RecordStore(database)
        begun = time.perf_counter()
        for batch in self._batches:
            store.append(TENANT, batch)
        taken = time.perf_counter() - begun
        database.close()
        return taken


class ExecuteMany:
    """The peer: the rows that the store wrote, in transactions with as many events."""

    def __init__(self, filled: Path, transactions: int) -> None:
        connection = sqlite3.connect(filled)
        self.rows: list[Row] = connection.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq").fetchall()
        connection.close()
        self._size = -(-len(self.rows) // transactions)

    def fill(self, file: Path) -> float:
        pragmas = _schema(file)
        connection = sqlite3.connect(file, isolation_level=None)
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")
        begun = time.perf_counter()
        for start in range(0, len(self.rows), self._size):
            part = self.rows[start : start + self._size]
            connection.execute("BEGIN")
            connection.executemany(INSERT_EVENTS, part)
            connection.executemany(INSERT_PENDING, [(row[0], TENANT) for row in part])
            connection.execute("COMMIT")
        taken = time.perf_counter() - begun
        connection.close()
        return taken


def _schema(file: Path) -> dict[str, Any]:
    """Makes the store's own tables, empty, and tells how the store sets SQLite."""
    database = Database(f"sqlite:///{file}")
    with database.reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    database.close()
    return found


def measure(options: argparse.Namespace, folder: Path) -> Report:
    found = records.records(options)
    store = Store(found, options.batch)
    reference = folder / "reference.db"
    store.fill(reference)
    peer = ExecuteMany(reference, len(range(0, len(found), options.batch)))
    stored = len(peer.rows)

    def rate(fill: Callable[[Path], float]) -> float:
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            return stored / fill(Path(fresh) / "bench.db")

    taken = paired(options.rounds, {"ours": lambda: rate(store.fill), "peer": lambda: rate(peer.fill)})
    facts = {
        "stream": records.named(options),
        "records": len(found),
        "events": stored,
        "batch": options.batch,
        "bytes_per_event": round(reference.stat().st_size / stored),
        "body_bytes_per_event": round(sum(len(row[-1]) for row in peer.rows) / stored),
    }
    return Report("store_append", [Line("append", "raw executemany", "events/s", taken["ours"], taken["peer"])], facts)


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    records.add_arguments(parser)
    parser.add_argument("--batch", type=int, default=500, help="records in one request and transaction")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options, Path(folder)).publish(options)


if __name__ == "__main__":
    main()
