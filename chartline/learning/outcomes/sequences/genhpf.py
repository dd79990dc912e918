"""GenHPF (Hur et al., IEEE JBHI 2023): a Transformer over the words of each event, another over the events.

No code map: any schema's events are rows of words (rows.py). Reduced to what two cores train: dimension 64 for 128,
192 events for 256. Equal rows of a batch are encoded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from chartline.learning.outcomes.sequences.rows import PARTS, PLACES, WORDS, Rows
from chartline.learning.outcomes.sequences.steps import log_hours

_SIZE = 64
_HEADS = 4


@dataclass(frozen=True, slots=True)
class RowBatch:
    """`tokens` int64 [U, W, 3] are the different rows; `rows` int64 [B, R] names each chart's, -1 is padding."""

    tokens: Tensor
    rows: Tensor
    hours: Tensor


def row_batch(charts: Sequence[Rows]) -> RowBatch:
    longest = max(max((len(chart.tokens) for chart in charts), default=0), 1)
    every = np.concatenate([chart.tokens for chart in charts])
    different, inverse = np.unique(every, axis=0, return_inverse=True)
    if not len(different):
        different = np.zeros((1, every.shape[1], 3), dtype=np.int64)
    rows, hours = torch.full((len(charts), longest), -1), torch.zeros(len(charts), longest)
    start = 0
    for number, chart in enumerate(charts):
        end = start + len(chart.tokens)
        rows[number, : end - start] = torch.from_numpy(inverse.reshape(-1)[start:end])
        hours[number, : end - start] = torch.from_numpy(log_hours(chart.hours))
        start = end
    return RowBatch(torch.from_numpy(different), rows, hours)


class GenHpf(nn.Module):
    """Takes a RowBatch, gives logits float32 [B]; a chart without rows has the logit of its bias."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, _SIZE, padding_idx=0)
        self.parts = nn.Embedding(PARTS, _SIZE, padding_idx=0)
        self.places = nn.Embedding(PLACES, _SIZE, padding_idx=0)
        self.positions = nn.Parameter(torch.zeros(64, _SIZE))
        self.event = _encoder()
        self.between = nn.Linear(_SIZE, _SIZE)
        self.when = nn.Linear(1, _SIZE)
        self.chart = _encoder()
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(_SIZE, 1))

    def forward(self, batch: RowBatch) -> Tensor:
        events = self.events(batch.tokens)
        shown = batch.rows >= 0
        inputs = self.between(events[batch.rows.clamp(min=0)]) + self.when(batch.hours.unsqueeze(2))
        mask = shown.clone()
        mask[:, 0] = True  # an empty chart attends to nothing but a row that is not counted
        states = self.chart(inputs, src_key_padding_mask=~mask)
        counted = shown.unsqueeze(2).float()
        mean = (states * counted).sum(1) / counted.sum(1).clamp(min=1)
        logits: Tensor = self.head(mean).squeeze(1)
        return logits

    def events(self, tokens: Tensor) -> Tensor:
        """[U, _SIZE]: each row read alone."""
        word, part, place = tokens.unbind(dim=2)
        inputs = self.words(word) + self.parts(part) + self.places(place) + self.positions[: tokens.shape[1]]
        shown = word > 0
        mask = shown.clone()
        mask[:, 0] = True
        states = self.event(inputs, src_key_padding_mask=~mask)
        counted = shown.unsqueeze(2).float()
        mean: Tensor = (states * counted).sum(1) / counted.sum(1).clamp(min=1)
        return mean


def _encoder() -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        _SIZE, _HEADS, 2 * _SIZE, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(_SIZE), enable_nested_tensor=False)
