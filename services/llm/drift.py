"""How far the charts and probabilities of today are from those of training: PSI over a head's last predictions."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from chartline.learning.outcomes.serving import Case, Prediction, ServedHead

#: Predictions that are looked back on, and fewer than which say nothing: chance alone gives a PSI of about bins / n.
WINDOW, LEAST = 1_000, 200


@dataclass(frozen=True, slots=True)
class Drift:
    """`psi` by quantity, empty while the window holds fewer than LEAST."""

    predictions: int
    psi: dict[str, float]


class DriftWindow:
    """One head's; one thread adds, another may read."""

    def __init__(self, head: ServedHead) -> None:
        self._head = head.head
        self._bins: deque[dict[str, int]] = deque(maxlen=WINDOW)

    def add(self, case: Case, prediction: Prediction) -> None:
        limits = self._head.abstention
        self._bins.append(self._head.reference.bins(case, limits, prediction.probability))

    def drift(self) -> Drift:
        seen = list(self._bins)
        if len(seen) < LEAST:
            return Drift(len(seen), {})
        psi = {}
        for name, scale in self._head.reference.scales.items():
            counts = [0] * len(scale.shares)
            for bins in seen:
                counts[bins[name]] += 1
            psi[name] = scale.psi(counts)
        return Drift(len(seen), psi)
