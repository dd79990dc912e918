"""95 % intervals by bootstrap over patients: a patient's cases stay together, and two models see the same draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.evaluation.outcomes.metrics import Floats, Outcomes

Metric = Callable[[Outcomes, Floats], float | None]
_BOUNDS = (2.5, 97.5)
#: An interval needs a value in this share of the draws.
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """`value` is None where the metric has none here; so are the bounds where too few draws had one."""

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        return f"{self.value:.3f}" if self.low is None else f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Draws:
    """The same rows for the same patients and seed, whatever is measured on them."""

    def __init__(self, patients: Sequence[str], count: int, seed: int) -> None:
        _, places = np.unique(np.array(patients), return_inverse=True)
        self._rows = [np.flatnonzero(places == place) for place in range(places.max() + 1)]
        self._count, self._seed = count, seed

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        rng = np.random.default_rng(self._seed)
        for _ in range(self._count):
            yield np.concatenate([self._rows[i] for i in rng.integers(len(self._rows), size=len(self._rows))])


def measured(metric: Metric, outcomes: Outcomes, probabilities: Floats, draws: Draws) -> Measured:
    return _interval(metric(outcomes, probabilities), [metric(outcomes[rows], probabilities[rows]) for rows in draws])


def difference(metric: Metric, outcomes: Outcomes, one: Floats, other: Floats, draws: Draws) -> Measured:
    """one - other, on the same cases and the same draws."""

    def less(rows: NDArray[np.int64] | slice) -> float | None:
        values = metric(outcomes[rows], one[rows]), metric(outcomes[rows], other[rows])
        return None if values[0] is None or values[1] is None else values[0] - values[1]

    return _interval(less(slice(None)), [less(rows) for rows in draws])


def _interval(value: float | None, drawn: Sequence[float | None]) -> Measured:
    known = [one for one in drawn if one is not None]
    if value is None or not known or len(known) < _LEAST * len(drawn):
        return Measured(value, None, None)
    low, high = np.percentile(known, _BOUNDS)
    return Measured(value, float(low), float(high))
