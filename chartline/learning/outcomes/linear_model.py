"""An outcome model that is a line over features: counts, embeddings, states of a network, or several side by side.

cases ── Features.matrix ──▶ float64 [N, D] ── linear.py ──▶ log-odds
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack

from chartline.learning.outcomes.cases import Case, Probabilities, probabilities
from chartline.learning.outcomes.linear import Linear, Matrix, fit_linear


class Features(ABC):
    """What a line is drawn through. Only `matrix` must be there: many features learn nothing and keep nothing."""

    def ask(self, question: str) -> None:
        """Says what will be predicted, in words, before anything is learnt."""
        return

    def learn(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        """Whatever is taken from training cases without their labels; `valid` may stop it."""
        return

    @abstractmethod
    def matrix(self, cases: Sequence[Case]) -> Matrix:
        """float64 [len(cases), D]; a case's row depends on that case alone."""

    def save(self, folder: Path) -> None:
        """Safetensors or JSON, never pickle."""
        return

    def read(self, folder: Path) -> None:
        """Undoes `save`."""
        return


class LinearModel:
    """`fit` or `read` before `predict`."""

    def __init__(self, features: Features) -> None:
        self.features = features
        self.linear: Linear | None = None

    @property
    def line(self) -> Linear:
        assert self.linear is not None, "fit or read first"
        return self.linear

    @property
    def tuning(self) -> dict[str, object]:
        return self.line.tuning

    def ask(self, question: str) -> None:
        self.features.ask(question)

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self.features.learn(train, valid, seed)
        truth, held = (np.array([case.label for case in cases], dtype=bool) for cases in (train, valid))
        self.linear = fit_linear(self.features.matrix(train), truth, self.features.matrix(valid), held, seed)

    def predict(self, cases: Sequence[Case]) -> Probabilities:
        return probabilities(self.line.logits(self.features.matrix(cases))) if cases else np.empty(0)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.features.save(folder)
        self.line.save(folder)

    def read(self, folder: Path) -> None:
        """Raises InvalidRequest for a folder that holds no such model."""
        self.features.read(folder)
        self.linear = Linear.load(folder)


class Beside(Features):
    """Columns of several features beside each other: the paper's concatenation of an embedding and a code model."""

    def __init__(self, **parts: Features) -> None:
        self._parts = parts

    def ask(self, question: str) -> None:
        for part in self._parts.values():
            part.ask(question)

    def learn(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        for part in self._parts.values():
            part.learn(train, valid, seed)

    def matrix(self, cases: Sequence[Case]) -> csr_matrix:
        return csr_matrix(hstack([csr_matrix(part.matrix(cases)) for part in self._parts.values()]))

    def save(self, folder: Path) -> None:
        for name, part in self._parts.items():
            (folder / name).mkdir(exist_ok=True)
            part.save(folder / name)

    def read(self, folder: Path) -> None:
        for name, part in self._parts.items():
            part.read(folder / name)
