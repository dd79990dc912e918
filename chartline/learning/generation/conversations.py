"""Conversations: a question that needs the one before it, and questions that do not need what was said before."""

import random
from dataclasses import replace

from chartline.language.plan_text import load_plan
from chartline.language.rendering import render
from chartline.learning.generation.drawing import Example, Turn, draw
from chartline.learning.generation.families import BY_NAME, FAMILIES, Family
from chartline.learning.generation.results import generate_result
from chartline.learning.generation.slots import draw_slots
from chartline.record.plan import PlanOutcome
from chartline.record.result import PlanResult

#: Share of follow-ups that have turns about something else before the one they follow.
LONGER_SHARE = 0.25
_OPENINGS = [family for family in FAMILIES if not family.after]


def draw_question(family: Family, rng: random.Random, *, held_out: bool = False) -> Example | None:
    """A question that stands alone, or a follow-up with its conversation; None where the draw is no sound pair."""
    wording = rng.choice(family.said(held_out=held_out))
    if family.after:
        return _follow_up(family, wording, rng)
    return draw(family, wording, draw_slots(family.pins, rng), rng)


def _follow_up(family: Family, wording: str, rng: random.Random) -> Example | None:
    opening = BY_NAME[family.after]
    slots = draw_slots((*opening.pins, *family.pins), rng)
    opened = rng.choice(opening.wordings)
    before = draw(opening, opened, slots, rng)
    if before is None:
        return None
    turn, slots["answer"] = _answered(before, rng)
    earlier = _another_turn(rng) if rng.random() < LONGER_SHARE else ()
    return draw(family, wording, slots, rng, (*earlier, turn), opened)


def after_others(example: Example, rng: random.Random) -> Example:
    """The same question behind a turn that it does not need."""
    return replace(example, conversation=(*_another_turn(rng), *example.conversation))


def _another_turn(rng: random.Random) -> tuple[Turn, ...]:
    example = draw_question(rng.choice(_OPENINGS), rng)
    return () if example is None else (_answered(example, rng)[0],)


def _answered(example: Example, rng: random.Random) -> tuple[Turn, str]:
    """The turn as the gateway tells it by rule, and the name that its answer gives, if any."""
    plan = load_plan(example.plan)
    result = generate_result(plan, rng) or PlanResult(PlanOutcome.EMPTY)
    name = next((value.form for value in result.values if isinstance(value.form, str)), "")
    return (example.question, render(plan, result)), name
