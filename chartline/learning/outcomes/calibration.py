"""From scores to probabilities: a curve fitted on patients that neither trained nor tuned the model.

Platt's line through the log-odds (1999) with his smoothed targets where the rarer outcome is rare; from `_ENOUGH` of it
on beta calibration (Kull et al., AISTATS 2017), which can bend. Isotonic regression is not used: its steps tie
patients that the model tells apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Probabilities

#: With fewer of the rarer outcome there is nothing to fit; with so many the curve may have a third parameter.
_LEAST, _ENOUGH = 5, 50
_FILE = "calibration.json"
_CLOSEST = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """log-odds = a ln(s) - b ln(1 - s) + intercept; Platt's line is a = b. Never falling: a, b >= 0."""

    method: str
    a: float
    b: float
    intercept: float
    patients: int
    cases: int
    positive: int

    def apply(self, scores: Probabilities) -> Probabilities:
        """float64 in (0, 1)."""
        near, far = _sides(scores)
        log_odds = self.a * near + self.b * far + self.intercept
        told: Probabilities = np.clip(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))), _CLOSEST, 1 - _CLOSEST)
        return told

    def save(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Raises InvalidRequest where there is none: no number is given without a fit."""
        try:
            return cls(**json.loads((folder / _FILE).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise InvalidRequest(f"{folder} holds no calibration, so it predicts nothing: {error}") from error


def fit_calibration(scores: Probabilities, labels: Sequence[bool], patients: Sequence[str]) -> Calibration:
    """Raises InvalidRequest where the rarer outcome is too rare to fit anything."""
    positive = sum(labels)
    rarer = min(positive, len(labels) - positive)
    if rarer < _LEAST:
        raise InvalidRequest(
            f"not calibrated: the rarer outcome occurs {rarer} times in the calibration patients, {_LEAST} are needed"
        )
    near, far = _sides(scores)
    found = (len(set(patients)), len(labels), positive)
    if rarer >= _ENOUGH:
        weights, intercept = _line(np.column_stack([near, far]), labels)
        if weights.min() >= 0:
            return Calibration("beta", float(weights[0]), float(weights[1]), intercept, *found)
    weights, intercept = _line((near + far)[:, None], labels)
    if weights[0] < 0:  # the score says the opposite of what it should: better the mean than that
        prior = (positive + 1) / (len(labels) + 2)
        return Calibration("mean", 0.0, 0.0, float(np.log(prior / (1 - prior))), *found)
    return Calibration("platt", float(weights[0]), float(weights[0]), intercept, *found)


def _sides(scores: Probabilities) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kept = np.clip(scores, _CLOSEST, 1 - _CLOSEST)
    return np.log(kept), -np.log1p(-kept)


def _line(values: NDArray[np.float64], labels: Sequence[bool]) -> tuple[NDArray[np.float64], float]:
    """Logistic regression on Platt's targets, (n + 1) / (n + 2) and 1 / (n + 2), each row counted as both outcomes."""
    told = np.array(labels, dtype=np.float64)
    positive = told.sum()
    targets = np.where(told > 0, (positive + 1) / (positive + 2), 1 / (len(told) - positive + 2))
    line = LogisticRegression(C=1e6, max_iter=1_000).fit(
        np.vstack([values, values]),
        np.repeat([1, 0], len(told)),
        sample_weight=np.concatenate([targets, 1 - targets]),
    )
    return line.coef_[0], float(line.intercept_[0])
