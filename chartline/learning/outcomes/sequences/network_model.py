"""What models by a network have in common: built from a seed, trained by labels, asked in batches, kept in a folder."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from chartline.learning.outcomes.cases import Case, Probabilities, probabilities
from chartline.learning.outcomes.sequences.batches import Labelled, Schedule, descend, in_batches, label_loss

B = TypeVar("B")


class NetworkModel(ABC, Generic[B]):
    """An OutcomeModel whose module takes batches B and gives logits."""

    def __init__(self, schedule: Schedule | None = None) -> None:
        self.schedule = schedule or Schedule()
        self.module: nn.Module = nn.Identity()

    @abstractmethod
    def learn(self, train: Sequence[Case]) -> None:
        """What is looked up in training charts before the network is built: a vocabulary."""

    @abstractmethod
    def build(self) -> nn.Module: ...

    @abstractmethod
    def batch(self, cases: Sequence[Case]) -> B: ...

    def loss(self, module: nn.Module, batch: Labelled[B]) -> Tensor:
        return label_loss(module, batch)

    def before_epoch(self, learned: Sequence[Labelled[B]], seed: int) -> None:
        """What a network does with all training data before each epoch: nothing."""

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self.learn(train)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.module = self.build()
        learned, held = self._labelled(train), self._labelled(valid)
        descend(self.module, learned, held, self.loss, self.schedule, seed, lambda: self.before_epoch(learned, seed))

    @torch.no_grad()
    def predict(self, cases: Sequence[Case]) -> Probabilities:
        self.module.eval()
        logits = [self.module(self.batch(part)).double() for part in in_batches(cases)]
        return probabilities(torch.cat(logits).numpy() if logits else np.empty(0))

    def state(self) -> dict[str, Any]:
        """What `learn` found, as JSON."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Undoes `state`."""

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "learned.json").write_text(json.dumps(self.state(), sort_keys=True))
        save_file(self.module.state_dict(), folder / "model.safetensors")

    def read(self, folder: Path) -> None:
        """Undoes `save`."""
        self.restore(json.loads((folder / "learned.json").read_text()))
        self.module = self.build()
        self.module.load_state_dict(load_file(folder / "model.safetensors"))
        self.module.eval()

    def _labelled(self, cases: Sequence[Case]) -> list[Labelled[B]]:
        return [
            Labelled(self.batch(part), torch.tensor([float(case.label) for case in part])) for part in in_batches(cases)
        ]
