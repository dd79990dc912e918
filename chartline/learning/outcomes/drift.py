"""What charts and probabilities were like in training, and how far those of today are from it.

Kept with a model: of each quantity the decile edges among the calibration cases and the share of cases in each bin, one
more for cases that lack it. Distance is the population stability index, PSI = sum (now - then) ln(now / then) over
bins; by convention above 0.1 is a shift worth a look, above 0.25 one that calls the model into question.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.abstention import Abstention, own_concepts
from chartline.learning.outcomes.cases import Case, Probabilities
from chartline.learning.outcomes.counting import features

_FILE = "reference.json"
#: A quantity is watched where so many of the cases have it; of these the most frequent.
_LEAST_SHARE, _MOST_FEATURES = 0.2, 20
_DECILES = tuple(step / 10 for step in range(1, 10))
PROBABILITY, EVENTS, KNOWN = "probability", "events", "known events"


@dataclass(frozen=True, slots=True)
class Scale:
    """`edges` ascending; `shares` of the bins between them, of cases without the quantity last. Sum is 1."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float], cases: int) -> Scale:
        """`values` of those of the cases that have the quantity."""
        edges = tuple(float(edge) for edge in np.unique(np.quantile(values, _DECILES)))
        found = Counter(bisect_right(edges, value) for value in values)
        counts = [*(found[place] for place in range(len(edges) + 1)), cases - len(values)]
        return cls(edges, tuple(count / cases for count in counts))

    def bin(self, value: float | None) -> int:
        return len(self.shares) - 1 if value is None else bisect_right(self.edges, value)

    def psi(self, counts: Sequence[int]) -> float:
        """`counts` by bin. Half a case is added to each bin of both sides, so that an empty one stays finite."""
        total, bins = sum(counts), len(self.shares)
        now = (np.array(counts) + 0.5) / (total + 0.5 * bins)
        then = np.array(self.shares) * total + 0.5
        then /= then.sum()
        return float(np.sum((now - then) * np.log(now / then)))


@dataclass(frozen=True, slots=True)
class Reference:
    """Scales by quantity: PROBABILITY, EVENTS (how many), KNOWN (share that training knew) and features by name."""

    scales: Mapping[str, Scale]
    cases: int

    def bins(self, case: Case, limits: Abstention, probability: float | None) -> dict[str, int]:
        """Of one case today; an abstention has no probability and counts as lacking it."""
        values: dict[str, float | None] = {**_quantities(case, limits), PROBABILITY: probability}
        return {name: scale.bin(values.get(name)) for name, scale in self.scales.items()}

    def save(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Reference:
        """Raises InvalidRequest where there is none."""
        try:
            content = json.loads((folder / _FILE).read_text())
            scales = {name: Scale(tuple(s["edges"]), tuple(s["shares"])) for name, s in content["scales"].items()}
            return cls(scales, int(content["cases"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidRequest(f"{folder} does not say what its training data were like: {error}") from error


def fit_reference(cases: Sequence[Case], limits: Abstention, probabilities: Probabilities) -> Reference:
    """Of the calibration cases, which the model did not learn from; there must be some."""
    rows = [_quantities(case, limits) for case in cases]
    present = Counter(name for row in rows for name in row)
    often = [name for name, count in present.items() if count >= _LEAST_SHARE * len(rows)]
    chosen = sorted(often, key=lambda name: (name not in (EVENTS, KNOWN), -present[name], name))[: _MOST_FEATURES + 2]
    scales = {name: Scale.of([row[name] for row in rows if name in row], len(rows)) for name in chosen}
    return Reference({**scales, PROBABILITY: Scale.of(probabilities.tolist(), len(rows))}, len(rows))


def _quantities(case: Case, limits: Abstention) -> dict[str, float]:
    own = {EVENTS: float(len(own_concepts(case))), KNOWN: limits.known(case)}
    return own | {name: feature.value for name, feature in features(case).items()}
