"""The patient prefix (step 6 of the design): the chart as rows in immutable blocks of 64, each named by a digest.

    order by available_time, event_key ──▶ over budget? thin charted rows ──▶ window of whole blocks ──▶ chained digests

A row depends on nothing behind it, so an appended event changes no full block, a changed event changes its own block
and those after it, and `as_of` is a cut. The kept KV of a language model is keyed by the last digest.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.language.channels import channels, time_origin
from chartline.language.verbalizer import VERBALIZER_VERSION, sentence
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.times import HOUR, interval_end

BLOCK_EVENTS = 64
DEFAULT_BUDGET = 2048

#: Kinds that bedside devices chart at a high rate; over budget only the first of each sentence and hour is kept.
CHARTED_KINDS = frozenset({EventKind.VITAL, EventKind.INTAKE, EventKind.OUTPUT})

_SEED = hashlib.sha256(f"chartline prefix {VERBALIZER_VERSION}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Block:
    """`digest` is SHA-256 of the previous digest and this content; `channels` is float32 [len(events), CHANNELS]."""

    digest: bytes
    events: tuple[Event, ...]
    sentences: tuple[str, ...]
    channels: NDArray[np.float32]


def prefix_blocks(events: Sequence[Event], budget: int = DEFAULT_BUDGET) -> tuple[Block, ...]:
    """The blocks of a chart's state, oldest first, at most `budget` rows.

    `events` are the events known at as_of, in any order; where two share available_time and key their order counts.
    """
    ordered = prefix_order(events)
    origin = time_origin(ordered)
    sentences = [sentence(e) for e in ordered]
    if len(ordered) > budget:
        kept = _first_of_each_hour(ordered, sentences)
        ordered, sentences = [ordered[i] for i in kept], [sentences[i] for i in kept]
    first = window_start(len(ordered), budget)
    numbers = channels(ordered[first:], origin)
    return _chained(ordered[first:], sentences[first:], numbers)


def prefix_order(events: Sequence[Event]) -> list[Event]:
    """By available_time, those known since always first, then by event_key."""
    return sorted(events, key=prefix_place)


def prefix_place(event: Event) -> tuple[bool, int, str]:
    """Compares as the prefix is ordered. A partial date counts from its end, as it does for as_of."""
    return event.available_time is not None, _available(event), event.event_key


def window_start(rows: int, budget: int) -> int:
    """The first row shown: a multiple of whole blocks that moves a quarter of the budget at a time."""
    step = max(budget // 4 // BLOCK_EVENTS, 1) * BLOCK_EVENTS
    return max(0, -(-(rows - budget) // step)) * step


def _first_of_each_hour(events: Sequence[Event], sentences: Sequence[str]) -> list[int]:
    """The only summary that an event which comes later never changes; plans execute on the whole chart anyway."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for index, event in enumerate(events):
        hour = (sentences[index], _available(event) // HOUR)
        if event.kind not in CHARTED_KINDS or event.available_time is None or hour not in seen:
            seen.add(hour)
            kept.append(index)
    return kept


def _chained(events: Sequence[Event], sentences: Sequence[str], numbers: NDArray[np.float32]) -> tuple[Block, ...]:
    blocks, digest = [], _SEED
    for start in range(0, len(events), BLOCK_EVENTS):
        part = slice(start, start + BLOCK_EVENTS)
        digest = _digest(digest, sentences[part], numbers[part])
        blocks.append(Block(digest, tuple(events[part]), tuple(sentences[part]), numbers[part]))
    return tuple(blocks)


def _digest(previous: bytes, sentences: Sequence[str], numbers: NDArray[np.float32]) -> bytes:
    content = hashlib.sha256(previous)
    for text in sentences:
        encoded = text.encode()
        content.update(len(encoded).to_bytes(4, "little") + encoded)
    content.update(numbers.astype("<f4", copy=False).tobytes())
    return content.digest()


def _available(event: Event) -> int:
    return 0 if event.available_time is None else interval_end(event.available_time)
