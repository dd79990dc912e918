"""An outcome's head: logistic regression over named features, calibrated, with exact contributions.

    log-odds = intercept + sum over features of weight * (value - mean) / scale, the quotient kept within ±3
    probability = 1 / (1 + exp(-log-odds))

Calibration is Platt's (1999), a line through the log-odds, and so folds into weights and intercept: what a prediction
reports as contributions adds up to the calibrated log-odds. One JSON file holds one head.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from chartline.errors import InvalidRequest

#: In scales from the mean of the training data.
FURTHEST = 3.0


@dataclass(frozen=True, slots=True)
class Term:
    """`mean` and `scale` are those of the training data; a constant feature has scale 1.

    `absent` is the value of a feature that a patient does not have: 0 for a count, the mean for a measurement, which
    then says nothing.
    """

    weight: float
    mean: float = 0.0
    scale: float = 1.0
    absent: float = 0.0

    def contribution(self, value: float) -> float:
        """What lies further than `FURTHEST` scales from the mean counts as that far: a line must not be drawn on."""
        return self.weight * min(max((value - self.mean) / self.scale, -FURTHEST), FURTHEST)


@dataclass(frozen=True, slots=True)
class LogisticHead:
    """`terms` by feature name. `trained_on` says on what data, for people and for the model card."""

    outcome: str
    intercept: float
    terms: Mapping[str, Term]
    trained_on: str

    def contributions(self, features: Mapping[str, float]) -> dict[str, float]:
        """Parts of the log-odds beside the intercept, against the mean patient.

        Raises InvalidRequest for a number that is not finite.
        """
        if wrong := [name for name, value in features.items() if not math.isfinite(value)]:
            raise InvalidRequest(f"not a finite number: {', '.join(sorted(wrong))}", field="features")
        return {name: term.contribution(features.get(name, term.absent)) for name, term in self.terms.items()}

    def probability(self, contributions: Mapping[str, float]) -> float:
        log_odds = self.intercept + math.fsum(contributions.values())
        return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0

    def calibrated(self, slope: float, offset: float) -> LogisticHead:
        """The head whose log-odds are slope * log-odds + offset."""
        terms = {name: replace(term, weight=term.weight * slope) for name, term in self.terms.items()}
        return replace(self, intercept=self.intercept * slope + offset, terms=terms)

    def save(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.outcome}.json"
        file.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")
        return file


def load_heads(folder: Path) -> dict[str, tuple[LogisticHead, str]]:
    """Heads by outcome, each with its version. Raises InvalidRequest for a file that is no head."""
    return {head.outcome: (head, version) for head, version in map(_load, sorted(folder.glob("*.json")))}


def _load(file: Path) -> tuple[LogisticHead, str]:
    data = file.read_bytes()
    try:
        content = json.loads(data)
        terms = {name: Term(**term) for name, term in content["terms"].items()}
        head = LogisticHead(**{**content, "terms": terms})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidRequest(f"{file} is not a head: {error}") from error
    return head, f"{head.outcome}@{hashlib.sha256(data).hexdigest()[:12]}"
