"""Reads plan text and holds it to its question: what serving refuses, training never shows as right."""

from __future__ import annotations

from collections.abc import Sequence

from chartline.language.plan_asked import check_asked
from chartline.language.plan_names import check_names, check_organisms, check_recorded, check_tested
from chartline.language.plan_numbers import check_numbers
from chartline.language.plan_ordinals import check_ordinals
from chartline.language.plan_rules import check_plan
from chartline.language.plan_text import load_plan
from chartline.language.plan_units import in_units
from chartline.language.plan_wording import check_wording
from chartline.language.turns import Turn
from chartline.record.plan import QueryPlan


def read_plan(text: str, question: str, conversation: Sequence[Turn] = (), hints: Sequence[str] = ()) -> QueryPlan:
    """What a plan's text means for its question: a number has the unit that was said. Raises PlanTextError."""
    asked = [*hints, *(turn.question for turn in conversation)]
    return in_units(load_plan(text), [question, *reversed(asked)])


def checked_plan(
    text: str,
    question: str,
    conversation: Sequence[Turn] = (),
    hints: Sequence[str] = (),
    names: Sequence[str] = (),
) -> QueryPlan:
    """`conversation` and `hints` are what else was said, `names` those of the record in all of it.

    Raises PlanTextError and PlanRefused.
    """
    plan = load_plan(text)
    check_plan(plan)
    check_tested(plan)
    asked = [*hints, *(turn.question for turn in conversation)]
    answers = [turn.answer for turn in conversation]
    check_organisms(plan, " ".join([question, *asked, *answers]))
    check_numbers(text, question, [*asked, *answers])
    check_ordinals(text, question, conversation, hints)
    check_wording(text, question, asked)
    check_names(text, question)
    check_recorded(text, question, names)
    check_asked(text, question)
    return read_plan(text, question, conversation, hints)
