"""Logistic regression on vectors, by the protocol of the EHR-encoder paper (npj Digital Medicine 2026, 9:530, B5).

Features scaled by their largest absolute value, L2 strength chosen on validation patients by AUROC, fitted on training
patients alone. Their grid leaves out C = 10 and their refit falls back to 100 iterations; ours does neither.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

GRID = tuple(10.0**power for power in range(-6, 7))
_ITERATIONS = 1_000

Vectors = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Linear:
    """`weights` float64 [D] on features divided by `scales` float64 [D]."""

    weights: Vectors
    intercept: float
    scales: Vectors
    strength: float

    def logits(self, vectors: Vectors) -> Vectors:
        """float64 [N] of [N, D]."""
        logits: Vectors = (vectors / self.scales) @ self.weights + self.intercept
        return logits

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_file({"weights": self.weights, "scales": self.scales}, folder / "linear.safetensors")
        (folder / "linear.json").write_text(json.dumps({"intercept": self.intercept, "strength": self.strength}))

    @classmethod
    def load(cls, folder: Path) -> Linear:
        tensors = load_file(folder / "linear.safetensors")
        return cls(tensors["weights"], scales=tensors["scales"], **json.loads((folder / "linear.json").read_text()))


def fit_linear(train: Vectors, labels: Labels, valid: Vectors, valid_labels: Labels, seed: int) -> Linear:
    """Chooses C on `valid`; where that holds one class only, by nothing but C = 1. Raises ValueError for one class."""
    scales = np.abs(train).max(axis=0)
    scales[scales == 0] = 1.0
    if len(np.unique(valid_labels)) < 2:
        return _fitted(train / scales, labels, scales, 1.0, seed)
    candidates = [_fitted(train / scales, labels, scales, strength, seed) for strength in GRID]
    return max(candidates, key=lambda c: _merit(c.logits(valid), valid_labels))


def _fitted(scaled: Vectors, labels: Labels, scales: Vectors, strength: float, seed: int) -> Linear:
    model = LogisticRegression(C=strength, max_iter=_ITERATIONS, random_state=seed).fit(scaled, labels)
    return Linear(model.coef_[0].astype(np.float64), float(model.intercept_[0]), scales, strength)


def _merit(logits: Vectors, labels: Labels) -> tuple[float, float]:
    """By AUROC; among equals by likelihood."""
    return float(roc_auc_score(labels, logits)), -float(log_loss(labels, 1 / (1 + np.exp(-np.clip(logits, -700, 700)))))
