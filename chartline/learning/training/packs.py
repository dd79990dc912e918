"""Packs: several questions behind one patient's soft tokens, in one sequence that is as good as one sequence each.

    head | soft tokens | question 1 plan 1 | question 2 plan 2 | …

Each question sees head, soft tokens and itself; its positions start behind a prefix of random length, so that few soft
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
    """Token ids of one question, and of what is to be written after it."""

    prompt: tuple[int, ...]
    target: tuple[int, ...]


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


def build_pack(head: Sequence[int], prefix: PatientPrefix, items: Sequence[Item], rng: random.Random) -> Pack:
    """Raises ValueError for an item without target."""
    shared = len(head) + len(prefix)
    behind = shared + _gap(len(prefix), rng)
    ids = [*head, *[-1] * len(prefix)]
    positions = list(range(shared))
    lengths: list[int] = []
    target_at: list[int] = []
    targets: list[int] = []
    for item in items:
        if not item.target:
            raise ValueError("an item without target teaches nothing")
        start = len(ids) + len(item.prompt) - 1
        target_at += range(start, start + len(item.target))
        targets += item.target
        tokens = [*item.prompt, *item.target[:-1]]
        ids += tokens
        positions += range(behind, behind + len(tokens))
        lengths.append(len(tokens))
    return Pack(
        prefix,
        torch.tensor(ids),
        torch.tensor(positions),
        shared,
        tuple(lengths),
        torch.tensor(target_at),
        torch.tensor(targets),
    )


def _gap(length: int, rng: random.Random) -> int:
    """How many further soft tokens the positions pretend to: half of the time none, else up to the longest prefix."""
    return 0 if rng.random() < 0.5 else int((LONGEST_PREFIX - length) * rng.random() ** 2)
