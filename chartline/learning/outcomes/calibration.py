"""From scores to probabilities: a curve fitted on patients that neither trained nor tuned the model.

Platt's line through the log-odds (1999) with his smoothed targets where the rarer outcome is rare; from `_ENOUGH` of it
on beta calibration (Kull et al., AISTATS 2017), which can bend. Isotonic regression is not used: its steps tie
patients that the model tells apart.

The interval of a probability is that of the curve: which probabilities other calibration patients would have given.
Its variance is the sandwich estimate with patients as clusters (Liang, Zeger 1986), by the delta method.
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
from chartline.learning.outcomes.cases import Probabilities, probabilities

#: With fewer of the rarer outcome there is nothing to fit; with so many the curve may have a third parameter.
_LEAST, _ENOUGH = 5, 50
_FILE = "calibration.json"
_CLOSEST = 1e-6
#: Of the normal distribution, for 95 %.
_WIDTH = 1.959964
_NAMES = {"platt": "Platt's line", "beta": "a beta calibration curve", "mean": "the mean alone"}

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """log-odds = a ln(s) - b ln(1 - s) + intercept; Platt's line is a = b. Never falling: a, b >= 0.

    `covariance` [3][3] is of a, b and intercept.
    """

    method: str
    a: float
    b: float
    intercept: float
    patients: int
    cases: int
    positive: int
    covariance: tuple[tuple[float, ...], ...]

    def apply(self, scores: Probabilities) -> Probabilities:
        """float64 in (0, 1)."""
        return probabilities(self._log_odds(scores))

    def intervals(self, scores: Probabilities) -> Probabilities:
        """float64 [N, 2]: the 95 % confidence interval of each calibrated probability."""
        sides = _design(scores)
        spread = _WIDTH * np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", sides, np.array(self.covariance), sides), 0.0))
        told = self._log_odds(scores)
        return probabilities(np.column_stack([told - spread, told + spread]))

    @property
    def statement(self) -> str:
        """What a probability and its interval rest on, in words."""
        return (
            f"calibrated by {_NAMES[self.method]} on {self.cases} cases of {self.patients} patients, {self.positive} "
            "positive, that the model did not learn from; the interval is the 95 % confidence interval of that fit"
        )

    def _log_odds(self, scores: Probabilities) -> Array:
        told: Array = _design(scores) @ np.array([self.a, self.b, self.intercept])
        return told

    def save(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Raises InvalidRequest where there is none: no number is given without a fit."""
        try:
            content = json.loads((folder / _FILE).read_text())
            return cls(**{**content, "covariance": tuple(map(tuple, content["covariance"]))})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InvalidRequest(f"{folder} holds no calibration, so it predicts nothing: {error}") from error


def fit_calibration(scores: Probabilities, labels: Sequence[bool], patients: Sequence[str]) -> Calibration:
    """Raises InvalidRequest where the rarer outcome is too rare to fit anything."""
    positive = sum(labels)
    rarer = min(positive, len(labels) - positive)
    if rarer < _LEAST:
        raise InvalidRequest(
            f"not calibrated: the rarer outcome occurs {rarer} times in the calibration patients, {_LEAST} are needed"
        )
    sides, truth = _design(scores), np.array(labels, dtype=np.float64)
    found = (len(set(patients)), len(labels), positive)

    def fitted(method: str, shape: Array, values: Array) -> Calibration:
        """`shape` [3, k] makes a, b and intercept of the k values that were fitted."""
        a, b, intercept = (shape @ values).tolist()
        variance = shape @ _sandwich(sides @ shape, values, truth, patients) @ shape.T
        return Calibration(method, a, b, intercept, *found, tuple(map(tuple, variance.tolist())))

    if rarer >= _ENOUGH:
        curve = _line(sides[:, :2], truth)
        if curve[:2].min() >= 0:
            return fitted("beta", np.eye(3), curve)
    line = _line(sides[:, :2].sum(axis=1, keepdims=True), truth)
    if line[0] < 0:  # the score says the opposite of what it should: better the mean than that
        prior = (positive + 1) / (len(labels) + 2)
        return fitted("mean", np.array([[0.0], [0.0], [1.0]]), np.array([np.log(prior / (1 - prior))]))
    return fitted("platt", np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), line)


def _design(scores: Probabilities) -> Array:
    """float64 [N, 3]: ln(s), -ln(1 - s) and 1."""
    kept = np.clip(scores, _CLOSEST, 1 - _CLOSEST)
    return np.column_stack([np.log(kept), -np.log1p(-kept), np.ones_like(kept)])


def _line(values: Array, truth: Array) -> Array:
    """Weights and intercept by logistic regression on Platt's targets, each row counted as both outcomes.

    The targets are (n + 1) / (n + 2) and 1 / (n + 2).
    """
    positive = truth.sum()
    targets = np.where(truth > 0, (positive + 1) / (positive + 2), 1 / (len(truth) - positive + 2))
    line = LogisticRegression(C=1e6, max_iter=1_000).fit(
        np.vstack([values, values]),
        np.repeat([1, 0], len(truth)),
        sample_weight=np.concatenate([targets, 1 - targets]),
    )
    return np.append(line.coef_[0], line.intercept_[0])


def _sandwich(design: Array, values: Array, truth: Array, patients: Sequence[str]) -> Array:
    """float64 [k, k]: the covariance of the values; a patient's cases are one observation."""
    told = probabilities(design @ values)
    bread = np.linalg.pinv((design * (told * (1 - told))[:, None]).T @ design)
    _, owners = np.unique(np.array(patients), return_inverse=True)
    sums = np.zeros((owners.max() + 1, design.shape[1]))
    np.add.at(sums, owners, design * (truth - told)[:, None])
    clusters = len(sums)
    covariance: Array = bread @ (sums.T @ sums) @ bread * (clusters / max(clusters - 1, 1))
    return covariance
