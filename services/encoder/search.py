"""Finds a patient's events by meaning: exact search over its distinct sentences, then from sentences to events.

query ──▶ nearest sentences and passages ──▶ their events by nearness, time or value ──▶ owner checked ──▶ hits
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

import numpy as np

from chartline.language.channels import number
from chartline.record.chart import Chart
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.encoder.charts import ChartView
from services.encoder.guard import is_owned
from services.encoder.index import ExactSearch
from services.encoder.record.crosswalk import Patient
from services.encoder.vectors import SentenceVectors

#: In order of nearness one sentence may not fill the page: a heart rate is charted a thousand times.
_EVENTS_A_SENTENCE = 3
#: Ordered by time or value, events of these many sentences compete, as long as they are about as near as the best.
_COMPETING_SENTENCES = 8
_COMPETING_DISTANCE = 0.12


class SearchOrder(IntEnum):
    """Numbers are those of chartline.v1.SearchOrder."""

    NEAREST = 0
    NEWEST = 1
    HIGHEST = 2
    LOWEST = 3


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Empty fields filter nothing."""

    kinds: frozenset[EventKind] = frozenset()
    encounter: str = ""

    def admitted(self, events: Iterable[Event], chart: Chart) -> list[Event]:
        names = chart.names_of(self.encounter)
        found = (event for event in events if not self.kinds or event.kind in self.kinds)
        return [event for event in found if not self.encounter or event.encounter in names]


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` is a cosine similarity; `passage` is what matched in a note."""

    event: Event
    score: float
    passage: str = ""


class EventSearch:
    """Thread safe on a CPU."""

    def __init__(self, vectors: SentenceVectors, index: ExactSearch) -> None:
        self._vectors = vectors
        self._index = index

    def find(self, view: ChartView, query: str, only: SearchFilter, order: SearchOrder, limit: int) -> list[Hit]:
        """At most `limit` hits in the order asked for. Raises Exhausted when the text encoder is full."""
        ranked = self._ranked(view, query, only)
        if order == SearchOrder.NEAREST:
            hits = _one_each(hit for row in ranked for hit in islice(_newest_first(row), _EVENTS_A_SENTENCE))
        else:
            hits = iter(sorted(_competing(ranked), key=_sort_keys[order], reverse=order != SearchOrder.LOWEST))
        return list(islice(_owned(view.patient, hits), limit))

    def _ranked(self, view: ChartView, query: str, only: SearchFilter) -> Iterator[list[Hit]]:
        """The admitted hits of every sentence that has some, the nearest sentence first."""
        block = view.sentences()
        found = self._index.nearest(self._vectors.of_queries([query])[0], block.vectors, len(block.passages))
        for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
            passage = block.passages[row]
            text = passage.text if passage else ""
            hits = [Hit(event, score, text) for event in only.admitted(block.events[row], view.chart)]
            if hits:
                yield hits


def _competing(ranked: Iterator[list[Hit]]) -> Iterator[Hit]:
    rows = list(islice(ranked, _COMPETING_SENTENCES))
    best = rows[0][0].score if rows else 0.0
    return _one_each(hit for row in rows if row[0].score >= best - _COMPETING_DISTANCE for hit in row)


def _one_each(hits: Iterator[Hit]) -> Iterator[Hit]:
    """An event found by its sentence and by several passages counts once, at its nearest."""
    seen: set[int] = set()
    for hit in hits:
        if id(hit.event) not in seen:
            seen.add(id(hit.event))
            yield hit


def _owned(patient: Patient, hits: Iterator[Hit]) -> Iterator[Hit]:
    """The second guard: the query read one patient's rows, and still each event must name that patient."""
    return (hit for hit in hits if is_owned(patient, hit.event))


def _newest_first(row: list[Hit]) -> list[Hit]:
    return sorted(row, key=_time, reverse=True)


def _time(hit: Hit) -> tuple[int, str]:
    instant = hit.event.time or hit.event.available_time
    return (instant.unix_micros if instant else np.iinfo(np.int64).min, hit.event.event_key)


def _highest(hit: Hit) -> tuple[float, str]:
    value = number(hit.event.quantity.value) if hit.event.quantity else None
    return (-np.inf if value is None else value, hit.event.event_key)


def _lowest(hit: Hit) -> tuple[float, str]:
    value = number(hit.event.quantity.value) if hit.event.quantity else None
    return (np.inf if value is None else value, hit.event.event_key)


_sort_keys: dict[SearchOrder, Callable[[Hit], tuple[float, str]]] = {
    SearchOrder.NEWEST: _time,
    SearchOrder.HIGHEST: _highest,
    SearchOrder.LOWEST: _lowest,
}
