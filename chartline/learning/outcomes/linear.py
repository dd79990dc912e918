"""Logistic regression, by the head protocol of the EHR-encoder paper (npj Digital Medicine 2026, 9:530, B5).

Features scaled by their largest absolute value, which keeps zeros zero; L2 strength chosen on validation patients by
AUROC; fitted on training patients alone. Their grid leaves out C = 10 and their refit falls back to 100 iterations;
here the line that was chosen is the one that is kept.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import MaxAbsScaler

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import probabilities

#: Inverse strengths of the penalty, scikit-learn's C: all of them are tried.
GRID = tuple(10.0**power for power in range(-6, 7))
_ITERATIONS = 1_000
_TENSORS, _FILE = "linear.safetensors", "linear.json"

Vectors = NDArray[np.float64]
Labels = NDArray[np.bool_]
#: float64 [N, D], dense or sparse.
Matrix: TypeAlias = Vectors | csr_matrix


@dataclass(frozen=True, slots=True)
class Linear:
    """`weights` float64 [D] on features divided by `scales` float64 [D]; `means` float64 [D] are of the training cases.

    `auroc` is that of the validation patients, None where these could not choose among strengths.
    """

    weights: Vectors
    scales: Vectors
    means: Vectors
    intercept: float
    strength: float
    auroc: float | None = None

    @property
    def raw_weights(self) -> Vectors:
        """float64 [D]: log-odds for each unit of a feature."""
        return self.weights / self.scales

    @property
    def tuning(self) -> dict[str, object]:
        tried = 1 if self.auroc is None else len(GRID)
        return {"tried": tried, "chosen": {"C": self.strength}, "validation AUROC": self.auroc}

    def logits(self, matrix: Matrix) -> Vectors:
        """float64 [N]. Row by row in one order of additions: who else is predicted on changes no bit."""
        if isinstance(matrix, csr_matrix):
            products: Vectors = matrix @ self.raw_weights
        else:
            products = (matrix * self.raw_weights).sum(axis=1)
        return products + self.intercept

    def parts(self, matrix: Vectors) -> Vectors:
        """float64 [N, D]: what each feature adds to the log-odds of the mean training case."""
        return (matrix - self.means) * self.raw_weights

    def save(self, folder: Path) -> None:
        save_file({"weights": self.weights, "scales": self.scales, "means": self.means}, folder / _TENSORS)
        told = {"intercept": self.intercept, "strength": self.strength, "auroc": self.auroc}
        (folder / _FILE).write_text(json.dumps(told) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Linear:
        """Raises InvalidRequest for a folder without one."""
        try:
            tensors = load_file(folder / _TENSORS)
            told = json.loads((folder / _FILE).read_text())
            return cls(tensors["weights"], tensors["scales"], tensors["means"], **told)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(f"{folder} holds no line: {error}") from error


def fit_linear(train: Matrix, labels: Labels, valid: Matrix, valid_labels: Labels, seed: int) -> Linear:
    """Chooses C on `valid`; where that holds one class only, C is 1. Raises ValueError for one class in `train`."""
    scaler = MaxAbsScaler().fit(train)
    scaled = scaler.transform(train)
    means = np.asarray(train.mean(axis=0), dtype=np.float64).ravel()

    def fitted(strength: float) -> Linear:
        with warnings.catch_warnings():
            # Hardly a penalty, hardly an end: validation patients judge that line like the others.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(C=strength, max_iter=_ITERATIONS, random_state=seed).fit(scaled, labels)
        weights = model.coef_[0].astype(np.float64)
        return Linear(weights, scaler.scale_.astype(np.float64), means, float(model.intercept_[0]), strength)

    if len(np.unique(valid_labels)) < 2:
        return fitted(1.0)
    candidates = [fitted(strength) for strength in GRID]
    merits = [_merit(candidate.logits(valid), valid_labels) for candidate in candidates]
    best = max(range(len(GRID)), key=lambda place: merits[place])
    return replace(candidates[best], auroc=merits[best][0])


def _merit(logits: Vectors, labels: Labels) -> tuple[float, float]:
    """By AUROC; among equals by likelihood."""
    return float(roc_auc_score(labels, logits)), -float(log_loss(labels, probabilities(logits)))
