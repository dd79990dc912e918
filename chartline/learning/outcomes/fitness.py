"""Whether an outcome may be asked for at all: a task predicts in a stay or at its end, and elsewhere means nothing."""

from __future__ import annotations

from chartline.learning.outcomes.cases import Case
from chartline.learning.tasks.task import ICU_STAY, Anchor
from chartline.learning.tasks.task_files import shipped_tasks
from chartline.record.plan import StayType
from chartline.record.times import moment_of


def unfit_reason(task: str, case: Case) -> str:
    """Why the task means nothing for this chart at that time; empty when it does, and for tasks of others' files."""
    if (known := shipped_tasks().get(task)) is None:
        return ""
    icu = known.trigger == ICU_STAY
    now = case.chart.clock(moment_of(case.prediction_time))
    stays = case.chart.stays(StayType.ICU if icu else StayType.HOSPITAL)
    lasting = any(stay.lasts_at(now) for stay in stays)
    place = "intensive care" if icu else "hospital"
    if known.prediction_times.anchor is Anchor.START:
        return "" if lasting else f"the patient is not in {place} at the prediction time"
    if lasting:
        return f"the patient is still in {place} at the prediction time"
    return "" if any(stay.end <= now for stay in stays) else f"the patient was never in {place}"
