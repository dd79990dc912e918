"""Numbers about probabilities against outcomes: ranking, error, calibration, and what deciding by them is worth.

Our own arithmetic, for intervals ask for each of them thousands of times; tests hold it to scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.learning.outcomes.training import LEAST_POSITIVES

Floats = NDArray[np.float64]
Outcomes = NDArray[np.bool_]

_BINS = 15
_DRAWS = 500
_CLOSEST = 1e-6
_STEPS = 50
#: Treatment thresholds of a decision curve: who is treated at 10 % takes nine false alarms for one right one.
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.5)


def auroc(outcomes: Outcomes, probabilities: Floats) -> float | None:
    """Mann and Whitney's statistic; ties count half."""
    if not _both(outcomes):
        return None
    _, tied, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    places = (np.cumsum(counts) - (counts - 1) / 2)[tied]
    positive = int(outcomes.sum())
    above = places[outcomes].sum() - positive * (positive + 1) / 2
    return float(above / (positive * (len(outcomes) - positive)))


def auprc(outcomes: Outcomes, probabilities: Floats) -> float | None:
    """Average precision: precision at each distinct probability, weighed by the recall that it adds."""
    if not _both(outcomes):
        return None
    _, tied, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    right = np.bincount(tied, outcomes)[::-1]
    precision = np.cumsum(right) / np.cumsum(counts[::-1])
    return float((precision * right).sum() / outcomes.sum())


def brier(outcomes: Outcomes, probabilities: Floats) -> float | None:
    return float(np.mean((probabilities - outcomes) ** 2)) if len(outcomes) else None


def ece(outcomes: Outcomes, probabilities: Floats) -> float | None:
    """Expected calibration error over 15 bins of equal mass; equal probabilities share their mean outcome first."""
    if not len(outcomes):
        return None
    order = np.argsort(probabilities, kind="stable")
    told, came = probabilities[order], outcomes[order].astype(np.float64)
    _, tied, counts = np.unique(told, return_inverse=True, return_counts=True)
    came = (np.bincount(tied, came) / counts)[tied]
    parts = np.array_split(np.arange(len(told)), min(_BINS, len(told)))
    return float(sum(len(part) * abs(came[part].mean() - told[part].mean()) for part in parts) / len(told))


def slope(outcomes: Outcomes, probabilities: Floats) -> float | None:
    """Of the calibration line: 1 is right, below it the probabilities are too far apart."""
    line = calibration_line(outcomes, probabilities)
    return None if line is None else line[0]


def intercept(outcomes: Outcomes, probabilities: Floats) -> float | None:
    """Of the calibration line: 0 is right."""
    line = calibration_line(outcomes, probabilities)
    return None if line is None else line[1]


def calibration_line(outcomes: Outcomes, probabilities: Floats) -> tuple[float, float] | None:
    """(slope, intercept) of the logistic regression of the outcome on the log-odds; None where it has no solution."""
    kept = np.clip(probabilities, _CLOSEST, 1 - _CLOSEST)
    log_odds = np.log(kept / (1 - kept))
    if not _both(outcomes) or np.ptp(log_odds) < 1e-9:
        return None
    rows = np.column_stack([np.ones_like(log_odds), log_odds])
    weights = np.zeros(2)
    for _ in range(_STEPS):  # Newton
        means = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        curve = rows.T @ (rows * (means * (1 - means))[:, None])
        if abs(np.linalg.det(curve)) < 1e-12:
            return None
        step = np.linalg.solve(curve, rows.T @ (outcomes - means))
        weights += step
        if np.abs(weights).max() > 1e3:  # the outcomes are separated
            return None
        if np.abs(step).max() < 1e-9:
            return float(weights[1]), float(weights[0])
    return None


#: Name -> metric; the order of tables. Ranking metrics are a headline only from so many positives on.
METRICS: dict[str, Callable[[Outcomes, Floats], float | None]] = {
    "AUROC": auroc,
    "AUPRC": auprc,
    "Brier": brier,
    "ECE": ece,
    "slope": slope,
    "intercept": intercept,
}
RANKING = ("AUROC", "AUPRC")


def ranks(outcomes: Outcomes) -> bool:
    """Whether there are enough outcomes of both kinds to say who ranks better."""
    positive = int(outcomes.sum())
    return min(positive, len(outcomes) - positive) >= LEAST_POSITIVES


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """What the ECE of perfectly calibrated probabilities would be here by chance."""

    mean: float
    high: float


def noise_floor(probabilities: Floats, seed: int) -> NoiseFloor:
    """Mean and 95th percentile over outcomes drawn from the probabilities themselves."""
    rng = np.random.default_rng(seed)
    drawn = (rng.random(len(probabilities)) < probabilities for _ in range(_DRAWS))
    errors = [ece(outcomes, probabilities) or 0.0 for outcomes in drawn]
    return NoiseFloor(float(np.mean(errors)), float(np.percentile(errors, 95)))


def net_benefit(outcomes: Outcomes, probabilities: Floats, threshold: float) -> float:
    """True positives a case, less false ones weighed by the odds of the threshold (Vickers and Elkin 2006)."""
    treated = probabilities >= threshold
    right, wrong = (treated & outcomes).mean(), (treated & ~outcomes).mean()
    return float(right - wrong * threshold / (1 - threshold))


def _both(outcomes: Outcomes) -> bool:
    return bool(len(outcomes)) and bool(outcomes.any()) and not bool(outcomes.all())
