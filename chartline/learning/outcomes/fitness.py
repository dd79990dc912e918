"""Whether an outcome may be asked for at all: of whom its task asks, from its prediction time on, while it is open."""

from __future__ import annotations

from chartline.learning.outcomes.cases import Case
from chartline.learning.tasks.eligibility import unfit
from chartline.learning.tasks.task_files import shipped_tasks


def unfit_reason(task: str, case: Case) -> str:
    """Why the task means nothing for this chart at that time; empty when it does, and for tasks of others' files."""
    known = shipped_tasks().get(task)
    return "" if known is None else unfit(known, case.chart)
