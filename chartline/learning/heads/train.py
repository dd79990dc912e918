"""Outcome heads from nothing: generated stays, the features serving uses, logistic regression, Platt, a card.

admission ──24 h──▶ prediction_time ────────▶ discharge ──30 days──▶
    features: what is known here │  labels: what happened after it
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from chartline.learning.generation.cohort import Stay, generate_stay
from chartline.models.heads.logistic import FURTHEST, LogisticHead, Term
from chartline.record.chart import Chart
from chartline.record.event import Instant
from chartline.record.features import outcome_features

_Array = NDArray[np.float64]
_DAY = 24 * 3600 * 1_000_000
#: A feature must occur in this share of stays to get a weight.
_FREQUENT = 0.05
#: A spread below this is no spread.
_CONSTANT = 1e-4


@dataclass(frozen=True, slots=True)
class Task:
    """When a stay is predicted on and what is asked."""

    outcome: str
    prediction_time: Callable[[Stay], Instant]
    label: Callable[[Stay], bool]
    eligible: Callable[[Stay], bool]


def _after_a_day(stay: Stay) -> Instant:
    return Instant(stay.admitted.unix_micros + _DAY)


TASKS = (
    Task("in_hospital_mortality", _after_a_day, lambda stay: stay.died, lambda stay: True),
    Task("length_of_stay_over_7d", _after_a_day, lambda stay: stay.long, lambda stay: True),
    Task("readmission_30d", lambda stay: stay.discharged, lambda stay: stay.readmitted, lambda stay: not stay.died),
)


@dataclass(frozen=True, slots=True)
class HeadReport:
    """Measured on stays that neither training nor calibration saw."""

    outcome: str
    stays: int
    positive: int
    auroc: float
    brier: float
    ece: float


def train_heads(out: Path, stays: int, seed: int, progress: Callable[[int], None]) -> list[HeadReport]:
    """Writes one head an outcome and MODEL_CARD.md; half of the stays train, a quarter calibrates, a quarter tests."""
    cohort = []
    for number in range(stays):
        cohort.append(generate_stay(seed * 1_000_003 + number))
        progress(number + 1)
    digest = hashlib.sha256(repr(cohort).encode()).hexdigest()
    trained_on = f"{stays} generated stays, seed {seed}, data sha256 {digest}"
    reports = [_train(task, cohort, out, trained_on) for task in TASKS]
    (out / "MODEL_CARD.md").write_text(_card(reports, trained_on))
    return reports


def _train(task: Task, cohort: Sequence[Stay], out: Path, trained_on: str) -> HeadReport:
    eligible = [stay for stay in cohort if task.eligible(stay)]
    rows = [_features(stay, task.prediction_time(stay)) for stay in eligible]
    labels = np.array([task.label(stay) for stay in eligible])
    names = _frequent(rows)
    values = np.array([[row.get(name, np.nan if _is_measurement(name) else 0.0) for name in names] for row in rows])
    half, rest = len(rows) // 2, len(rows) * 3 // 4
    head = _fit(task.outcome, names, values[:half], labels[:half], trained_on)
    head = _calibrated(head, rows[half:rest], labels[half:rest])
    head.save(out)
    return _report(head, rows[rest:], labels[rest:])


def _features(stay: Stay, prediction_time: Instant) -> dict[str, float]:
    chart = Chart.build(stay.events, as_of=prediction_time)
    return {name: feature.value for name, feature in outcome_features(chart, prediction_time).items()}


def _frequent(rows: list[dict[str, float]]) -> list[str]:
    counts: dict[str, int] = {}
    for row in rows:
        for name in row:
            counts[name] = counts.get(name, 0) + 1
    return sorted(name for name, count in counts.items() if count >= _FREQUENT * len(rows))


def _fit(outcome: str, names: list[str], values: _Array, labels: NDArray[np.bool_], trained_on: str) -> LogisticHead:
    means, scales = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    scales[scales < _CONSTANT] = 1.0
    model = LogisticRegression(C=0.05, max_iter=1000).fit(_standardised(values, means, scales), labels)
    terms = {
        name: _term(name, float(weight), float(mean), float(scale))
        for name, weight, mean, scale in zip(names, model.coef_[0], means, scales, strict=True)
    }
    return LogisticHead(outcome, round(float(model.intercept_[0]), 6), terms, trained_on)


def _standardised(values: _Array, means: _Array, scales: _Array) -> _Array:
    return np.clip(np.nan_to_num((values - means) / scales), -FURTHEST, FURTHEST)


def _is_measurement(name: str) -> bool:
    return name.endswith("/last") or name == "age"


def _term(name: str, weight: float, mean: float, scale: float) -> Term:
    return Term(round(weight, 6), round(mean, 6), round(scale, 6), round(mean, 6) if _is_measurement(name) else 0.0)


def _log_odds(head: LogisticHead, rows: list[dict[str, float]]) -> _Array:
    return np.array([head.intercept + sum(head.contributions(row).values()) for row in rows])


def _calibrated(head: LogisticHead, rows: list[dict[str, float]], labels: NDArray[np.bool_]) -> LogisticHead:
    """Platt 1999: a line through the log-odds, fitted on stays the head has not seen."""
    line = LogisticRegression(C=1e6).fit(_log_odds(head, rows)[:, None], labels)
    return head.calibrated(float(line.coef_[0, 0]), float(line.intercept_[0]))


def _report(head: LogisticHead, rows: list[dict[str, float]], labels: NDArray[np.bool_]) -> HeadReport:
    probabilities = np.array([head.probability(head.contributions(row)) for row in rows])
    return HeadReport(
        head.outcome,
        len(rows),
        int(labels.sum()),
        float(roc_auc_score(labels, probabilities)),
        float(brier_score_loss(labels, probabilities)),
        _ece(probabilities, labels),
    )


def _ece(probabilities: _Array, labels: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error over bins of equal mass."""
    parts = np.array_split(np.argsort(probabilities), bins)
    gaps = [abs(probabilities[p].mean() - labels[p].mean()) * len(p) for p in parts if len(p)]
    return float(sum(gaps) / len(probabilities))


def _card(reports: list[HeadReport], trained_on: str) -> str:
    rows = "\n".join(
        f"| {r.outcome} | {r.stays} | {r.positive} | {r.auroc:.3f} | {r.brier:.4f} | {r.ece:.4f} |" for r in reports
    )
    return f"""# Chartline outcome heads

Logistic regression over named counts and last values, calibrated by Platt's method; contributions are exact parts of
the calibrated log-odds.

**Trained on.** {trained_on}. The stays are generated from one hidden severity: the heads know the direction of common
findings and nothing of real patients. **Not for clinical use**; train on your own records before you rely on a number.
**Prediction time.** 24 hours after admission for mortality and length of stay, discharge for readmission.
**Reproduce.** `chartline train heads`.

Measured on generated stays that neither training nor calibration saw:

| outcome | stays | positive | AUROC | Brier | ECE |
|---|---|---|---|---|---|
{rows}
"""
