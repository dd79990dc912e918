"""What every outcome model learns from and predicts on: a patient's chart as it was known at a prediction time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from chartline.record.chart import Chart
from chartline.record.event import Instant

Probabilities = NDArray[np.float64]

_EDGE = 1e-7


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Case:
    """`chart` was built with `as_of=prediction_time`, so nothing later is in it; `label` is whether it came to pass.

    `group` is the hospital, or empty: splits never part a patient, nor a group where hospitals are held out.
    """

    patient: str
    prediction_time: Instant
    chart: Chart
    label: bool
    encounter: str = ""
    group: str = ""


class OutcomeModel(Protocol):
    """One model of one outcome. Everything random in it comes from `seed`."""

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        """Learns from `train`; `valid` (other patients) stops it and chooses among its hyper-parameters."""

    def predict(self, cases: Sequence[Case]) -> Probabilities:
        """float64 [len(cases)] in (0, 1); a case's value depends on that case alone."""


T = TypeVar("T")


def remembered(of: Callable[[Case], T]) -> Callable[[Case], T]:
    """Found once for each case and gone with it: every model, rotation and outcome shares what was counted."""
    kept: WeakKeyDictionary[Case, T] = WeakKeyDictionary()

    def lookup(case: Case) -> T:
        if (found := kept.get(case)) is None:
            found = kept[case] = of(case)
        return found

    lookup.__doc__ = of.__doc__
    return lookup


def probabilities(logits: NDArray[np.float64]) -> Probabilities:
    """Within (0, 1): nothing is certain and nothing impossible."""
    return np.clip(1 / (1 + np.exp(-np.clip(logits, -700, 700))), _EDGE, 1 - _EDGE)
