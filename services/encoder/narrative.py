"""Step 8 for narrative questions: executes `read` on a chart, its near passages found by exact search."""

from collections.abc import Iterator
from functools import partial

from chartline.language.asking import Ask
from chartline.language.narrating import read_notes
from chartline.language.quoting import Near
from chartline.record.event import Instant
from chartline.record.linking import Linker
from chartline.record.plan import Retrieve
from chartline.record.result import PlanResult
from services.encoder.charts import ChartView
from services.encoder.index import ExactSearch
from services.encoder.vectors import SentenceVectors


class Narrator:
    """Thread safe on a CPU."""

    def __init__(self, vectors: SentenceVectors, index: ExactSearch) -> None:
        self._vectors = vectors
        self._index = index

    def read(self, view: ChartView, plan: Retrieve, now: Instant | None, encounter: str, linker: Linker) -> PlanResult:
        """Values are quotations and descriptions, each with its event. Raises Exhausted when the encoder is full."""
        return read_notes(view.chart, plan, now, encounter, linker, partial(self._near, view))

    def _near(self, view: ChartView, ask: Ask) -> Iterator[Near]:
        """Every passage of the chart, the nearest first."""
        block = view.sentences()
        found = self._index.nearest(self._vectors.of_queries([ask.text])[0], block.vectors, len(block.passages))
        for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
            if (passage := block.passages[row]) is not None:
                yield Near(passage, block.events[row], score)
