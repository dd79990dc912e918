"""A chart as steps of tokens: what recurrent and attention models over codes read.

    events ──▶ tokens: concept, and of a number the decile it falls in ──▶ steps of 6 hours, counted back from the
    prediction time; empty steps are left out

The age in decades is a token of the patient, as the sex is. Counting back makes the same distance from the prediction
time the same step in every chart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.concepts import concepts_of, series_of
from chartline.learning.outcomes.counting import features
from chartline.record.chart import Chart
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.names import normalise
from chartline.record.times import HOUR, NO_TIME, moment_of

STEP_HOURS = 6.0
#: The most recent steps, and of a step the most recent tokens, that a model reads.
MOST_STEPS = 96
MOST_TOKENS = 192

PADDING, UNKNOWN = 0, 1
_FIRST = 2
#: Patients of the training data in which a concept must occur.
_LEAST_PATIENTS = 2
#: What people, and visits, are told apart by.
_SPOKEN = {EventKind.PATIENT: ("gender",), EventKind.ENCOUNTER: ("admission_type", "admission_location")}


@dataclass(frozen=True, slots=True)
class Steps:
    """`tokens` are those of each step, oldest step first; `hours` float64 [S] is each step's distance from then."""

    tokens: tuple[tuple[int, ...], ...]
    hours: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Learned on training patients. `edges` are the inner decile borders of the numbers of a series."""

    ids: dict[str, int]
    edges: dict[str, tuple[float, ...]]

    def __len__(self) -> int:
        return len(self.ids) + _FIRST

    @classmethod
    def learn(cls, cases: Iterable[Case]) -> Vocabulary:
        patients: dict[str, set[str]] = {}
        numbers: dict[str, list[float]] = {}
        for case in cases:
            for age in age_of(case):
                patients.setdefault(age, set()).add(case.patient)
            for _, event, value in happened(case.chart):
                for concept in said_of(event):
                    patients.setdefault(concept, set()).add(case.patient)
                if not math.isnan(value):
                    numbers.setdefault(series_of(event), []).append(value)
        known = sorted(concept for concept, owners in patients.items() if len(owners) >= _LEAST_PATIENTS)
        edges = {series: _deciles(values) for series, values in sorted(numbers.items())}
        tokens = [*known, *(_in_decile(c, place) for c, borders in edges.items() for place in range(len(borders) + 1))]
        return cls({token: number for number, token in enumerate(tokens, start=_FIRST)}, edges)

    def as_json(self) -> dict[str, Any]:
        return {"ids": self.ids, "edges": self.edges}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Vocabulary:
        return cls(content["ids"], {concept: tuple(edges) for concept, edges in content["edges"].items()})

    def tokens(self, event: Event, value: float) -> list[int]:
        ids = [self.ids.get(concept, UNKNOWN) for concept in said_of(event)]
        if not math.isnan(value) and (borders := self.edges.get(series_of(event))) is not None:
            ids.append(self.ids[_in_decile(series_of(event), int(np.searchsorted(borders, value, side="right")))])
        return ids

    def steps(self, case: Case) -> Steps:
        """The case's chart as it was then; what has no time stands in the oldest step."""
        chart = case.chart
        now = chart.clock(moment_of(case.prediction_time))
        grouped: dict[int, list[int]] = {}
        timeless = [self.ids.get(age, UNKNOWN) for age in age_of(case)]
        for index, event, value in happened(chart):
            ids = self.tokens(event, value)
            if chart.starts[index] == NO_TIME:
                timeless += ids
            else:
                grouped.setdefault(_step(chart, index, now), []).extend(ids)
        places = sorted(grouped, reverse=True)[-MOST_STEPS:]
        steps = [tuple(grouped[place][-MOST_TOKENS:]) for place in places]
        hours = [place * STEP_HOURS for place in places]
        if timeless:
            steps.insert(0, tuple(timeless[-MOST_TOKENS:]))
            hours.insert(0, hours[0] if hours else 0.0)
        return Steps(tuple(steps), np.array(hours, dtype=np.float64))


def happened(chart: Chart) -> Iterator[tuple[int, Event, float]]:
    """Place, event and number, NaN for none; a drug that was refused or held is no drug given."""
    for index in np.flatnonzero(chart.happened).tolist():
        yield index, chart.events[index], float(chart.values[index])


def age_of(case: Case) -> list[str]:
    """None where nobody knows it."""
    age = features(case).get("age")
    return [] if age is None else [f"age/{int(age.value) // 10 * 10}s"]


def log_hours(hours: NDArray[np.float64]) -> NDArray[np.float32]:
    """Hours before the prediction time as networks read them: a day is 0.4, ten years are 1.4."""
    return (np.log1p(hours) / 8).astype(np.float32)


def said_of(event: Event) -> list[str]:
    """What an event is tokens of: its concepts, whether its value was abnormal, what its kind is told apart by."""
    said = list(concepts_of(event))
    if event.interpretation and event.interpretation != "N":
        said.append(f"{said[0]}/{event.interpretation}")
    for name in _SPOKEN.get(event.kind, ()):
        told = event.attribute(name)
        if isinstance(told, str) and told:
            said.append(f"{event.kind.name.lower()}/{name}/{normalise(told)}")
    return said


def _step(chart: Chart, index: int, now: int) -> int:
    """0 is the last step before the prediction time; what is planned for later stands in it, too."""
    return max(0, math.floor((now - int(chart.starts[index])) / (STEP_HOURS * HOUR)))


def _deciles(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(np.unique(np.quantile(values, np.linspace(0.1, 0.9, 9))).tolist())


def _in_decile(series: str, place: int) -> str:
    return f"{series}#{place}"
