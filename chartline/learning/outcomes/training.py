"""chartline train outcomes: cases become a folder with a calibrated model, its limits and its card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.data_hash import data_sha256
from chartline.learning.outcomes.head import fit_head
from chartline.learning.outcomes.kept import Origin, OutcomeHead
from chartline.learning.outcomes.kinds import Explaining, Tuned
from chartline.learning.outcomes.names import HeldOut
from chartline.learning.outcomes.served_models import unserved_reason
from chartline.learning.outcomes.splits import Parts, split
from chartline.learning.tasks.task_files import shipped_tasks
from chartline.record.times import HOUR

#: Fewer positives give no ranking worth printing.
LEAST_POSITIVES = 20
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Trained:
    """`metrics` are of the test patients, None where they say nothing; `coverage` is the share not abstained from."""

    head: OutcomeHead
    sizes: dict[str, int]
    metrics: dict[str, float | None]
    coverage: float


def train_outcome(
    out: Path,
    cases: Sequence[Case],
    model: str,
    task: str,
    seed: int,
    held_out: HeldOut = HeldOut.PATIENTS,
    question: str = "",
    records: str = "",
) -> Trained:
    """`question` is the task's, for models that read it; `records` says for the card whose data these are.

    Raises InvalidRequest where the cases cannot train or calibrate anything.
    """
    parts = split(cases, held_out)
    head = fit_head(Origin(model, task, seed, data_sha256(cases), question), cases, parts)
    metrics, coverage = _measured(head, [cases[i] for i in parts.test])
    sizes = {name: len(getattr(parts, name)) for name in Parts.__slots__}
    trained = Trained(head, sizes, metrics, coverage)
    head.save(out, _card(trained, cases, held_out, records))
    return trained


def _measured(head: OutcomeHead, test: Sequence[Case]) -> tuple[dict[str, float | None], float]:
    told = [p.probability for p in head.predict(test)]
    covered = [(p, case.label) for p, case in zip(told, test, strict=True) if p is not None]
    numbers, labels = np.array([p for p, _ in covered]), np.array([label for _, label in covered], dtype=bool)
    return _metrics(numbers, labels), len(covered) / len(test) if test else 0.0


def _metrics(numbers: NDArray[np.float64], labels: NDArray[np.bool_]) -> dict[str, float | None]:
    ranked = labels.sum() >= LEAST_POSITIVES and not labels.all()
    return {
        "AUROC": float(roc_auc_score(labels, numbers)) if ranked else None,
        "AUPRC": float(average_precision_score(labels, numbers)) if ranked else None,
        "Brier": float(brier_score_loss(labels, numbers)) if len(labels) else None,
        "Brier of always saying their share of positives": float(labels.var()) if len(labels) else None,
    }


def _card(trained: Trained, cases: Sequence[Case], held_out: HeldOut, records: str) -> str:
    head = trained.head
    origin, calibration, limits = head.origin, head.calibration, head.abstention
    positive = sum(case.label for case in cases)
    tuning = json.dumps(head.model.tuning) if isinstance(head.model, Tuned) else "none"
    rows = "\n".join(f"| {name} | {_number(value)} |" for name, value in trained.metrics.items())
    sizes = ", ".join(f"{name} {size}" for name, size in trained.sizes.items())
    return f"""# {origin.task}: {origin.model}

**Learnt from.** {len(cases)} cases of {len({c.patient for c in cases})} patients in {len({c.group for c in cases})}
hospitals or systems, {positive} positive; data sha256 `{origin.data_sha256}`; seed {origin.seed}.
**Records.** {records or "Not said: ask who trained it"}.
**Parts.** By a stable hash of {held_out}: {sizes}.
**Meant for** {_meant_for(origin.task)}.
**Tuned** on the validation part: {tuning}.
**Calibrated** by {calibration.method} on {calibration.cases} cases of {calibration.patients} further patients,
{calibration.positive} positive.
**Abstains** from records of fewer than {limits.least_events} events and from those of which less than
{limits.least_known:.1%} is known from training: so short or strange is at most a hundredth of the
{limits.fitted_on} cases of the calibration part.
**Served**: {unserved_reason(origin.model) or "yes"}.
**Says** what speaks for and against: {head.explains_by or "no; this model cannot"}.
**Limits.** Knows the patients, the hospitals and the habits of coding above and no others. Says how likely an outcome
was in patients like these under the care they got; not what would help. Not for clinical use without your own trial.
**Reproduce.** `chartline train labels`, `chartline train outcomes` with the task, model and seed above.

Measured on test patients that no other part has seen, coverage {trained.coverage:.1%}. A ranking is not printed under
{LEAST_POSITIVES} positives.

| | |
|---|---|
{rows}

{_attributions(head)}"""


def _meant_for(task: str) -> str:
    """Whom and when, as far as the task is one that is shipped."""
    known = shipped_tasks().get(task)
    if known is None:
        return f"the patients and times that the labels of {task} are about, and no others"
    times = known.prediction_times
    after = f", {times.after // HOUR} h after it" if times.after else ""
    again = f" and every {times.every // HOUR} h until it ends" if times.every else ""
    where = known.trigger.replace("_", " ")
    return f'the question "{known.question}", asked at the {times.anchor} of a {where}{after}{again}'


def _number(value: float | None) -> str:
    return "too few positives" if value is None else f"{value:.4f}"


def _attributions(head: OutcomeHead) -> str:
    if not isinstance(head.model, Explaining):
        return ""
    weights = Counter({name: abs(weight) for name, weight in head.model.attributions().items()})
    told = head.model.attributions()
    rows = "\n".join(f"| {name.replace('|', '·')} | {told[name]:.4g} |" for name, _ in weights.most_common(_SHOWN))
    return f"What it goes by most, over all cases:\n\n| feature | weight |\n|---|---|\n{rows}\n"
