"""Takes delivered records in (step 4): checked, stored, visible to the next question, queued; and erases patients."""

import time
from collections.abc import Iterator, Sequence
from functools import partial

from chartline.errors import Exhausted, Unfit
from chartline.logs import get_logger
from chartline.record.event import Event
from chartline.record.identity import shard_of
from chartline.rpc.audit import pseudonym
from chartline.telemetry import (
    chartline_encoder_append_seconds,
    chartline_encoder_new_events,
    chartline_encoder_records,
)
from services.encoder.charts import Charts
from services.encoder.embedding import EmbeddingQueue
from services.encoder.record.erasing import Erasure
from services.encoder.record.outcomes import Delivery, Outcome
from services.encoder.record.store import RecordStore
from services.encoder.sentences import texts_of
from services.encoder.vectors import SentenceVectors, vector_key

_log = get_logger(__name__)


class RecordKeeper:
    """Thread safe. `shard` of `shards` is the one whose patients are kept here; `secret` makes pseudonyms."""

    def __init__(
        self,
        store: RecordStore,
        charts: Charts,
        vectors: SentenceVectors,
        queue: EmbeddingQueue,
        *,
        secret: bytes,
        shard: int,
        shards: int,
        max_pending: int,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._secret = secret
        self._charts = charts
        self._queue = queue
        self._shard = shard
        self._shards = shards
        self._max_pending = max_pending

    def append(self, tenant: str, deliveries: Sequence[Delivery]) -> tuple[Outcome, ...]:
        """Durable when it returns. Raises Exhausted, Unfit for another shard's patient, Unavailable."""
        if self._queue.backlog > self._max_pending:
            raise Exhausted("the embedding queue is full", retry_after=5.0)
        self._check_shard(tenant, deliveries)
        begun = time.perf_counter()
        appended = self._store.append(tenant, deliveries)
        chartline_encoder_append_seconds.observe(time.perf_counter() - begun)
        self._charts.invalidate(tenant, appended.touched)
        self._queue.wake(appended.new_events)
        chartline_encoder_new_events.inc(appended.new_events)
        for outcome in appended.outcomes:
            chartline_encoder_records.labels(outcome.name.lower()).inc()
        return appended.outcomes

    def erase(self, tenant: str, identifier: str, erased_by: str) -> Erasure:
        """A patient with all that is kept or computed of it. Durable when it returns. Raises NotFound, Unavailable."""
        with self._queue.paused():
            named = partial(pseudonym, self._secret, tenant)
            erasure = self._store.erase(tenant, identifier, erased_by, named, _vector_keys)
            self._charts.invalidate(tenant, erasure.patient.identifiers)
            self._vectors.forget(erasure.vectors)
        _log.info("chart_erased", tenant=tenant, count=erasure.events)
        return erasure

    def _check_shard(self, tenant: str, deliveries: Sequence[Delivery]) -> None:
        patients = {event.patient for delivery in deliveries for event in delivery.record.events}
        if any(shard_of(tenant, patient, self._shards) != self._shard for patient in patients):
            raise Unfit("a patient belongs to another shard", reason="WRONG_SHARD")


def _vector_keys(event: Event) -> Iterator[bytes]:
    return map(vector_key, texts_of(event))
