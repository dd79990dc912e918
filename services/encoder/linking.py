"""What a concept means in this record when its letters match nothing: the names whose sentences are nearest to it.

    lexical linker ──finds nothing──▶ "laboratory: clotting protein" ──▶ nearest sentences of that kind ──▶ their names
                                 └──▶ a word that nobody knows

Meaning is the last resort and a careful one: a name that is not clearly near is no link, what the vocabulary
understands is never taken for another thing, and no drug is ever near enough to be another drug.
"""

from functools import partial

from chartline.language.wording import KIND_WORDS
from chartline.record.chart import STAY_KINDS, Chart
from chartline.record.kinds import EventKind
from chartline.record.knowing import is_known, is_understood
from chartline.record.linking import SERIES_KINDS, LexicalLinker, Linking, family_of
from chartline.record.names import normalise
from chartline.record.vocabulary.tables import Domain, domain_of
from services.encoder.charts import ChartView
from services.encoder.index import ExactSearch
from services.encoder.sentences import SentenceBlock
from services.encoder.vectors import SentenceVectors
from services.encoder.words import TenantWords

#: Names as near as the nearest, up to this much, are meant together.
_TOGETHER = 0.02
_MOST_NAMES = 8


class MeaningLinker:
    """Links the concepts of one view's chart. `threshold` is a cosine similarity; see `EncoderSettings`."""

    def __init__(
        self, vectors: SentenceVectors, index: ExactSearch, threshold: float, words: TenantWords, view: ChartView
    ) -> None:
        self._lexical = LexicalLinker()
        self._vectors = vectors
        self._index = index
        self._threshold = threshold
        self._is_written = partial(words.is_written, view.patient.tenant)
        self._view = view

    def link(self, concept: str, kind: EventKind | None, chart: Chart) -> Linking:
        """Raises Exhausted when the text encoder is full."""
        linking = self._lexical.link(concept, kind, chart)
        if linking.names:
            return linking
        understood = is_understood(concept)
        near = Linking() if understood else self._nearest(concept, kind, chart)
        # A ward is a word of its own: that nobody stayed in "DNR" says nothing of it.
        if near.names or (understood and kind not in STAY_KINDS):
            return near
        return Linking(known=is_known(concept, family_of(kind), self._is_written))

    def _nearest(self, concept: str, kind: EventKind | None, chart: Chart) -> Linking:
        block = self._view.sentences()
        rows = _rows_by_kind(block, kind)
        said = [f"{KIND_WORDS[k]}: {concept.lower()}" for k in rows]
        near: list[tuple[float, EventKind, str]] = []
        for (k, places), query in zip(rows.items(), self._vectors.of_queries(said), strict=True):
            found = self._index.nearest(query, block.vectors[places], _MOST_NAMES)
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
                name = block.events[places[row]][0].name
                if normalise(name) in chart.terms(k):
                    near.append((score, k, name))
        return self._settled(near)

    def _settled(self, near: list[tuple[float, EventKind, str]]) -> Linking:
        best, kind, _ = max(near, default=(-1.0, EventKind.PATIENT, ""))
        if best < self._threshold:
            return Linking()
        names = sorted({name for score, k, name in near if k is kind and score >= best - _TOGETHER})
        return Linking(tuple(names), kind, ambiguous=kind in SERIES_KINDS and len(names) > 1)


def _rows_by_kind(block: SentenceBlock, kind: EventKind | None) -> dict[EventKind, list[int]]:
    """Rows of sentences that name something; passages of notes name nothing, drugs are named and not described."""
    rows: dict[EventKind, list[int]] = {}
    for row, (events, passage) in enumerate(zip(block.events, block.passages, strict=True)):
        of = events[0].kind
        if passage is None and events[0].name and kind in (None, of) and domain_of(of) is not Domain.DRUG:
            rows.setdefault(of, []).append(row)
    return rows
