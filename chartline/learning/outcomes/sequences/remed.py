"""REMed (Kim et al., MLHC 2024): a retriever finds the few events of a long chart that a predictor then reads.

    every event: sentence vector + channels + hours ──▶ retriever: a score each ──▶ the 128 highest, in order of time
                                                                                     ──▶ Transformer ──▶ logit

Two paths learn in turn. Retriever path: each event predicts alone, and the scores weigh what they say, so the gradient
reaches the scores. Predictor path: only the chosen events. Sentences are embedded once however often they occur, events
are scored in parts, so a chart of 100,000 events takes bounded memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from chartline.language.channels import CHANNELS

#: Numbers of an event that are read beside its sentence.
READ = CHANNELS + 1
CHOSEN = 128
#: Events scored at once.
PART = 8_192
#: Events of one chart that the retriever's path sees in training.
_MOST_ALONE = 1_024
_SIZE = 128


@dataclass(frozen=True, slots=True)
class EventRows:
    """One chart: `sentences` int64 [N] are rows of the table of sentence vectors.

    `channels` float32 [N, READ] are those of the language model and the hours before the prediction time (log scale).
    """

    sentences: NDArray[np.int64]
    channels: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RemedBatch:
    """`table` float32 [S, E], shared by all batches."""

    table: Tensor
    charts: Sequence[EventRows]


class Remed(nn.Module):
    """Logits float32 [B] by the predictor's path; `alone` are those of the retriever's."""

    def __init__(self, embedding_size: int) -> None:
        super().__init__()
        width = embedding_size + READ
        self.score = nn.Sequential(
            nn.Linear(width, 256), nn.LayerNorm(256), nn.ReLU(),
            nn.Linear(256, 64), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 1),
        )  # fmt: skip
        self.read = nn.Linear(width, _SIZE)
        self.single = nn.Linear(_SIZE, 1)
        layer = nn.TransformerEncoderLayer(
            _SIZE, 8, 2 * _SIZE, dropout=0.2, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(_SIZE), enable_nested_tensor=False)
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(_SIZE, 1))

    def forward(self, batch: RemedBatch) -> Tensor:
        chosen = [self.chosen(batch.table, chart) for chart in batch.charts]
        longest = max(max((len(places) for places in chosen), default=0), 1)
        inputs = torch.zeros(len(chosen), longest, self.read.in_features)
        shown = torch.zeros(len(chosen), longest, dtype=torch.bool)
        for row, (chart, places) in enumerate(zip(batch.charts, chosen, strict=True)):
            inputs[row, : len(places)] = event_vectors(batch.table, chart, places)
            shown[row, : len(places)] = True
        mask = shown.clone()
        mask[:, 0] = True
        states = self.encoder(self.read(inputs), src_key_padding_mask=~mask)
        counted = shown.unsqueeze(2).float()
        logits: Tensor = self.head((states * counted).sum(1) / counted.sum(1).clamp(min=1)).squeeze(1)
        return logits

    def alone(self, batch: RemedBatch) -> Tensor:
        """[B]: what single events say, weighed by their scores; long charts by a draw of their events."""
        logits = []
        for chart in batch.charts:
            drawn = torch.randperm(len(chart.sentences))[:_MOST_ALONE]
            vectors = event_vectors(batch.table, chart, drawn.numpy())
            scores = torch.sigmoid(self.score(vectors)).squeeze(1)
            said = self.single(torch.relu(self.read(vectors))).squeeze(1)
            logits.append((scores * said).sum() / scores.sum().clamp(min=1e-6))
        return torch.stack(logits)

    @torch.no_grad()
    def chosen(self, table: Tensor, chart: EventRows) -> NDArray[np.int64]:
        """int64: the places of the events that score highest, ascending; of equals the later."""
        scores = [
            self.score(event_vectors(table, chart, np.arange(start, min(start + PART, len(chart.sentences))))).squeeze(
                1
            )
            for start in range(0, len(chart.sentences), PART)
        ]
        if not scores:
            return np.empty(0, dtype=np.int64)
        every = torch.cat(scores).numpy()
        order = np.lexsort((-np.arange(len(every)), -every))[:CHOSEN]
        places: NDArray[np.int64] = np.sort(order)
        return places


def event_vectors(table: Tensor, chart: EventRows, places: NDArray[np.int64]) -> Tensor:
    """[len(places), E + READ]; the sentence at unit variance beside the channels, as the projector has it."""
    sentences = table[torch.from_numpy(chart.sentences[places])] * table.shape[1] ** 0.5
    return torch.cat([sentences, torch.from_numpy(chart.channels[places])], dim=1)
