"""Steps of several charts as padded tensors, and the loop that trains on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from chartline.learning.outcomes.sequences.steps import PADDING, Steps, log_hours

BATCH = 32


@dataclass(frozen=True, slots=True)
class StepBatch:
    """Right-padded. `tokens` int64 [B, S, K], `hours` float32 [B, S] (log scale), `mask` bool [B, S] true for steps."""

    tokens: Tensor
    hours: Tensor
    mask: Tensor

    @property
    def lengths(self) -> Tensor:
        return self.mask.sum(dim=1)


def step_batch(charts: Sequence[Steps]) -> StepBatch:
    """A chart without any event is one step without tokens, so that every row has something to attend to."""
    most = max(max((len(c.tokens) for c in charts), default=0), 1)
    widest = max((len(step) for c in charts for step in c.tokens), default=1)
    tokens = torch.full((len(charts), most, max(widest, 1)), PADDING, dtype=torch.long)
    hours = torch.zeros(len(charts), most)
    mask = torch.zeros(len(charts), most, dtype=torch.bool)
    for row, chart in enumerate(charts):
        mask[row, : max(len(chart.tokens), 1)] = True
        hours[row, : len(chart.tokens)] = torch.from_numpy(log_hours(chart.hours))
        for place, step in enumerate(chart.tokens):
            tokens[row, place, : len(step)] = torch.tensor(step)
    return StepBatch(tokens, hours, mask)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Labelled(Generic[T]):
    """`labels` float32 [B]."""

    inputs: T
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Schedule:
    """`patience` is in epochs without a lower validation loss; `weight_decay` as in AdamW."""

    rate: float = 1e-3
    epochs: int = 40
    patience: int = 6
    weight_decay: float = 0.01
    longest_gradient: float = 1.0


Loss = Callable[[nn.Module, T], Tensor]


def label_loss(module: nn.Module, batch: Labelled[T]) -> Tensor:
    loss: Tensor = nn.functional.binary_cross_entropy_with_logits(module(batch.inputs), batch.labels)
    return loss


def descend(
    module: nn.Module,
    train: Sequence[T],
    valid: Sequence[T],
    loss: Loss[T],
    schedule: Schedule,
    seed: int,
    before_epoch: Callable[[], None] = lambda: None,
) -> float:
    """Trains in place, keeps the weights of the lowest validation loss (of training loss without `valid`), returns it.

    All that is random is drawn from `seed`; the generator of torch is left as it was found.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        optimizer = torch.optim.AdamW(module.parameters(), lr=schedule.rate, weight_decay=schedule.weight_decay)
        best, best_state, since = float("inf"), learnt_state(module), 0
        for _ in range(schedule.epochs):
            before_epoch()
            trained = _epoch(module, train, loss, optimizer, schedule)
            now = mean_loss(module, valid, loss) if valid else trained
            if now < best:
                best, best_state, since = now, learnt_state(module), 0
            elif (since := since + 1) >= schedule.patience:
                break
        module.load_state_dict(best_state, strict=False)
        module.eval()
    return best


def learnt_state(module: nn.Module) -> dict[str, Tensor]:
    """A copy of all that training changes: what is frozen, a whole LLM perhaps, is left out."""
    frozen = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items() if name not in frozen}


def _epoch(
    module: nn.Module, batches: Sequence[T], loss: Loss[T], optimizer: torch.optim.Optimizer, schedule: Schedule
) -> float:
    module.train()
    total = 0.0
    for place in torch.randperm(len(batches)).tolist():
        optimizer.zero_grad()
        value = loss(module, batches[place])
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(module.parameters(), schedule.longest_gradient)
        optimizer.step()
        total += float(value.detach())
    return total / max(len(batches), 1)


@torch.no_grad()
def mean_loss(module: nn.Module, batches: Sequence[T], loss: Loss[T]) -> float:
    module.eval()
    return sum(float(loss(module, batch)) for batch in batches) / max(len(batches), 1)


def in_batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
