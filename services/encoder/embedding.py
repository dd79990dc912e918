"""Step 5 of the design, behind the acknowledgement: pending events get their vectors, then patients get theirs.

    append ──▶ pending (on disk) ──▶ sentences, passages ──▶ vectors ──▶ patient vectors, when nothing else waits
                                └──▶ words of names

The queue is a table, so a restart goes on where the last process stopped. A question that comes before its turn
computes what it needs itself; the queue only makes sure that it rarely has to.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete, func, select

from chartline.errors import DeadlineExceeded, Exhausted, Unavailable
from chartline.logs import get_logger
from chartline.record.event import Event
from chartline.telemetry import chartline_encoder_embedding_lag_seconds, chartline_encoder_pending_events
from services.encoder.record import codec, references
from services.encoder.record.database import Database, chunks
from services.encoder.record.tables import events, pending
from services.encoder.sentences import texts_of
from services.encoder.similar import SimilarPatients
from services.encoder.vectors import SentenceVectors
from services.encoder.words import TenantWords

_BATCH = 512
_RETRY_SECONDS = 1.0
_log = get_logger(__name__)


class EmbeddingQueue:
    """Its thread runs from `start` to `close`."""

    def __init__(
        self, database: Database, vectors: SentenceVectors, similar: SimilarPatients, words: TenantWords
    ) -> None:
        self._database = database
        self._vectors = vectors
        self._words = words
        self._similar = similar
        self._work = threading.Event()
        self._closed = threading.Event()
        self._embedding = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="embedding-queue", daemon=True)
        self.backlog = 0

    def start(self) -> None:
        """Goes on where the last process stopped."""
        _log.info("embedding", pending=self._count())
        self._work.set()
        self._thread.start()

    def wake(self, new_events: int) -> None:
        """There is new work."""
        self._waits(self.backlog + new_events)
        self._work.set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is embedded meanwhile, so nothing that is erased meanwhile comes back."""
        with self._embedding:
            yield
        self._work.set()

    def close(self) -> None:
        self._closed.set()
        self._work.set()
        if self._thread.is_alive():
            self._thread.join()

    def embed_some(self) -> int:
        """Embeds the oldest pending events; returns how many, 0 when none waits."""
        with self._database.reading() as connection:
            query = select(pending.c.seq, pending.c.tenant, events.c.event_key, events.c.recorded_at, events.c.body)
            rows = connection.execute(
                query.join(events, events.c.seq == pending.c.seq).order_by(pending.c.seq).limit(_BATCH)
            ).all()
            resolved: dict[str, list[Event]] = {}
            for tenant in {row.tenant for row in rows}:
                mine = [codec.decode_event(r.body, r.event_key, r.recorded_at) for r in rows if r.tenant == tenant]
                resolved[tenant] = list(references.resolve(connection, tenant, mine))
        for tenant, mine in resolved.items():
            self._words.learn(tenant, mine)
        texts = dict.fromkeys(text for mine in resolved.values() for event in mine for text in texts_of(event))
        self._vectors.of(list(texts))
        self._finish([row.seq for row in rows], [row.recorded_at for row in rows])
        return len(rows)

    def _finish(self, numbers: list[int], recorded: list[int]) -> None:
        with self._database.writing() as connection:
            for part in chunks(numbers):
                connection.execute(delete(pending).where(pending.c.seq.in_(part)))
        now = time.time()
        for micros in recorded:
            chartline_encoder_embedding_lag_seconds.observe(max(0.0, now - micros / 1e6))

    def _count(self) -> int:
        """Events of all tenants that await their vectors."""
        with self._database.reading() as connection:
            self._waits(connection.scalar(select(func.count()).select_from(pending)) or 0)
        return self.backlog

    def _waits(self, backlog: int) -> None:
        self.backlog = backlog
        chartline_encoder_pending_events.set(backlog)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._work.wait()
            self._work.clear()
            while not self._closed.is_set() and self._step():
                pass

    def _step(self) -> bool:
        """Whether there may be more to do. Failures that heal are retried, others are logged and retried as well."""
        try:
            waiting = self._count()  # before the work, so that it is known of work that fails
            with self._embedding:
                done = self.embed_some() or self._similar.refresh_some()
            if done:
                _log.info("embedded", count=done, pending_before=waiting)
            return bool(done)
        except (DeadlineExceeded, Exhausted, Unavailable) as error:
            _log.warning("embedding_delayed", reason=error.reason)
        except Exception:
            _log.exception("embedding_failed")
        self._closed.wait(_RETRY_SECONDS)
        return True
