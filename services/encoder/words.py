"""The words of all names that a tenant's records hold: what a question may ask for though this patient has none of it.

Learnt behind the acknowledgement, with the vectors. Words alone are kept, no name and nothing of whom it was said.
"""

import threading
from collections.abc import Iterable

from sqlalchemy import select

from chartline.record.event import Event
from chartline.record.folding import words_of
from chartline.record.kinds import EventKind
from chartline.record.names import event_names
from services.encoder.record.database import Database
from services.encoder.record.tables import words

#: In characters. What is longer is no word that is asked for, and PostgreSQL keeps no key of more than 2,704 bytes.
_LONGEST_WORD = 64


class TenantWords:
    """Thread safe. A hospital's names have some ten thousand words, whatever its size."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: set[tuple[str, int, str]] = set()

    def load(self) -> None:
        """Raises Unavailable when the database is away."""
        with self._database.reading() as connection:
            rows = connection.execute(select(words.c.tenant, words.c.kind, words.c.word))
            known = {(row.tenant, row.kind, row.word) for row in rows}
        with self._lock:
            self._known |= known

    def learn(self, tenant: str, events: Iterable[Event]) -> None:
        """Stored when it returns. Raises Unavailable."""
        names = {(event.kind, name) for event in events for name in event_names(event)}
        told = {(kind, word) for kind, name in names for word in words_of(name) if len(word) <= _LONGEST_WORD}
        said = {(tenant, int(kind), word) for kind, word in told}
        with self._lock:
            new = sorted(said - self._known)
        if new:
            rows = [{"tenant": t, "kind": kind, "word": word} for t, kind, word in new]
            with self._database.writing() as connection:
                self._database.add_missing(connection, words, rows)
            with self._lock:
                self._known.update(new)

    def is_written(self, tenant: str, kind: EventKind, word: str) -> bool:
        """Whether any name of that kind in the tenant's records has the word."""
        with self._lock:
            return (tenant, int(kind), word) in self._known
