"""Logistic regression over counts: a line whose every weight can be read, the head of the EHR-encoder papers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from scipy.sparse import csr_matrix

from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.count_space import CountSpace
from chartline.learning.outcomes.linear_model import Features, LinearModel


class CountFeatures(Features):
    def __init__(self) -> None:
        self.space = CountSpace((), {})

    def learn(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self.space = CountSpace.of(train)

    def matrix(self, cases: Sequence[Case]) -> csr_matrix:
        return self.space.matrix(cases)

    def save(self, folder: Path) -> None:
        self.space.save(folder)

    def read(self, folder: Path) -> None:
        """Raises InvalidRequest for a folder without columns."""
        self.space = CountSpace.load(folder)


class CountsLogistic(LinearModel):
    how = "exact parts of the log-odds, against the mean training case"

    def __init__(self) -> None:
        self.counts = CountFeatures()
        super().__init__(self.counts)

    def attributions(self) -> dict[str, float]:
        """Log-odds for each unit of the column."""
        return dict(zip(self.counts.space.columns, self.line.raw_weights.tolist(), strict=True))

    def contributions(self, case: Case) -> dict[str, float]:
        parts = self.line.parts(self.counts.matrix([case]).toarray())[0]
        return dict(zip(self.counts.space.columns, parts.tolist(), strict=True))

    def evidence(self, case: Case, features: Collection[str]) -> dict[str, tuple[str, ...]]:
        return self.counts.space.evidence(case, features)
