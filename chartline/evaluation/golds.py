"""What is right: a gold plan executed on the record, and an answer held against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

from chartline.language.plan_text import load_plan
from chartline.language.rendering import render
from chartline.record.chart import Chart
from chartline.record.event import Instant, Quantity
from chartline.record.execute import execute
from chartline.record.fields import Form
from chartline.record.linking import LexicalLinker
from chartline.record.names import normalise
from chartline.record.plan import QueryPlan, Retrieve
from chartline.record.result import Duration, PlanResult
from chartline.record.units import decimal_of
from chartline.record.verdicts import status_of, values_of

_NINE_DIGITS = Context(prec=9)
_LINKER = LexicalLinker()


class Verdict(StrEnum):
    """REFUSED is an answer withheld though the record has it."""

    RIGHT = "right"
    WRONG = "wrong"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer. Of a narrative question, that it is answered from the notes."""

    plan: QueryPlan
    result: PlanResult
    status: str

    @property
    def forms(self) -> tuple[Form, ...]:
        return tuple(value.form for value in values_of(self.plan, self.result))

    @property
    def text(self) -> str:
        """The answer in words by rule."""
        return "(from the notes)" if isinstance(self.plan, Retrieve) else render(self.plan, self.result)

    def agrees(self, answer: Answer) -> bool:
        if answer.status != self.status:
            return False
        if isinstance(self.plan, Retrieve):
            return answer.plan.startswith("read")
        return {_comparable(form) for form in answer.forms} == {_comparable(form) for form in self.forms}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said; `plan` is plan text as the model wrote it."""

    status: str
    forms: tuple[Form, ...]
    text: str
    plan: str


def verdict_on(answer: Answer, golds: Iterable[Gold]) -> Verdict:
    """The order of values does not matter, nor which gold it is that agrees."""
    if answer.status == "UNAVAILABLE":
        return Verdict.UNAVAILABLE
    if any(gold.agrees(answer) for gold in golds):
        return Verdict.RIGHT
    return Verdict.REFUSED if answer.status == "NOT_IN_RECORD" else Verdict.WRONG


def gold_of(text: str, chart: Chart, now: Instant | None, encounter: str = "") -> Gold:
    """Raises PlanTextError and InvalidRequest for what is no plan of the chart."""
    return executed(load_plan(text), chart, now, encounter)


def executed(plan: QueryPlan, chart: Chart, now: Instant | None, encounter: str = "") -> Gold:
    """`now` None is the chart's last moment. Raises InvalidRequest for a plan that names what cannot be."""
    result = execute(plan, chart, now, encounter, _LINKER)
    return Gold(plan, result, status_of(plan, result).name)


def _comparable(form: Form) -> tuple[str, object, object]:
    """Equal for values that say the same, however they are written."""
    if isinstance(form, Quantity):
        return f"number {form.comparator}", _number(form), form.unit
    if isinstance(form, Instant):
        return "time", form.unix_micros, form.precision
    if isinstance(form, Duration):
        return "duration", round(form.hours, 6), None
    return "text", normalise(form) if isinstance(form, str) else form, None


def _number(quantity: Quantity) -> Decimal | str:
    """To nine digits: the highest value is as the record writes it, the maximum as it was reckoned."""
    number = decimal_of(quantity)
    return quantity.value if number is None else _NINE_DIGITS.plus(number).normalize()
