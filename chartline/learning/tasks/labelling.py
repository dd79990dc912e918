"""Labels from events: each stay of a task gives prediction times, each of these a label or a reason for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chartline.learning.outcomes.as_of import chart_at
from chartline.learning.tasks.course import Course
from chartline.learning.tasks.eligibility import excluded
from chartline.learning.tasks.task import DEATH, HOSPITAL_STAY, Anchor, Predicate, Task, Until
from chartline.record.chart import Chart
from chartline.record.event import Event, Instant
from chartline.record.stays import Stay
from chartline.record.times import LATEST, interval_end


@dataclass(frozen=True, slots=True)
class Label:
    """`encounter` is how events name the stay that the prediction time lies in."""

    patient: str
    prediction_time: Instant
    value: bool
    encounter: str = ""


@dataclass(slots=True)
class Labelled:
    """`left_out` counts, by reason, the prediction times that got no label."""

    labels: list[Label] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def records_end(patients: Iterable[Sequence[Event]]) -> int:
    """When the records learnt the last that they know of anybody, in microseconds (UTC where there are zones).

    Means nothing where each patient's times were shifted for themselves. LATEST where nothing says when it was known.
    """
    learnt = (event.available_time for versions in patients for event in versions)
    return max((interval_end(time) for time in learnt if time is not None), default=LATEST)


def label_patients(
    task: Task,
    patients: Mapping[str, Sequence[Event]],
    progress: Callable[[int], None] = lambda _: None,
    end: int = LATEST,
) -> Labelled:
    """In order of patient, then time; `patients` holds all versions of each one's events.

    Who did not come back until the `end` of the records may come yet, and has no label.
    """
    labelled = Labelled()
    for number, (patient, versions) in enumerate(sorted(patients.items()), start=1):
        times: set[Instant] = set()
        for found in _Patient(task, patient, versions, end).labels():
            if isinstance(found, str):
                labelled.left_out[found] += 1
            elif found.prediction_time in times:
                labelled.left_out["another stay has this prediction time"] += 1
            else:
                labelled.labels.append(found)
                times.add(found.prediction_time)
        progress(number)
    return labelled


class _Patient:
    """One patient's whole course, held against a task; `end` is that of all records."""

    def __init__(self, task: Task, patient: str, versions: Sequence[Event], end: int) -> None:
        self._task, self._patient, self._versions, self._end = task, patient, versions, end
        self._course = Course(Chart.build(versions))

    def labels(self) -> Iterator[Label | str]:
        for stay in self._course.stays(self._task.trigger):
            if stay.end == LATEST:
                yield "the stay has no end"
                continue
            moments = list(self._moments(stay))
            if not moments:
                yield "the stay ended before the prediction time"
            for moment in moments:
                reason = self._excluded(stay, moment)
                yield reason or self._label(stay, moment)

    def _moments(self, stay: Stay) -> Iterator[int]:
        times = self._task.prediction_times
        if times.anchor is Anchor.END:
            yield stay.end
            return
        moment = stay.start + times.after
        while moment < stay.end:
            yield moment
            if not times.every:
                return
            moment += times.every

    # --- what must hold then -----------------------------------------------------------------------------------------

    def _excluded(self, stay: Stay, moment: int) -> str:
        def known() -> Chart:
            return chart_at(self._versions, self._instant(stay, moment))

        return excluded(self._task, self._course, stay, moment, known) or self._gone_on(stay, moment)

    def _gone_on(self, stay: Stay, moment: int) -> str:
        gap = self._task.target.gap
        following = self._course.moments(HOSPITAL_STAY) if gap else []
        gone_on = any(moment <= start < moment + gap for start in following if start != stay.start)
        return "the stay went on elsewhere" if gone_on else ""

    # --- what came of it ---------------------------------------------------------------------------------------------

    def _label(self, stay: Stay, moment: int) -> Label | str:
        target = self._task.target
        if target.measured and not self._found(self._task.measured, stay, moment):
            return f"{target.measured}: nothing readable in the target window"
        asked = self._task.asked(target.has)
        value = self._course.length(stay) > target.lasts if target.lasts else self._found(asked, stay, moment)
        now = self._instant(stay, moment)
        lost = target.follow_up and self._course.last_moment < moment + target.within
        if not value and (lost or (target.within and self._end < now.unix_micros + target.within)):
            return "the record ends within the target window"
        return Label(self._patient, now, value, stay.encounter)

    def _found(self, what: Predicate | str, stay: Stay, moment: int) -> bool:
        target = self._task.target
        if target.of_stay:
            assert isinstance(what, Predicate)
            return self._course.of_stay(what, stay)
        within = self._course.visit_of(stay) if target.until is Until.HOSPITAL_END else stay
        if what == DEATH and target.until is not None:
            return self._course.dies_in(within)
        end = within.end if target.until is not None else moment + target.within
        return any(moment < when <= end for when in self._course.moments(what))

    def _instant(self, stay: Stay, moment: int) -> Instant:
        return self._course.instant(moment, self._course.chart.events[stay.index].time)
