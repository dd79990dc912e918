"""Reads a view's notes as serving does, so that a question on notes is known to be answered before it is taught."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from chartline.language.asking import Ask
from chartline.language.narrating import read_notes
from chartline.language.passages import Passage, passages
from chartline.language.quoting import Near
from chartline.learning.generation.views import View
from chartline.record.event import Event, Instant
from chartline.record.linking import LexicalLinker
from chartline.record.plan import Retrieve
from chartline.record.result import PlanResult

#: Texts to float32 [texts, width], rows of length one: `TextEncoder.encode`.
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


class NoteReader:
    """Every passage is embedded once."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def read(self, view: View, plan: Retrieve, now: Instant) -> PlanResult:
        return read_notes(view.chart, plan, now, "", LexicalLinker(), lambda ask: self._near(view, ask))

    def _near(self, view: View, ask: Ask) -> Iterator[Near]:
        """Every passage of the view, the nearest first."""
        events: dict[Passage, list[Event]] = {}
        for event in view.chart.events:
            for passage in dict.fromkeys(passages(event)):
                events.setdefault(passage, []).append(event)
        if not events:
            return
        scores = self._of([passage.embedded for passage in events]) @ self._encode([ask.text])[0]
        told = list(events.items())
        for place in np.argsort(-scores, kind="stable").tolist():
            passage, own = told[place]
            yield Near(passage, tuple(own), float(scores[place]))

    def _of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        if missing:
            self._vectors |= dict(zip(missing, self._encode(missing), strict=True))
        return np.stack([self._vectors[text] for text in texts])
