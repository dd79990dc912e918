"""When a model says nothing: a record too short, or unlike those that it learnt from. Limits are fitted like weights.

Both limits are low quantiles of the calibration patients, so that about `_SHARE` of patients like those of training are
left without a number for each reason, and patients of another hospital's words nearly all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case, remembered
from chartline.learning.outcomes.concepts import concepts_of

_SHARE = 0.01
#: New drugs and tests come all the time: where so much is known a chart is no strange one.
_ENOUGH_KNOWN = 0.95
_FILE = "abstention.json"


@dataclass(frozen=True, slots=True)
class Abstention:
    """`concepts` are those of the training cases; `least_known` is a share of a chart's events, 0 to 1."""

    least_events: int
    least_known: float
    concepts: frozenset[str]
    fitted_on: int

    def reason(self, case: Case) -> str:
        """Empty where there is none to abstain."""
        own = own_concepts(case)
        if len(own) < self.least_events:
            return f"too short a record: {len(own)} events, {self.least_events} needed"
        known = self.known(case)
        if known < self.least_known:
            return f"unlike the records learnt from: {known:.0%} of its events are known, {self.least_known:.0%} needed"
        return ""

    def known(self, case: Case) -> float:
        """Share of the chart's events that training knew, 0 to 1."""
        return _known(own_concepts(case), self.concepts)

    def save(self, folder: Path) -> None:
        content = {**asdict(self), "concepts": sorted(self.concepts)}
        (folder / _FILE).write_text(json.dumps(content, indent=0, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Abstention:
        """Raises InvalidRequest where there is none."""
        try:
            content = json.loads((folder / _FILE).read_text())
            return cls(**{**content, "concepts": frozenset(content["concepts"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InvalidRequest(f"{folder} does not say when to abstain: {error}") from error


def fit_abstention(train: Sequence[Case], calibration: Sequence[Case]) -> Abstention:
    """Neither may be empty."""
    concepts = frozenset(concept for case in train for concept in own_concepts(case))
    lengths = [len(own_concepts(case)) for case in calibration]
    known = [_known(own_concepts(case), concepts) for case in calibration]
    least = max(1, int(np.quantile(lengths, _SHARE, method="lower")))
    usual = float(np.quantile(known, _SHARE, method="lower"))
    return Abstention(least, min(usual, _ENOUGH_KNOWN), concepts, len(calibration))


def _known(own: Sequence[str], concepts: frozenset[str]) -> float:
    return sum(concept in concepts for concept in own) / len(own) if own else 0.0


@remembered
def own_concepts(case: Case) -> tuple[str, ...]:
    """Of each event the first; what is no event in time has none."""
    return tuple(concepts[0] for event in case.chart.events if (concepts := concepts_of(event)))
