"""Conversations: a question that needs the one before it, and questions that do not need what was said before."""

import random
from dataclasses import replace

from chartline.language.plan_text import load_plan
from chartline.language.rendering import render
from chartline.learning.generation.drawing import Example, Turn, draw
from chartline.learning.generation.families import BY_NAME, FAMILIES, Family
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.slots import draw_slots
from chartline.record.plan import Retrieve

#: Share of follow-ups that have turns about something else before the one they follow.
LONGER_SHARE = 0.25
#: Characters of an answer in a conversation, some 150 tokens.
LONGEST_ANSWER = 500
_OPENINGS = [family for family in FAMILIES if not family.after]


def draw_question(family: Family, ground: Ground, rng: random.Random, *, held_out: bool = False) -> Example | None:
    """A question that stands alone, or a follow-up with its conversation; None where the draw is no sound pair."""
    wording = rng.choice(family.said(held_out=held_out))
    if family.after:
        return _follow_up(family, wording, ground, rng)
    return draw(family, wording, draw_slots(family.pins, ground, rng), rng)


def _follow_up(family: Family, wording: str, ground: Ground, rng: random.Random) -> Example | None:
    """With the turns that it follows, all of one draw of slots."""
    chain = _followed(family)
    slots = draw_slots([pin for one in (*chain, family) for pin in one.pins], ground, rng)
    turns, said = (_another_turn(ground, rng) if rng.random() < LONGER_SHARE else ()), ""
    for one in chain:
        asked = rng.choice(one.wordings)
        before = draw(one, asked, slots, rng, turns, said)
        answered = None if before is None else _answered(before, ground)
        if answered is None:
            return None
        turns, slots["answer"], said = (*turns, answered[0]), answered[1], said + asked
    return draw(family, wording, slots, rng, turns, said)


def _followed(family: Family) -> tuple[Family, ...]:
    """The families of the turns before, oldest first."""
    return (*_followed(before := BY_NAME[family.after]), before) if family.after else ()


def after_others(example: Example, ground: Ground, rng: random.Random) -> Example:
    """The same question behind a turn that it does not need."""
    return replace(example, conversation=(*_another_turn(ground, rng), *example.conversation))


def _another_turn(ground: Ground, rng: random.Random) -> tuple[Turn, ...]:
    example = draw_question(rng.choice(_OPENINGS), ground, rng)
    answered = None if example is None else _answered(example, ground)
    return () if answered is None else (answered[0],)


def _answered(example: Example, ground: Ground) -> tuple[Turn, str] | None:
    """The turn as the gateway tells it by rule, and the name that its answer gives, if any."""
    plan = load_plan(example.plan)
    result = ground.execute(plan) if ground.may_ask(plan) else None
    if result is None or isinstance(plan, Retrieve):
        return None
    answer = render(plan, result)
    name = next((value.form for value in result.values if isinstance(value.form, str)), "")
    return ((example.question, answer), name) if len(answer) <= LONGEST_ANSWER else None
