"""What the harness found, as Markdown and plots: written by the program alone, so that no number is a hand's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chartline.evaluation.outcomes.harness import Study
from chartline.evaluation.outcomes.metrics import (
    METRICS,
    RANKING,
    THRESHOLDS,
    Floats,
    Outcomes,
    auroc,
    brier,
    net_benefit,
    noise_floor,
    ranks,
)
from chartline.evaluation.outcomes.plots import draw
from chartline.evaluation.outcomes.resampling import Draws, difference, measured
from chartline.evaluation.outcomes.subgroups import subgroups
from chartline.learning.outcomes.names import REFERENCE
from chartline.learning.outcomes.training import LEAST_POSITIVES

#: Bootstraps of the page.
RESAMPLES = 1_000
_COMPARED = ("AUROC", "AUPRC", "Brier")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A model's covered cases."""

    model: str
    rows: Sequence[int]
    outcomes: Outcomes
    probabilities: Floats
    patients: Sequence[str]


def outcomes_report(studies: Sequence[Study], records: str, resamples: int = RESAMPLES) -> str:
    """The page for all tasks; plots lie beside it in `outcomes/<task>.svg`."""
    head = f"""# How well outcomes are predicted

Written by `chartline evaluate outcomes` on {records}; what the words mean is in [outcomes.md](../outcomes.md).

Every case is predicted on by models that have seen nothing of its patient (or hospital, where these are held out): each
rotation trains, tunes and calibrates anew. Brackets are 95 % intervals by {resamples} bootstraps over patients;
differences are paired on the same cases and draws. A ranking of fewer than {LEAST_POSITIVES} outcomes of either kind is
not printed. **ECE by chance** is what perfectly calibrated probabilities would show here (mean, 95th
percentile): an ECE at or below it says nothing against a model."""
    return "\n\n".join([head, *(part for study in studies for part in _task(study, resamples))]) + "\n"


def outcome_plot(study: Study) -> str:
    """SVG; empty where there are too few outcomes for any curve."""
    shown = [one for one in _all_shown(study) if ranks(one.outcomes)]
    if not shown:
        return ""
    return draw(study.run.task, {one.model: (one.outcomes, one.probabilities) for one in shown})


def _task(study: Study, resamples: int) -> Iterator[str]:
    run, cases = study.run, study.cases
    positive = sum(case.label for case in cases)
    yield (
        f"## {run.task}\n\n{len(cases)} cases of {len({case.patient for case in cases})} patients in "
        f"{len({case.group for case in cases})} hospitals or systems, {positive} positive. Held out: {run.held_out}, "
        f"{run.rotations} rotations, seed {run.seed}, data sha256 `{study.data_sha256[:12]}`."
    )
    shown = _all_shown(study)
    if min(positive, len(cases) - positive) < LEAST_POSITIVES:
        yield f"**No AUROC is reported**: {positive} positives of {len(cases)} cases rank nobody."
    yield _metrics(shown, len(cases), resamples)
    yield from _differences(shown, resamples)
    yield from _abstentions(study)
    yield from _decisions(shown)
    yield from _subgroups(study, shown)
    if any(ranks(one.outcomes) for one in shown):
        yield f"![calibration, ROC and precision-recall curves](outcomes/{run.task}.svg)"


def _all_shown(study: Study) -> list[_Shown]:
    shown = []
    for model in study.run.all_models:
        told = study.probabilities(model)
        rows = np.flatnonzero(~np.isnan(told)).tolist()
        outcomes = np.array([study.cases[i].label for i in rows], dtype=bool)
        shown.append(_Shown(model, rows, outcomes, told[rows], [study.cases[i].patient for i in rows]))
    return shown


