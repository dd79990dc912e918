"""A chart as its distinct sentences: what is searched by meaning, and the way back from a sentence to its events."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.language.passages import Passage, passages
from chartline.language.verbalizer import sentence
from chartline.record.event import Event
from services.encoder.vectors import SentenceVectors


@dataclass(frozen=True, slots=True)
class SentenceBlock:
    """One patient's rows: `vectors[i]` (float32 [rows, 384], contiguous) is that of a sentence that `events[i]` say.

    `passages[i]` is what it is a vector of in a note, None for an event's sentence.
    """

    passages: tuple[Passage | None, ...]
    events: tuple[tuple[Event, ...], ...]
    vectors: NDArray[np.float32]


def build_block(events: Sequence[Event], vectors: SentenceVectors) -> SentenceBlock:
    """Distinct sentences and passages in the order in which they first occur."""
    said: defaultdict[str | Passage, list[Event]] = defaultdict(list)
    for event in events:
        said[sentence(event)].append(event)
        for passage in dict.fromkeys(passages(event)):
            said[passage].append(event)
    texts = [text.embedded if isinstance(text, Passage) else text for text in said]
    own = tuple(text if isinstance(text, Passage) else None for text in said)
    return SentenceBlock(own, tuple(tuple(e) for e in said.values()), vectors.of(texts))


def texts_of(event: Event) -> tuple[str, ...]:
    """Everything of an event that gets a vector."""
    return (sentence(event), *(passage.embedded for passage in passages(event)))
