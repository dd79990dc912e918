"""Whom a task is asked about, and when.

Labels are given at the task's prediction times alone. A prediction is made from the first of them on for as long as the
outcome is open, because people ask today and not at the hour that the labels have.
"""

from __future__ import annotations

from collections.abc import Callable

from chartline.learning.tasks.course import Course, matching
from chartline.learning.tasks.task import ICU_STAY, Anchor, Task
from chartline.record.chart import Chart
from chartline.record.fields import age as age_at
from chartline.record.kinds import EventKind
from chartline.record.stays import Stay
from chartline.record.times import HOUR, moment_of


def excluded(task: Task, course: Course, stay: Stay, moment: int, known: Callable[[], Chart]) -> str:
    """Why the task asks nothing about the stay at that moment of the course's clock; empty where it does.

    `known` gives the chart as it was known then; it is asked for only where the task needs it.
    """
    wanted = task.observation
    if course.dead_at(moment) or (task.prediction_times.anchor is Anchor.END and course.dies_in(stay)):
        return "the patient had died"
    if wanted.outside and any(s.lasts_at(moment) for s in course.stays(wanted.outside)):
        return f"the patient was in a stay of {wanted.outside}"
    if wanted.age and ((age := _age(known())) is None or age < wanted.age):
        return f"the patient was younger than {wanted.age}, or nobody knows"
    if wanted.lacks and matching(known(), task.predicates[wanted.lacks]).size:
        return f"{wanted.lacks} was known already"
    return ""


def unfit(task: Task, chart: Chart) -> str:
    """Why the task means nothing for the chart at its `as_of`; empty where it means something."""
    assert chart.as_of is not None
    now, course = chart.clock(moment_of(chart.as_of)), Course(chart)
    begun = [stay for stay in course.stays(task.trigger) if stay.start <= now]
    lasting = [stay for stay in begun if stay.lasts_at(now)]
    place = "intensive care" if task.trigger == ICU_STAY else "hospital"
    if task.prediction_times.anchor is Anchor.START:
        if not lasting:
            return f"the patient is not in {place} at the prediction time"
        return _too_early_or_late(task, now - lasting[-1].start) or excluded(
            task, course, lasting[-1], now, lambda: chart
        )
    if lasting:
        return f"the patient is still in {place} at the prediction time"
    if not begun:
        return f"the patient was never in {place}"
    last = max(begun, key=lambda stay: stay.end)
    if task.target.within and now >= last.end + task.target.within:
        return "the time after the stay that is asked about is over"
    return excluded(task, course, last, now, lambda: chart)


def _too_early_or_late(task: Task, since: int) -> str:
    """`since` is how long the stay has lasted, in microseconds."""
    if since < (after := task.prediction_times.after):
        return f"the stay has lasted less than the {after // HOUR} h after which it is asked about"
    if task.target.lasts and since >= task.target.lasts:
        return "the stay has lasted longer already than is asked"
    return ""


def _age(chart: Chart) -> float | None:
    """As the last visit states it, else by birth."""
    assert chart.as_of is not None
    places = (*chart.of_kind(EventKind.ENCOUNTER).tolist()[-1:], *chart.of_kind(EventKind.PATIENT).tolist())
    told = (age_at(chart, chart.events[place], chart.as_of) for place in places)
    return next((float(age.value) for age in told if age is not None), None)
