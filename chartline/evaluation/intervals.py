"""Shares with 95 % intervals by bootstrap over patients: questions about one chart are no independent draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 2_000
_BOUNDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Share:
    """In percent."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} [{self.low:.1f}, {self.high:.1f}]"


def share(scores: Sequence[float], patients: Sequence[str], seed: int = 1) -> Share:
    """The mean of `scores`, each of a question about one of `patients`. Raises ValueError for none."""
    if not scores:
        raise ValueError("no questions, no share")
    names, places = np.unique(np.array(patients), return_inverse=True)
    sums = np.bincount(places, np.array(scores, dtype=np.float64), minlength=len(names))
    counts = np.bincount(places, minlength=len(names))
    drawn = np.random.default_rng(seed).integers(len(names), size=(_RESAMPLES, len(names)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), _BOUNDS)
    return Share(100 * sums.sum() / counts.sum(), 100 * low, 100 * high)
