"""Packs: several questions behind one patient's soft tokens, in one sequence that is as good as one sequence each.

    head | soft tokens | what all prompts begin with | question 1 plan 1 | question 2 plan 2 | …

Each question sees what is shared and itself; its prompt stands behind a prefix of random length, so that few soft
tokens in training stand for the thousands of serving. Loss falls on what the model writes, never on the prompt.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LONGEST_PREFIX = 4096


@dataclass(frozen=True, slots=True)
class Item:
    """Token ids of one question, and of what is to be written after it.

    `wrote` are places of the prompt, in order, that hold what a model wrote: plans of earlier turns, and the one that
    stands before an answer. They are learnt too.
    """

    prompt: tuple[int, ...]
    target: tuple[int, ...]
    wrote: tuple[int, ...] = ()

    @property
    def asked(self) -> tuple[int, ...]:
        """The prompt up to what the model writes first."""
        return self.prompt[: self.wrote[0]] if self.wrote else self.prompt

    @property
    def places(self) -> list[int]:
        """Of all that it writes, among the tokens of prompt and target."""
        return [*self.wrote, *range(len(self.prompt), len(self.prompt) + len(self.target))]


@dataclass(frozen=True, slots=True)
class PatientPrefix:
    """`embeddings` float32 [N, 384] and `channels` float32 [N, C] of a run of a chart's events."""

    embeddings: NDArray[np.float32]
    channels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.embeddings)


@dataclass(frozen=True, slots=True)
class Pack:
    """One training sequence of L tokens.

    `ids` int64 [L] holds -1 where a soft token stands; `positions` int64 [L]; the first `shared` tokens are seen by
    all, behind them stand the questions of `lengths` tokens each; `target_at` int64 [T] are the places whose next
    token is `targets` int64 [T].
    """

    prefix: PatientPrefix
    ids: Tensor
    positions: Tensor
    shared: int
    lengths: tuple[int, ...]
    target_at: Tensor
    targets: Tensor


def build_pack(
    head: Sequence[int], prefix: PatientPrefix, items: Sequence[Item], rng: random.Random, context: int
) -> Pack:
    """`context` is how many positions the LLM has. Raises ValueError for an item without target or one too long."""
    soft_end = len(head) + len(prefix)
    room = context - soft_end - max(len(item.prompt) + len(item.target) for item in items)
    if room < 0 or not all(item.target for item in items):
        raise ValueError("nothing is cut: an item without target teaches nothing, one too long teaches another thing")
    opening = _opening([item.asked for item in items])
    begin = soft_end + _gap(min(LONGEST_PREFIX - len(prefix), room), rng)
    behind = begin + len(opening)
    ids = [*head, *[-1] * len(prefix), *opening]
    positions = [*range(soft_end), *range(begin, behind)]
    lengths: list[int] = []
    target_at: list[int] = []
    targets: list[int] = []
    for item in items:
        tokens = item.prompt + item.target
        own = tokens[len(opening) : -1]
        target_at += [len(ids) - len(opening) + place - 1 for place in item.places]
        targets += [tokens[place] for place in item.places]
        ids += own
        positions += range(behind, behind + len(own))
        lengths.append(len(own))
    return Pack(
        prefix=prefix,
        ids=torch.tensor(ids),
        positions=torch.tensor(positions),
        shared=soft_end + len(opening),
        lengths=tuple(lengths),
        target_at=torch.tensor(target_at),
        targets=torch.tensor(targets),
    )


def _opening(prompts: Sequence[Sequence[int]]) -> Sequence[int]:
    """What all prompts begin with, short of the last token of any: the first written token is told from that."""
    most = min(map(len, prompts)) - 1
    alike = (len({prompt[i] for prompt in prompts}) == 1 for i in range(most))
    return prompts[0][: next((i for i, same in enumerate(alike) if not same), max(most, 0))]


def _gap(most: int, rng: random.Random) -> int:
    """How many further soft tokens the positions pretend to: half of the time none, else up to the longest prefix."""
    return 0 if rng.random() < 0.5 or most <= 0 else int(most * rng.random() ** 2)
