"""Logistic regression over counts: a line whose every weight can be read, the head of the EHR-encoder papers.

Columns are scaled by their largest absolute value, which keeps zeros zero (scikit-learn's MaxAbsScaler); the strength
of the L2 penalty is chosen on validation patients.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case, Probabilities
from chartline.learning.outcomes.count_space import CountSpace

#: The budget: all of these are tried. Inverse strength of the penalty, as scikit-learn's C.
_GRID = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
_MODEL = "weights.json"


class CountsLogistic:
    """`fit` before `predict`. Nothing in it is random."""

    how = "exact parts of the log-odds, against the mean training case"

    def __init__(self) -> None:
        self._space = CountSpace((), {})
        self._weights: NDArray[np.float64] = np.empty(0)
        self._intercept = 0.0
        self._means: NDArray[np.float64] = np.empty(0)
        self.tuning: dict[str, object] = {}

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self._space = CountSpace.of(train)
        matrix, labels = self._space.matrix(train), np.array([case.label for case in train])
        scales = np.maximum(np.asarray(abs(matrix).max(axis=0).todense()).ravel(), 1e-12)
        self._means = np.asarray(matrix.mean(axis=0)).ravel()
        scaled = matrix.multiply(1 / scales).tocsr()
        tried = []
        for penalty in _GRID if valid else (_GRID[2],):
            line = LogisticRegression(C=penalty, max_iter=2_000, random_state=seed).fit(scaled, labels)
            self._weights, self._intercept = line.coef_[0] / scales, float(line.intercept_[0])
            tried.append((self._loss(valid) if valid else 0.0, penalty, self._weights, self._intercept))
        loss, penalty, self._weights, self._intercept = min(tried, key=lambda one: one[:2])
        self.tuning = {"tried": len(tried), "chosen": {"C": penalty}, "validation log-loss": loss}

    def predict(self, cases: Sequence[Case]) -> Probabilities:
        """One row at a time: the order of additions must not depend on who else is predicted on."""
        matrix = self._space.matrix(cases)
        log_odds = [float(matrix[row].dot(self._weights)[0]) + self._intercept for row in range(len(cases))]
        told: Probabilities = np.clip(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))), 1e-6, 1 - 1e-6)
        return told

    def attributions(self) -> dict[str, float]:
        """Log-odds for each unit of the column."""
        return dict(zip(self._space.columns, self._weights.tolist(), strict=True))

    def contributions(self, case: Case) -> dict[str, float]:
        parts = self._weights * (self._space.matrix([case]).toarray()[0] - self._means)
        return dict(zip(self._space.columns, parts.tolist(), strict=True))

    def evidence(self, case: Case, features: Collection[str]) -> dict[str, tuple[str, ...]]:
        return self._space.evidence(case, features)

    def save(self, folder: Path) -> None:
        self._space.save(folder)
        lists = {"weights": self._weights.tolist(), "means": self._means.tolist()}
        content = {"intercept": self._intercept, **lists, "tuning": self.tuning}
        (folder / _MODEL).write_text(json.dumps(content) + "\n")

    @classmethod
    def load(cls, folder: Path) -> CountsLogistic:
        """Raises InvalidRequest for a folder that holds no such model."""
        model = cls()
        model._space = CountSpace.load(folder)
        try:
            content = json.loads((folder / _MODEL).read_text())
            model._weights, model._means = np.array(content["weights"]), np.array(content["means"])
            model._intercept = float(content["intercept"])
            model.tuning = content["tuning"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(f"{folder} is no counts-logistic: {error}") from error
        return model

    def _loss(self, cases: Sequence[Case]) -> float:
        return float(log_loss([case.label for case in cases], self.predict(cases), labels=[False, True]))
