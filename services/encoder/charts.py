"""Charts in memory: read once, shared by all questions, dropped when their patient's record changes."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from chartline.language.blocks import Block, prefix_blocks
from chartline.record.chart import Chart
from chartline.record.event import Event, Instant
from chartline.record.versions import withdrawn
from chartline.telemetry import chartline_encoder_cached_chart_events, chartline_encoder_chart_lookups
from services.encoder.record.crosswalk import Patient
from services.encoder.record.store import RecordStore
from services.encoder.sentences import SentenceBlock, build_block
from services.encoder.vectors import SentenceVectors

_KEPT_TIMES = 4  # charts as of other times, kept with the patient


class ChartView:
    """A patient's chart as it was known at one time, with what is derived from it on demand. Thread safe."""

    def __init__(
        self, patient: Patient, chart: Chart, versions: Sequence[Event], vectors: SentenceVectors, budget: int
    ) -> None:
        self.patient = patient
        self.chart = chart
        self._versions = versions
        self._vectors = vectors
        self._budget = budget
        self._lock = threading.Lock()
        self._sentences: SentenceBlock | None = None
        self._prefix: tuple[Block, ...] | None = None

    def withdrawn(self) -> list[Event]:
        """Stubs of the facts that the chart does not show because they were withdrawn."""
        return withdrawn(self._versions, self.chart.as_of)

    def sentences(self) -> SentenceBlock:
        """Raises Exhausted when sentences have no vectors yet and the model is full."""
        with self._lock:
            if self._sentences is None:
                self._sentences = build_block(self.chart.events, self._vectors)
            return self._sentences

    def prefix(self) -> tuple[Block, ...]:
        with self._lock:
            if self._prefix is None:
                self._prefix = prefix_blocks(self.chart.events, self._budget)
            return self._prefix


class _Kept:
    """One patient's versions and its views; the lock lets one thread read while others wait for it."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.lock = threading.Lock()
        self.versions: tuple[Event, ...] | None = None
        self.views: OrderedDict[Instant | None, ChartView] = OrderedDict()


class Charts:
    """Bounded by the number of event versions in memory; the least recently asked patient goes first."""

    def __init__(self, store: RecordStore, vectors: SentenceVectors, max_versions: int, budget: int) -> None:
        self._store = store
        self._vectors = vectors
        self._max_versions = max_versions
        self._budget = budget
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    def view(self, tenant: str, identifier: str, as_of: Instant | None = None) -> ChartView:
        """Blocks. Raises NotFound for an unknown patient, Unavailable when the database is away."""
        kept = self._entry(self._store.find_patient(tenant, identifier))
        with kept.lock:
            if kept.versions is None:
                kept.versions = self._store.history(kept.patient)
            if as_of not in kept.views:
                chart = Chart.build(kept.versions, as_of)
                kept.views[as_of] = ChartView(kept.patient, chart, kept.versions, self._vectors, self._budget)
            kept.views.move_to_end(as_of)
            if len(kept.views) > _KEPT_TIMES:
                kept.views.popitem(last=False)
            view = kept.views[as_of]
        self._evict()
        return view

    def invalidate(self, tenant: str, identifiers: Iterable[str]) -> None:
        """Called after an append was durable and before it is acknowledged: who asks then sees it.

        Entries are put in place before their versions are read, so none that was read before can come back.
        """
        changed = frozenset(identifiers)
        with self._lock:
            for key in [
                k for k, kept in self._kept.items() if k[0] == tenant and changed & set(kept.patient.identifiers)
            ]:
                del self._kept[key]

    def _entry(self, patient: Patient) -> _Kept:
        key = (patient.tenant, patient.canonical)
        with self._lock:
            kept = self._kept.get(key)
            chartline_encoder_chart_lookups.labels("miss" if kept is None else "hit").inc()
            if kept is None or kept.patient != patient:
                kept = self._kept[key] = _Kept(patient)
            self._kept.move_to_end(key)
            return kept

    def _evict(self) -> None:
        with self._lock:
            total = sum(len(kept.versions or ()) for kept in self._kept.values())
            while total > self._max_versions and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                total -= len(dropped.versions or ())
            chartline_encoder_cached_chart_events.set(total)
