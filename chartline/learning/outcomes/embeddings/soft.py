"""A chart as the inputs of soft tokens, as it was known at a prediction time: the patient prefix of serving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.language.blocks import prefix_blocks
from chartline.learning.outcomes.as_of import as_begun
from chartline.learning.outcomes.cases import Case
from chartline.models.projector import Projector

#: A sentence to its vector float32 [E], each embedded alone.
EmbedOne = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class SoftInputs:
    """`embeddings` float32 [N, E] and `channels` float32 [N, C] of N events in the order they became known."""

    embeddings: NDArray[np.float32]
    channels: NDArray[np.float32]


def soft_inputs(case: Case, most: int, embed: EmbedOne, projector: Projector) -> SoftInputs:
    """At most `most` events, the latest; ends that were only planned are not said."""
    blocks = prefix_blocks([as_begun(event, case.prediction_time) for event in case.chart.events], most)
    embeddings = [embed(sentence) for block in blocks for sentence in block.sentences]
    channels = [block.channels for block in blocks]
    return SoftInputs(
        np.stack(embeddings) if embeddings else np.zeros((0, projector.embedding_size), np.float32),
        np.concatenate(channels) if channels else np.zeros((0, projector.channels), np.float32),
    )
