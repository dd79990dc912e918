"""What a concept means in this record when its letters match nothing: the names whose sentences are nearest to it.

    lexical linker ──finds nothing──▶ "laboratory: blood sugar" ──▶ nearest sentences of that kind ──▶ their names

Meaning is the last resort and a careful one: a name that is not clearly near is no link, and an honest "not in the
record" is better than another drug's dose.
"""

from chartline.language.wording import KIND_WORDS
from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.linking import SERIES_KINDS, LexicalLinker, Linking
from services.encoder.charts import ChartView
from services.encoder.index import ExactSearch
from services.encoder.sentences import SentenceBlock
from services.encoder.vectors import SentenceVectors

#: Names as near as the nearest, up to this much, are meant together.
_TOGETHER = 0.02
_MOST_NAMES = 8


class MeaningLinker:
    """Links the concepts of one view's chart. `threshold` is a cosine similarity; see `EncoderSettings`."""

    def __init__(self, vectors: SentenceVectors, index: ExactSearch, threshold: float, view: ChartView) -> None:
        self._lexical = LexicalLinker()
        self._vectors = vectors
        self._index = index
        self._threshold = threshold
        self._view = view

    def link(self, concept: str, kind: EventKind | None, chart: Chart) -> Linking:
        """Raises Exhausted when the text encoder is full."""
        linking = self._lexical.link(concept, kind, chart)
        return linking if linking.names else self._nearest(concept, kind)

    def _nearest(self, concept: str, kind: EventKind | None) -> Linking:
        block = self._view.sentences()
        rows = _rows_by_kind(block, kind)
        said = [f"{KIND_WORDS[k]}: {concept.lower()}" for k in rows]
        near: list[tuple[float, EventKind, str]] = []
        for (k, places), query in zip(rows.items(), self._vectors.of_queries(said), strict=True):
            found = self._index.nearest(query, block.vectors[places], _MOST_NAMES)
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
                near.append((score, k, block.events[places[row]][0].name))
        return self._settled(near)

    def _settled(self, near: list[tuple[float, EventKind, str]]) -> Linking:
        best, kind, _ = max(near, default=(-1.0, EventKind.PATIENT, ""))
        if best < self._threshold:
            return Linking()
        names = sorted({name for score, k, name in near if k is kind and score >= best - _TOGETHER and name})
        return Linking(tuple(names), kind, ambiguous=kind in SERIES_KINDS and len(names) > 1)


def _rows_by_kind(block: SentenceBlock, kind: EventKind | None) -> dict[EventKind, list[int]]:
    """Rows of sentences that name something; passages of notes name nothing."""
    rows: dict[EventKind, list[int]] = {}
    for row, (events, passage) in enumerate(zip(block.events, block.passages, strict=True)):
        if passage is None and events[0].name and kind in (None, events[0].kind):
            rows.setdefault(events[0].kind, []).append(row)
    return rows
