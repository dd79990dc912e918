"""Every sentence's vector, computed once and kept: memory before table before model (step 5 of the design).

A vector is stored before it is used, so that a sentence has the same 384 floats for ever, whatever batch it was
computed in: the digests of the patient prefix rely on it. When the model changes, all are computed anew.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select

from chartline.language.verbalizer import VERBALIZER_VERSION
from chartline.llm_contract import EMBEDDING_SIZE
from chartline.logs import get_logger
from chartline.telemetry import chartline_encoder_cached_vectors, chartline_encoder_vector_lookups
from services.encoder.batching import EncodingWorker
from services.encoder.record.database import Database, chunks
from services.encoder.record.tables import events, meta, patient_vectors, pending, subjects, vectors

_PART = 64
_LOG_EVERY = 50_000
_log = get_logger(__name__)


class SentenceVectors:
    """Thread safe. `version` names model, arithmetic and verbalizer: part of the key of every kept prefix."""

    def __init__(self, database: Database, worker: EncodingWorker, max_in_memory: int) -> None:
        self.version = f"{worker.version}/{VERBALIZER_VERSION}"
        self._database = database
        self._worker = worker
        self._max_in_memory = max_in_memory
        self._memory: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def load(self) -> int:
        """Fills the memory from the table at start; forgets the vectors of another model and queues every event."""
        self._forget_other_model()
        with self._database.reading() as connection:
            rows = connection.execution_options(yield_per=2_000).execute(select(vectors).limit(self._max_in_memory))
            for count, row in enumerate(rows, start=1):
                self._memory[row.text_hash] = np.frombuffer(row.vector, dtype="<f4")
                if count % _LOG_EVERY == 0:
                    _log.info("loading_vectors", count=count)
        chartline_encoder_cached_vectors.set(len(self._memory))
        _log.info("loaded_vectors", count=len(self._memory))
        return len(self._memory)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [len(texts), 384]. Blocks; raises Exhausted when the model is full, DeadlineExceeded in time."""
        hashes = [vector_key(text) for text in texts]
        found = self._remembered(hashes)
        missing = {h: t for h, t in zip(hashes, texts, strict=True) if h not in found}
        if missing:
            found |= self._stored(list(missing))
        unknown = {h: t for h, t in missing.items() if h not in found}
        if unknown:
            found |= self._computed(unknown)
        chartline_encoder_vector_lookups.labels("hit").inc(len(texts) - len(unknown))
        chartline_encoder_vector_lookups.labels("computed").inc(len(unknown))
        return np.stack([found[h] for h in hashes]) if hashes else np.empty((0, EMBEDDING_SIZE), dtype=np.float32)

    def of_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [len(texts), 384] of a question's words, which are not kept."""
        return self._worker.encode(texts) if texts else np.empty((0, EMBEDDING_SIZE), dtype=np.float32)

    def forget(self, hashes: Iterable[bytes]) -> None:
        """Drops from memory what is no longer in the table."""
        with self._lock:
            for text_hash in hashes:
                self._memory.pop(text_hash, None)

    def _remembered(self, hashes: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {h: self._memory[h] for h in hashes if h in self._memory}
            for text_hash in found:
                self._memory.move_to_end(text_hash)
            return found

    def _stored(self, hashes: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found = {}
        with self._database.reading() as connection:
            for part in chunks(hashes):
                for row in connection.execute(select(vectors).where(vectors.c.text_hash.in_(part))):
                    found[row.text_hash] = np.frombuffer(row.vector, dtype="<f4")
        self._remember(found)
        return found

    def _computed(self, texts: dict[bytes, str]) -> dict[bytes, NDArray[np.float32]]:
        """What is in the table afterwards, which may be another thread's result.

        Small parts of like length: nobody waits long behind another, and little is padded.
        """
        by_length = sorted(texts, key=lambda h: len(texts[h]))
        for start in range(0, len(by_length), _PART):
            part = by_length[start : start + _PART]
            computed = self._worker.encode([texts[h] for h in part])
            rows = [{"text_hash": h, "vector": v.astype("<f4").tobytes()} for h, v in zip(part, computed, strict=True)]
            with self._database.writing() as connection:
                self._database.add_missing(connection, vectors, rows)
        return self._stored(by_length)

    def _remember(self, found: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            self._memory.update(found)
            while len(self._memory) > self._max_in_memory:
                self._memory.popitem(last=False)
            chartline_encoder_cached_vectors.set(len(self._memory))

    def _forget_other_model(self) -> None:
        with self._database.writing() as connection:
            known = connection.scalar(select(meta.c.value).where(meta.c.name == "encoder_version"))
            if known == self.version:
                return
            connection.execute(delete(vectors))
            connection.execute(delete(pending))
            connection.execute(patient_vectors.update().values(computed=0))
            all_events = select(events.c.seq, subjects.c.tenant).join(subjects, subjects.c.subject == events.c.subject)
            connection.execute(insert(pending).from_select(["seq", "tenant"], all_events))
            self._database.replace(connection, meta, [{"name": "encoder_version", "value": self.version}])


def vector_key(text: str) -> bytes:
    """The text's key in the table of vectors."""
    return hashlib.sha256(text.encode()).digest()[:16]
