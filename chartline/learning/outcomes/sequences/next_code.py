"""A next-code model in the manner of CLMBR (Steinberg et al. 2021): learns what comes next, then what it knows is used.

The tokens of the steps in order of time, each with its hours before the prediction time, causal attention, next-token
loss over the training patients' own records; a record's vector is the state behind its last token, and logistic
regression makes an outcome of it. The published weights (141 M, 2.57 M patients) are gated, so this one is trained on
the records given, and is small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from chartline.learning.outcomes.sequences.steps import PADDING, Steps, log_hours

CONTEXT = 496
_SIZE = 128
_LAYERS = 3


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Right-padded. `ids` int64 [B, T]; `hours` float32 [B, T] (log scale) of each token's step."""

    ids: Tensor
    hours: Tensor


class NextCode(nn.Module):
    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.table = nn.Embedding(tokens, _SIZE, padding_idx=PADDING)
        self.positions = nn.Embedding(CONTEXT, _SIZE)
        self.when = nn.Linear(1, _SIZE)
        layer = nn.TransformerEncoderLayer(
            _SIZE, 4, 2 * _SIZE, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, _LAYERS, norm=nn.LayerNorm(_SIZE), enable_nested_tensor=False)

    def forward(self, batch: TokenBatch) -> Tensor:
        """States [B, T, _SIZE]; no state sees what comes behind it."""
        length = batch.ids.shape[1]
        inputs = self.table(batch.ids) + self.positions(torch.arange(length)) + self.when(batch.hours.unsqueeze(2))
        causal = nn.Transformer.generate_square_subsequent_mask(length)
        states: Tensor = self.encoder(inputs, mask=causal, is_causal=True)
        return states

    def represent(self, batch: TokenBatch) -> Tensor:
        """[B, _SIZE]: the state behind each row's last token."""
        lengths = (batch.ids != PADDING).sum(dim=1).clamp(min=1)
        states: Tensor = self(batch)
        return states[torch.arange(len(lengths)), lengths - 1]


def next_loss(module: nn.Module, batch: TokenBatch) -> Tensor:
    """Cross entropy of each token given those before it; the output shares the input's table."""
    assert isinstance(module, NextCode)
    logits = module(TokenBatch(batch.ids[:, :-1], batch.hours[:, :-1])) @ module.table.weight.T
    following = batch.ids[:, 1:].flatten()
    loss: Tensor = nn.functional.cross_entropy(logits.flatten(0, 1), following, ignore_index=PADDING)
    return loss


def token_batch(charts: Sequence[Steps]) -> TokenBatch:
    """The last CONTEXT tokens of each chart, never empty."""
    rows = [[token for step in chart.tokens for token in step][-CONTEXT:] for chart in charts]
    ids = torch.full((len(rows), max(max(map(len, rows), default=0), 2)), PADDING, dtype=torch.long)
    hours = torch.zeros(ids.shape)
    for number, (row, chart) in enumerate(zip(rows, charts, strict=True)):
        ids[number, : len(row)] = torch.tensor(row, dtype=torch.long)
        each = np.repeat(chart.hours, [len(step) for step in chart.tokens])[-CONTEXT:]
        hours[number, : len(row)] = torch.from_numpy(log_hours(each))
    return TokenBatch(ids, hours)
