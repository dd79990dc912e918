"""Draws one question with its plan from a family, and holds it to what serving will demand of it."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_grammar import spans_of
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import PlanTextError
from chartline.language.turns import Turn
from chartline.learning.generation.families import Family
from chartline.learning.generation.spoken import as_said, spoken, with_typo
from chartline.learning.generation.templates import alternatives, fill, unsaid, with_adverbs


@dataclass(frozen=True, slots=True)
class Example:
    """`plan` is plan text without its newline; `conversation` is oldest first."""

    family: str
    question: str
    plan: str
    conversation: tuple[Turn, ...] = ()
    hints: tuple[str, ...] = ()


def draw(
    family: Family,
    wording: str,
    slots: Mapping[str, str],
    rng: random.Random,
    conversation: Sequence[Turn] = (),
) -> Example | None:
    """None where the draw is no sound pair."""
    wording = alternatives(wording, rng)
    slots = {**slots, **unsaid(wording)}
    plan = fill(alternatives(family.plan, rng), slots)
    question = spoken(fill(with_adverbs(wording), slots), rng)
    question = with_typo(question, re.findall(r'"([^"]*)"', plan), rng)
    said = as_said(plan, spans_of(question, conversation))
    example = Example(family.name, question, said or plan, tuple(conversation))
    return example if said and complaint(example.plan, example) is None else None


def complaint(plan: str, example: Example) -> str | None:
    """Why serving would refuse the plan for the example's question; None where it would not."""
    try:
        checked_plan(plan, example.question, example.conversation)
    except (PlanTextError, PlanRefused) as refused:
        return str(refused)
    return None
