"""Generated questions with the charts that they are about and their golds, which are executed anew."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chartline.errors import InvalidRequest
from chartline.evaluation.golds import Answer, Gold, Verdict, executed, verdict_on
from chartline.language.checked_plan import read_plan
from chartline.learning.generation.alignment import NOTHING, direct_answer
from chartline.learning.generation.examples import Row
from chartline.learning.generation.folders import read_charts, read_rows
from chartline.learning.generation.held_out import VIEW_MARK
from chartline.learning.generation.views import SHORT
from chartline.record.chart import Chart
from chartline.record.names import normalise
from chartline.record.plan import QueryPlan, Retrieve
from chartline.record.times import parse_instant

#: A number that the model reads off a soft token counts as right within this share of it.
_NEAR = 0.05


@dataclass(frozen=True, slots=True)
class Case:
    """`short` is the answer in a few words, which a way without a plan must give; "" where it has no such form."""

    row: Row
    chart: Chart
    gold: Gold
    short: str

    @property
    def patient(self) -> str:
        """Whose chart the view is of."""
        return self.row.patient.partition(VIEW_MARK)[0]

    def verdict_on_plan(self, plan: QueryPlan, text: str) -> Verdict:
        """Of what a plan returns on the chart. Of one that reads notes, that it reads the same of them."""
        if isinstance(self.gold.plan, Retrieve):
            return Verdict.RIGHT if plan == self.gold.plan else Verdict.WRONG
        try:
            found = executed(plan, self.chart, parse_instant(self.row.now))
        except InvalidRequest:
            return Verdict.UNAVAILABLE
        return verdict_on(Answer(found.status, found.forms, "", text), [self.gold])

    def verdict_on_words(self, said: str) -> Verdict:
        """Of an answer in words: the same words, or the same unit and nearly the same number."""
        if normalise(said) == normalise(self.short) or _is_near(said, self.short):
            return Verdict.RIGHT
        return Verdict.REFUSED if said.strip() == NOTHING else Verdict.WRONG


def read_cases(folder: Path, task: str, splits: Sequence[str]) -> list[Case]:
    """Those of one chart together. Raises InvalidRequest for what is no folder of generated examples."""
    try:
        charts = {name: Chart(events) for name, events in read_charts(folder, splits)}
        rows = [row for row in read_rows(folder) if row.split in splits and row.task == task]
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequest(f"{folder} holds no generated examples: {error}") from error
    return [_case(row, charts[row.patient]) for row in rows]


def fair(cases: Sequence[Case]) -> list[Case]:
    """Those that every way can be asked: out of the blue, about a short chart, with a short and certain answer."""
    return [
        case
        for case in cases
        if case.short and not case.row.conversation and not case.row.hints and len(case.chart.events) <= SHORT
    ]


def drawn(cases: Sequence[Case], many: int, seed: int = 1) -> list[Case]:
    """At most so many, those of one chart together."""
    rng = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    return sorted(rng.sample(cases, min(many, len(cases))), key=lambda case: case.row.patient)


def _case(row: Row, chart: Chart) -> Case:
    plan = read_plan(row.plan, row.question, row.conversation, row.hints)
    gold = executed(plan, chart, parse_instant(row.now))
    short = None if isinstance(gold.plan, Retrieve) else direct_answer(gold.plan, gold.result)
    return Case(row, chart, gold, short or "")


def _is_near(said: str, gold: str) -> bool:
    number, _, unit = gold.partition(" ")
    told, _, told_unit = said.strip().partition(" ")
    try:
        value, told_value = float(number), float(told)
    except ValueError:
        return False
    return unit == told_unit and abs(value - told_value) <= _NEAR * abs(value)
