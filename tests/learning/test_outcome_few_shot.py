"""Curves over few labels: whom they are learnt from and measured on, and what is written of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from outcome_cases import planted_cases

from chartline.errors import InvalidRequest
from chartline.evaluation.outcomes.few_shot import (
    ALL,
    REPLICATES,
    Curve,
    few_shot_curve,
    few_shot_json,
    few_shot_page,
    fits,
)
from chartline.evaluation.outcomes.harness import Run
from chartline.learning.outcomes.cases import Case, Probabilities
from chartline.learning.outcomes.kinds import Kind
from chartline.learning.outcomes.models import MODELS
from chartline.learning.outcomes.splits import split

NUMBERS = (1, 8)
RUN = Run("planted", ("counts-logistic", "watched"))


class Watched:
    """Keeps what it was given."""

    seen: ClassVar[list[tuple[list[Case], list[Case], int]]] = []

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self.seen.append((list(train), list(valid), seed))

    def predict(self, cases: Sequence[Case]) -> Probabilities:
        return np.linspace(0.1, 0.9, len(cases))

    def save(self, folder: Path) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return planted_cases(560)


@pytest.fixture(scope="module")
def curve(cases: list[Case]) -> Iterator[Curve]:
    done: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, "watched", Kind(Watched, lambda _: Watched()))
        made = few_shot_curve(RUN, cases, done.append, NUMBERS)
        assert done == list(range(1, fits(RUN, NUMBERS) + 1))
        yield made


def test_few_cases_of_the_learning_parts_teach_and_the_whole_test_part_measures(
    cases: list[Case], curve: Curve
) -> None:
    parts = split(cases)
    train, valid, test = ({cases[i].patient for i in part} for part in (parts.train, parts.valid, parts.test))
    assert curve.cases == len(test)
    for drawn, (learnt, held, _) in zip([*[1] * 5, *[8] * 5], Watched.seen, strict=False):
        for part, known in ((learnt, train), (held, valid)):
            assert [case.label for case in part] == [True] * drawn + [False] * drawn
            assert {case.patient for case in part} <= known
    learnt, held, _ = Watched.seen[-1]
    assert ({case.patient for case in learnt}, {case.patient for case in held}) == (train, valid)
    assert len({seed for _, _, seed in Watched.seen}) == len(Watched.seen) == 2 * REPLICATES + 1


def test_more_labels_help_and_all_most(curve: Curve) -> None:
    one, eight, every = (np.mean(curve.of("counts-logistic", n, "AUROC")) for n in (1, 8, ALL))
    assert one < every
    assert 0.7 < eight <= every


def test_the_curve_is_written_with_its_seeds(curve: Curve) -> None:
    page = few_shot_page([curve], "planted records")
    assert "| AUROC | 1 | 8 | all |" in page
    assert page.count("| counts-logistic | ") == 3
    (told,) = json.loads(json.dumps(few_shot_json([curve])))
    assert told["points"][0] | {"metrics": 0} == {
        "model": "counts-lightgbm",
        "shots": 1,
        "seed": [1, 1, 0],
        "metrics": 0,
    }
    assert len(told["points"]) == 3 * (2 * REPLICATES + 1)


def test_the_same_run_gives_the_same_curve(cases: list[Case], curve: Curve) -> None:
    run = replace(RUN, models=("counts-logistic",))
    again = few_shot_curve(run, cases, lambda _: None, (1,))
    assert [p for p in curve.points if p.shots == 1 and p.model != "watched"] == [p for p in again.points if p.shots]


def test_without_either_outcome_there_is_no_draw(cases: list[Case]) -> None:
    with pytest.raises(InvalidRequest, match="either outcome"):
        few_shot_curve(RUN, [replace(case, label=False) for case in cases], lambda _: None, NUMBERS)


def test_a_ranking_of_few_outcomes_is_not_printed(cases: list[Case]) -> None:
    few = few_shot_curve(replace(RUN, models=()), cases[:100], lambda _: None, (2,))
    assert few.of("counts-lightgbm", 2, "AUROC") == []
    assert few.of("counts-lightgbm", 2, "Brier")
    assert "| counts-lightgbm | – | – |" in few_shot_page([few], "few")
