"""A chart as its distinct sentences: what is searched by meaning, and the way back from a sentence to its events."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.language.passages import passages
from chartline.language.verbalizer import sentence
from chartline.record.event import Event
from services.encoder.vectors import SentenceVectors


@dataclass(frozen=True, slots=True)
class SentenceBlock:
    """One patient's rows: `texts[i]` has `vectors[i]` (float32 [rows, 384], contiguous) and is said by `events[i]`.

    `is_passage[i]` tells a note's passage from an event's sentence.
    """

    texts: tuple[str, ...]
    is_passage: tuple[bool, ...]
    events: tuple[tuple[Event, ...], ...]
    vectors: NDArray[np.float32]


def build_block(events: Sequence[Event], vectors: SentenceVectors) -> SentenceBlock:
    """Distinct sentences and passages in the order in which they first occur."""
    said: defaultdict[tuple[str, bool], list[Event]] = defaultdict(list)
    for event in events:
        said[sentence(event), False].append(event)
        for passage in dict.fromkeys(passages(event)):
            said[passage, True].append(event)
    texts = tuple(text for text, _ in said)
    flags = tuple(flag for _, flag in said)
    return SentenceBlock(texts, flags, tuple(tuple(e) for e in said.values()), vectors.of(texts))


def texts_of(event: Event) -> tuple[str, ...]:
    """Everything of an event that gets a vector."""
    return (sentence(event), *passages(event))
