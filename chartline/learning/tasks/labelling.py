"""Labels from events: each stay of a task gives prediction times, each of these a label or a reason for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chartline.learning.outcomes.as_of import chart_at
from chartline.learning.tasks.course import Course, matching
from chartline.learning.tasks.task import DEATH, HOSPITAL_STAY, Anchor, Predicate, Task, Until
from chartline.record.event import Event, Instant
from chartline.record.fields import age as age_at
from chartline.record.kinds import EventKind
from chartline.record.stays import Stay
from chartline.record.times import LATEST


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


def label_patients(
    task: Task, patients: Mapping[str, Sequence[Event]], progress: Callable[[int], None] = lambda _: None
) -> Labelled:
    """In order of patient, then time; `patients` holds all versions of each one's events."""
    labelled = Labelled()
    for number, (patient, versions) in enumerate(sorted(patients.items()), start=1):
        times: set[Instant] = set()
        for found in _Patient(task, patient, versions).labels():
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
    """One patient's whole course, held against a task."""

    def __init__(self, task: Task, patient: str, versions: Sequence[Event]) -> None:
        self._task, self._patient, self._versions = task, patient, versions
        self._course = Course(versions)

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
        target, at_end = self._task.target, self._task.prediction_times.anchor is Anchor.END
        if self._course.dead_at(moment) or (at_end and self._course.dies_in(stay)):
            return "the patient had died"
        following = self._course.moments(HOSPITAL_STAY) if target.gap else []
        if any(moment <= start < moment + target.gap for start in following if start != stay.start):
            return "the stay went on elsewhere"
        return self._unobserved(stay, moment)

    def _unobserved(self, stay: Stay, moment: int) -> str:
        """By what was known then and by nothing else."""
        wanted, now = self._task.observation, self._instant(stay, moment)
        if wanted.outside and any(s.lasts_at(moment) for s in self._course.stays(wanted.outside)):
            return f"the patient was in a stay of {wanted.outside}"
        if not wanted.age and not wanted.lacks:
            return ""
        chart = chart_at(self._versions, now)
        if wanted.age:
            stated = (age_at(chart, chart.events[i], now) for i in chart.of_kind(EventKind.ENCOUNTER).tolist()[-1:])
            born = (age_at(chart, chart.events[i], now) for i in chart.of_kind(EventKind.PATIENT).tolist())
            age = next((float(a.value) for a in (*stated, *born) if a is not None), None)
            if age is None or age < wanted.age:
                return f"the patient was younger than {wanted.age}, or nobody knows"
        if wanted.lacks and matching(chart, self._predicate(wanted.lacks)).size:
            return f"{wanted.lacks} was known already"
        return ""

    # --- what came of it ---------------------------------------------------------------------------------------------

    def _label(self, stay: Stay, moment: int) -> Label | str:
        target = self._task.target
        if target.measured and not self._found(target.measured, stay, moment):
            return f"{target.measured}: nothing in the target window"
        value = stay.end - stay.start > target.lasts if target.lasts else self._found(target.has, stay, moment)
        if not value and target.follow_up and self._course.last_moment < moment + target.within:
            return "the record ends within the target window"
        return Label(self._patient, self._instant(stay, moment), value, stay.encounter)

    def _found(self, name: str, stay: Stay, moment: int) -> bool:
        target = self._task.target
        what = self._task.predicates.get(name, name)
        if target.of_stay:
            assert isinstance(what, Predicate)
            return self._course.of_stay(what, stay)
        within = self._course.visit_of(stay) if target.until is Until.HOSPITAL_END else stay
        if what == DEATH and target.until is not None:
            return self._course.dies_in(within)
        end = within.end if target.until is not None else moment + target.within
        return any(moment < when <= end for when in self._course.moments(what))

    def _predicate(self, name: str) -> Predicate:
        return self._task.predicates[name]

    def _instant(self, stay: Stay, moment: int) -> Instant:
        return self._course.instant(moment, self._course.chart.events[stay.index].time)
