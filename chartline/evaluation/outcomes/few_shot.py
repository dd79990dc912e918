"""How few labels a model needs: trained on k cases of either outcome, tested on everybody of the test part.

The protocol of the EHR-encoder paper (npj Digital Medicine 2026, 9:530, B5): k positive and k negative cases to learn
from and as many to choose hyper-parameters by, drawn with replacement, five draws each; the test part is always whole.
All models see the same draws; nothing is calibrated, for so few cases allow none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from chartline.errors import InvalidRequest
from chartline.evaluation.outcomes.harness import Run
from chartline.evaluation.outcomes.metrics import Floats, Outcomes, auprc, auroc, brier, ranks
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.data_hash import data_sha256
from chartline.learning.outcomes.draws import shots
from chartline.learning.outcomes.models import new_model
from chartline.learning.outcomes.splits import split
from chartline.learning.outcomes.training import LEAST_POSITIVES

SHOTS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 128)
REPLICATES = 5
#: What stands for all cases of training in place of a number of shots.
ALL = 0
_METRICS = {"AUROC": auroc, "AUPRC": auprc, "Brier": brier}
_RANKING = ("AUROC", "AUPRC")


@dataclass(frozen=True, slots=True)
class Point:
    """One fit. `seed` gives its draw (with 0 behind it that of training, with 1 of validation) and all in the model.

    `metrics` of ranking are None where too few outcomes are tested.
    """

    model: str
    shots: int
    seed: tuple[int, ...]
    metrics: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Curve:
    """`cases` and `positive` are those of the test part; `points` come model by model within a draw."""

    task: str
    cases: int
    positive: int
    data_sha256: str
    points: tuple[Point, ...]

    def of(self, model: str, shots: int, metric: str) -> list[float]:
        told = (p.metrics[metric] for p in self.points if (p.model, p.shots) == (model, shots))
        return [value for value in told if value is not None]


def few_shot_curve(
    run: Run, cases: Sequence[Case], progress: Callable[[int], None], numbers: Sequence[int] = SHOTS
) -> Curve:
    """On the parts of the first rotation; `progress` is told how many of `fits` are done.

    Raises InvalidRequest where an outcome is missing in the training or validation part, or nobody is tested.
    """
    parts = split(cases, run.held_out)
    train, valid, test = ([cases[i] for i in part] for part in (parts.train, parts.valid, parts.test))
    if not test:
        raise InvalidRequest("no case is in the test part: few shots need more records")
    outcomes = np.array([case.label for case in test], dtype=bool)
    points = []
    for seed, number, learnt, held in _draws(run, train, valid, numbers):
        for name in run.all_models:
            model = new_model(name, run.question)
            model.fit(learnt, held, int(np.random.default_rng(seed).integers(2**31)))
            points.append(Point(name, number, seed, _measured(outcomes, model.predict(test))))
            progress(len(points))
    return Curve(run.task, len(test), int(outcomes.sum()), data_sha256(cases), tuple(points))


def fits(run: Run, numbers: Sequence[int] = SHOTS) -> int:
    return (len(numbers) * REPLICATES + 1) * len(run.all_models)


def few_shot_json(curves: Sequence[Curve]) -> list[dict[str, object]]:
    """Every fit with its seed, as JSON takes it."""
    return [asdict(curve) for curve in curves]


def few_shot_page(curves: Sequence[Curve], records: str) -> str:
    head = f"""# How few labels a model needs

Written by `chartline evaluate outcomes --few-shot` on {records}. Columns: cases of either outcome to learn from, and as
many to choose by; mean of {REPLICATES} draws, in brackets the least and the most; "all" is one fit to all. A ranking of
fewer than {LEAST_POSITIVES} outcomes of either kind is not printed."""
    return "\n\n".join([head, *(part for curve in curves for part in _tables(curve))]) + "\n"


def _draws(
    run: Run, train: Sequence[Case], valid: Sequence[Case], numbers: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], int, Sequence[Case], Sequence[Case]]]:
    for number in numbers:
        for replicate in range(REPLICATES):
            seed = (run.seed, number, replicate)
            yield seed, number, shots(train, number, (*seed, 0)), shots(valid, number, (*seed, 1))
    yield (run.seed, ALL), ALL, train, valid


def _measured(outcomes: Outcomes, told: Floats) -> dict[str, float | None]:
    ranked = ranks(outcomes)
    return {
        name: metric(outcomes, told) if ranked or name not in _RANKING else None for name, metric in _METRICS.items()
    }


def _tables(curve: Curve) -> Iterator[str]:
    numbers = list(dict.fromkeys(point.shots for point in curve.points))
    yield (
        f"## {curve.task}\n\n{curve.cases} tested cases, {curve.positive} positive; "
        f"data sha256 `{curve.data_sha256[:12]}`."
    )
    for metric in _METRICS:
        head = f"| {metric} | {' | '.join('all' if n == ALL else str(n) for n in numbers)} |"
        rows = [
            f"| {model} | {' | '.join(_cell(curve.of(model, n, metric)) for n in numbers)} |"
            for model in dict.fromkeys(point.model for point in curve.points)
        ]
        yield "\n".join([head, f"|---|{'---|' * len(numbers)}", *rows])


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "–"
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} [{min(values):.3f}, {max(values):.3f}]"
