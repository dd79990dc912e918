"""How long answers took, and where the time went: all of them, and those whose chart the model had kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

#: One answer: `latency_ms` as the caller saw it, `steps_ms` as the gateway did, `warm` where the prefix was kept.
Prediction = Mapping[str, Any]
Row = tuple[str, ...]

_STEPS = ("prefix", "plan", "execute", "say")
HEAD: Row = ("ms", "answers", "median", "p95", *(f"{step}, median" for step in _STEPS), *(f"{s}, p95" for s in _STEPS))


def latency_rows(predictions: Sequence[Prediction]) -> list[Row]:
    """A row for each group that has answers. What no answer was given to counts nowhere: it took its deadline."""
    timed = [prediction for prediction in predictions if prediction.get("steps_ms")]
    groups = {"all": timed, "chart kept": [prediction for prediction in timed if prediction["warm"]]}
    return [_row(name, group) for name, group in groups.items() if group]


def _row(name: str, group: Sequence[Prediction]) -> Row:
    steps = {step: [float(prediction["steps_ms"].get(step, 0.0)) for prediction in group] for step in _STEPS}
    total = [float(prediction["latency_ms"]) for prediction in group]
    medians = [median(steps[step]) for step in _STEPS]
    tails = [_p95(steps[step]) for step in _STEPS]
    return (name, str(len(group)), *(f"{ms:.0f}" for ms in (median(total), _p95(total), *medians, *tails)))


def _p95(figures: Sequence[float]) -> float:
    return float(np.percentile(figures, 95))
