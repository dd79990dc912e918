"""Scripted conversations: questions that follow each other, each with the plan whose result is the right answer.

    script (TOML) ─▶ question ─▶ gateway ─▶ answer ─┐
                  └▶ gold plan ─▶ the record ─▶ gold ┴▶ verdict

The gold is executed on the record, so that a script holds no value that could be wrong, and an answer is right whatever
plan it came from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from enum import StrEnum
from pathlib import Path

import msgspec

from chartline.errors import InvalidRequest
from chartline.language.plan_text import load_plan
from chartline.language.rendering import render
from chartline.record.chart import Chart
from chartline.record.event import Instant, Quantity
from chartline.record.execute import execute
from chartline.record.fields import Form
from chartline.record.linking import LexicalLinker
from chartline.record.names import normalise
from chartline.record.plan import Exists, PlanOutcome, QueryPlan, Retrieve
from chartline.record.result import Duration, PlanResult
from chartline.record.units import decimal_of

_NINE_DIGITS = Context(prec=9)


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question and its gold as plan text; `also` are plans whose results answer it as well.

    `said` tells how the question writes a name of the plan where it writes it otherwise: misspelt, say. `status` is the
    one expected where it does not follow from the result: of a conflict, or of a name that may mean several things.
    """

    ask: str
    plan: str
    also: tuple[str, ...] = ()
    said: dict[str, str] = {}
    status: str = ""


class Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`as_of`, `now` and `encounter` are those of each of its requests."""

    name: str
    patient: str
    turns: tuple[Turn, ...]
    encounter: str = ""
    as_of: str = ""
    now: str = ""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: conversations of one theme about patients of one set of records."""

    records: str
    conversation: tuple[Conversation, ...]


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
        found = self.result.outcome in (PlanOutcome.FOUND, PlanOutcome.CONFLICTING)
        return tuple(value.form for value in self.result.values) if found else ()

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


def read_script(file: Path) -> Script:
    """Raises InvalidRequest for what is no script."""
    try:
        return msgspec.convert(tomllib.loads(file.read_text()), type=Script)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidRequest(f"{file}: {error}") from None


def golds_of(turn: Turn, chart: Chart, now: Instant | None, encounter: str) -> tuple[Gold, ...]:
    """The turn's own gold, then those of `also`. `now` None is the chart's last moment.

    Raises PlanTextError and InvalidRequest for a gold that is no plan.
    """
    own, *others = (_gold(text, chart, now, encounter) for text in (turn.plan, *turn.also))
    return replace(own, status=turn.status or own.status), *others


def _gold(plan_text: str, chart: Chart, now: Instant | None, encounter: str) -> Gold:
    plan = load_plan(plan_text)
    result = execute(plan, chart, now, encounter, LexicalLinker())
    answered = isinstance(plan, Exists) or result.outcome is PlanOutcome.FOUND
    return Gold(plan, result, "ANSWERED" if answered else "NOT_IN_RECORD")


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
