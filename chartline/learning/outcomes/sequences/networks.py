"""Networks over steps of tokens: each takes a StepBatch and gives logits float32 [B].

Sizes are those of PyHealth's reference configurations (embedding and hidden 128, dropout 0.5) unless said otherwise.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from chartline.learning.outcomes.sequences.batches import StepBatch
from chartline.learning.outcomes.sequences.steps import PADDING

SIZE = 128


class StepEmbedding(nn.Module):
    """Sum of a step's token embeddings: [B, S, SIZE]."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.table = nn.Embedding(tokens, SIZE, padding_idx=PADDING)
        nn.init.normal_(self.table.weight, std=SIZE**-0.5)
        with torch.no_grad():
            self.table.weight[PADDING].zero_()

    def forward(self, tokens: Tensor) -> Tensor:
        summed: Tensor = self.table(tokens).sum(dim=2)
        return summed


def last_states(states: Tensor, batch: StepBatch) -> Tensor:
    """[B, H]: the state at each row's last step."""
    places = (batch.lengths - 1).view(-1, 1, 1).expand(-1, 1, states.shape[2])
    return states.gather(1, places).squeeze(1)


class Recurrent(nn.Module):
    """GRU over steps, its last state. `represent` is the backbone of GRASP, too."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.embed = StepEmbedding(tokens)
        self.gru = nn.GRU(SIZE + 1, SIZE, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(SIZE, 1))

    def represent(self, batch: StepBatch) -> Tensor:
        """[B, SIZE]."""
        inputs = torch.cat([torch.tanh(self.embed(batch.tokens)), batch.hours.unsqueeze(2)], dim=2)
        states, _ = self.gru(inputs)
        return last_states(states, batch)

    def forward(self, batch: StepBatch) -> Tensor:
        logits: Tensor = self.head(self.represent(batch)).squeeze(1)
        return logits


class Attentive(nn.Module):
    """Pre-norm Transformer encoder over steps (two layers, four heads), mean over the steps there are."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.embed = StepEmbedding(tokens)
        self.when = nn.Linear(1, SIZE)
        layer = nn.TransformerEncoderLayer(
            SIZE, 4, 2 * SIZE, dropout=0.2, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(SIZE), enable_nested_tensor=False)
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(SIZE, 1))

    def forward(self, batch: StepBatch) -> Tensor:
        inputs = torch.tanh(self.embed(batch.tokens)) + self.when(batch.hours.unsqueeze(2))
        states = self.encoder(inputs, src_key_padding_mask=~batch.mask)
        shown = batch.mask.unsqueeze(2).float()
        logits: Tensor = self.head((states * shown).sum(1) / shown.sum(1)).squeeze(1)
        return logits


class Retain(nn.Module):
    """RETAIN (Choi et al., NeurIPS 2016): two attentions read the steps backwards; a logit is a sum over tokens.

        alpha = softmax over steps of w·g + b;  beta = tanh(W h + b);  context = sum of alpha · beta ⊙ step
        logit = w · context + b

    Both attentions are put back in order before they meet their step, and padding takes no part in the softmax: the
    two places where a widespread implementation is wrong. Time goes into the attentions alone, so contributions stay
    exact.
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.embed = StepEmbedding(tokens)
        self.visit = nn.GRU(SIZE + 1, SIZE, batch_first=True)
        self.code = nn.GRU(SIZE + 1, SIZE, batch_first=True)
        self.alpha = nn.Linear(SIZE, 1)
        self.beta = nn.Linear(SIZE, SIZE)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(SIZE, 1)

    def forward(self, batch: StepBatch) -> Tensor:
        steps = self.embed(batch.tokens)
        alpha, beta = self.attentions(steps, batch)
        context = (alpha.unsqueeze(2) * beta * steps).sum(dim=1)
        logits: Tensor = self.head(self.dropout(context)).squeeze(1)
        return logits

    def attentions(self, steps: Tensor, batch: StepBatch) -> tuple[Tensor, Tensor]:
        """alpha [B, S], 0 on padding and 1 in sum; beta [B, S, SIZE]. Both in the order of the steps."""
        backwards = _backwards(batch)
        inputs = torch.cat([steps, batch.hours.unsqueeze(2)], dim=2)
        reversed_inputs = _reordered(inputs, backwards)
        visits = _reordered(self.visit(reversed_inputs)[0], backwards)
        codes = _reordered(self.code(reversed_inputs)[0], backwards)
        scores = self.alpha(visits).squeeze(2).masked_fill(~batch.mask, float("-inf"))
        return torch.softmax(scores, dim=1), torch.tanh(self.beta(codes))

    @torch.no_grad()
    def contributions(self, batch: StepBatch) -> Tensor:
        """[B, S, K]: what each token adds to its row's logit; with the head's bias they sum to it. 0 on padding."""
        alpha, beta = self.attentions(self.embed(batch.tokens), batch)
        weights = alpha.unsqueeze(2) * beta * self.head.weight[0]
        return torch.einsum("bsh,bskh->bsk", weights, self.embed.table(batch.tokens))


def _backwards(batch: StepBatch) -> Tensor:
    """int64 [B, S]: the place of each step from the end of its row; padding keeps its place. Its own inverse."""
    places = torch.arange(batch.mask.shape[1]).unsqueeze(0).expand_as(batch.mask)
    return torch.where(batch.mask, batch.lengths.unsqueeze(1) - 1 - places, places)


def _reordered(values: Tensor, places: Tensor) -> Tensor:
    return values.gather(1, places.unsqueeze(2).expand(-1, -1, values.shape[2]))
