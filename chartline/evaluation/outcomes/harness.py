"""Predictions on cases that nothing was learnt from: each rotation trains and calibrates anew and tests the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chartline.errors import InvalidRequest
from chartline.evaluation.outcomes.metrics import Floats
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.data_hash import data_sha256
from chartline.learning.outcomes.head import fit_head
from chartline.learning.outcomes.kept import Origin, Prediction
from chartline.learning.outcomes.names import REFERENCE, HeldOut
from chartline.learning.outcomes.splits import split


@dataclass(frozen=True, slots=True)
class Run:
    """What is measured how. One rotation tests the patients that this project never trains on, ten test everybody.

    `question` is the task's, for models that read it.
    """

    task: str
    models: tuple[str, ...]
    held_out: HeldOut = HeldOut.PATIENTS
    rotations: int = 10
    seed: int = 1
    question: str = ""

    @property
    def all_models(self) -> tuple[str, ...]:
        """The reference first, asked for or not: without it no number says much."""
        return tuple(dict.fromkeys((REFERENCE, *self.models)))


@dataclass(frozen=True, slots=True)
class Study:
    """`cases` are those that were tested; `predictions` of each model are in their order. `data_sha256` is of all."""

    run: Run
    cases: tuple[Case, ...]
    places: tuple[int, ...]
    predictions: dict[str, tuple[Prediction, ...]]
    data_sha256: str

    def probabilities(self, model: str) -> Floats:
        """float64 [cases], NaN where the model abstained."""
        return np.array([np.nan if p.probability is None else p.probability for p in self.predictions[model]])


def run_harness(run: Run, cases: Sequence[Case], progress: Callable[[int], None]) -> Study:
    """`progress` is told how many of rotations times models are done. `places` are those of the tested cases.

    A rotation that cannot train or calibrate a model leaves its cases without a number, with that reason.
    """
    digest = data_sha256(cases)
    found: dict[str, dict[int, Prediction]] = {model: {} for model in run.all_models}
    done = 0
    for rotation in range(run.rotations):
        parts = split(cases, run.held_out, rotation)
        test = [cases[i] for i in parts.test]
        for model, predictions in found.items():
            origin = Origin(model, run.task, run.seed, digest, run.question)
            try:
                told = fit_head(origin, cases, parts).predict(test) if test else []
            except InvalidRequest as error:
                told = [Prediction(None, error.message)] * len(test)
            predictions.update(zip(parts.test, told, strict=True))
            done += 1
            progress(done)
    places = tuple(sorted(found[REFERENCE]))
    if not places:
        raise InvalidRequest("no case is in the test part: ask for more rotations, or for more records")
    by_model = {model: tuple(predictions[i] for i in places) for model, predictions in found.items()}
    return Study(run, tuple(cases[i] for i in places), places, by_model, digest)
