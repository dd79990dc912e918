"""Cases drawn half of either outcome: what few shots are, and what an expensive model learns from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case


def balanced(cases: Sequence[Case], most: int, seed: int) -> list[Case]:
    """`most` cases without repeats, half of either outcome as far as there are so many; all where there are no more."""
    if len(cases) <= most:
        return list(cases)
    rng = np.random.default_rng(seed)
    order = [cases[place] for place in rng.permutation(len(cases)).tolist()]
    positive, negative = ([case for case in order if case.label is label] for label in (True, False))
    rarer = min(len(positive), len(negative), most // 2)
    first, second = (positive, negative) if len(positive) <= len(negative) else (negative, positive)
    return [*first[:rarer], *second[: most - rarer]]


def shots(cases: Sequence[Case], each: int, seed: Sequence[int]) -> list[Case]:
    """`each` positive and `each` negative cases, drawn with replacement (EHR-encoder paper, B5).

    Raises InvalidRequest where one of the outcomes does not occur.
    """
    rng = np.random.default_rng(list(seed))
    drawn = []
    for label in (True, False):
        of_label = [case for case in cases if case.label is label]
        if not of_label:
            raise InvalidRequest("few shots need cases of either outcome, to learn from and to choose by")
        drawn += [of_label[place] for place in rng.integers(len(of_label), size=each).tolist()]
    return drawn