def _metrics(shown: Sequence[_Shown], cases: int, resamples: int) -> str:
    head = f"| model | coverage | {' | '.join(METRICS)} | ECE by chance |\n|---|---|{'---|' * len(METRICS)}---|"
    rows = []
    for one in shown:
        if not one.rows:
            rows.append(f"| {one.model} | 0.0 % |{' – |' * (len(METRICS) + 1)}")
            continue
        floor, draws = noise_floor(one.probabilities, 1), Draws(one.patients, resamples, 1)
        told = [
            "–"
            if name in RANKING and not ranks(one.outcomes)
            else measured(metric, one.outcomes, one.probabilities, draws)
            for name, metric in METRICS.items()
        ]
        cells = " | ".join(map(str, told))
        rows.append(f"| {one.model} | {len(one.rows) / cases:.1%} | {cells} | {floor.mean:.3f}, {floor.high:.3f} |")
    return "\n".join([head, *rows])


def _differences(shown: Sequence[_Shown], resamples: int) -> Iterator[str]:
    reference, *others = shown
    rows = []
    for one in others:
        both = sorted({*one.rows} & {*reference.rows})
        if not both:
            continue
        mine, its = (np.searchsorted(s.rows, both) for s in (one, reference))
        outcomes = one.outcomes[mine]
        draws = Draws([one.patients[i] for i in mine.tolist()], resamples, 1)
        cells = [
            "–"
            if name in RANKING and not ranks(outcomes)
            else str(difference(METRICS[name], outcomes, one.probabilities[mine], reference.probabilities[its], draws))
            for name in _COMPARED
        ]
        rows.append(f"| {one.model} | {len(both)} | {' | '.join(cells)} |")
    if rows:
        head = f"| less {REFERENCE} | cases | {' | '.join(_COMPARED)} |\n|---|---|{'---|' * len(_COMPARED)}"
        yield "\n".join([head, *rows])


def _abstentions(study: Study) -> Iterator[str]:
    """Reasons without their numbers."""
    lines = []
    for model, predictions in study.predictions.items():
        reasons = Counter(p.reason.partition(":")[0] for p in predictions if p.probability is None)
        lines += [f"- {model}: {count}, {reason}" for reason, count in sorted(reasons.items())]
    if lines:
        yield "\n".join(["Without a number:\n", *lines])


def _decisions(shown: Sequence[_Shown]) -> Iterator[str]:
    """Net benefit a hundred cases; a model is worth its while where it beats both treating all and treating none."""
    rows = []
    for one in shown:
        if one.rows:
            sure = np.ones_like(one.probabilities)
            for name, told in ((one.model, one.probabilities), (f"all of {one.model}'s cases", sure)):
                cells = " | ".join(f"{100 * net_benefit(one.outcomes, told, t):.1f}" for t in THRESHOLDS)
                rows.append(f"| {name} | {cells} |")
    if rows:
        head = " | ".join(f"{threshold:.0%}" for threshold in THRESHOLDS)
        yield "\n".join(
            [f"| net benefit in 100 cases, treated at | {head} |", "|---|" + "---|" * len(THRESHOLDS), *rows]
        )


def _subgroups(study: Study, shown: Sequence[_Shown]) -> Iterator[str]:
    reference = shown[0]
    told = dict(zip(reference.rows, reference.probabilities.tolist(), strict=True))
    rows = []
    for trait, groups in subgroups(study.cases).items():
        for group, places in groups.items():
            covered = [i for i in places if i in told]
            if covered:
                outcomes = np.array([study.cases[i].label for i in covered], dtype=bool)
                numbers = np.array([told[i] for i in covered])
                ranking = auroc(outcomes, numbers) if ranks(outcomes) else None
                area = "–" if ranking is None else f"{ranking:.3f}"
                coverage = f"{len(covered) / len(places):.0%}"
                rows.append(
                    f"| {trait} | {group} | {len(covered)} | {int(outcomes.sum())} | {coverage} | "
                    f"{area} | {brier(outcomes, numbers):.3f} | {numbers.mean():.3f} | {outcomes.mean():.3f} |"
                )
    if rows:
        head = f"| {reference.model} | group | cases | positive | coverage | AUROC | Brier | told | came |"
        yield "\n".join([head, "|---|---|---|---|---|---|---|---|---|", *rows])
