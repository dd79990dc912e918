"""Conversations: follow-ups, which change one thing of the plan before them, and questions that do not need it.

opening ─▶ a follow-up or two that keep what the last one goes on from ─▶ an aside ─▶ the follow-up that is drawn
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from chartline.language.checked_plan import read_plan
from chartline.language.rendering import render
from chartline.language.turns import Turn
from chartline.learning.generation.drawing import Example, draw
from chartline.learning.generation.families import FAMILIES, Family
from chartline.learning.generation.follows import names_after
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.slots import draw_numbers, draw_slots
from chartline.learning.generation.templates import alternatives, fill
from chartline.record.kinds import EventKind
from chartline.record.plan import Retrieve

#: Characters of an answer in a conversation, some 150 tokens.
LONGEST_ANSWER = 500
#: Shares of follow-ups with turns about something else before all, with further follow-ups, and behind an aside.
_OTHERS_SHARE, _DEEPER_SHARE, _ASIDE_SHARE = 0.15, 0.45, 0.1
#: Share of questions that need no turn and yet stand behind one about the same kind of thing.
_SAME_KIND_SHARE = 0.5
_MOST_STEPS, _TRIES = 3, 8
_OPENINGS = tuple(family for family in FAMILIES if not family.follows)
_FOLLOW_UPS = tuple(family for family in FAMILIES if family.follows)
_STEPS = tuple(family for family in _FOLLOW_UPS if not family.refuses)
_ASIDES = tuple(family for family in _FOLLOW_UPS if family.refuses)
_WINDOWS = (
    "",
    "",
    " during last hospital",
    " during first hospital",
    " during day 2 hospital",
    " during start 7 hospital",
)
#: What a plan's slots may be filled with to see who follows it.
_SAMPLES = {
    "O": ("first ", "last ", ""), "A": ("last 2 ", "first 2 ", "last "), "EXT": ("highest", "lowest"),
    "AGG": ("max", "min", "mean"), "CMP": ("greater", "less"), "SIGN": (">", "<"), "NUM": ("7",), "PERIOD": ("day",),
    **dict.fromkeys(("W", "W2", "EW", "S", "STAY", "PART", "W_HOSPITAL", "WHEN"), _WINDOWS),
    "OP": ("get value of", "get time of", "exists", "count", "max", "sum"), "ORDER": ("last ", "first ", ""),
    "KIND": ("lab", "vital", "prescription", "procedure"), "NAME": (' "x"',), "WHERE": ("",), "BY": ("",),
}  # fmt: skip
_SAMPLED = 32


@dataclass(frozen=True, slots=True)
class Past:
    """`plan` is what is gone on from, `name` what its answer named, `patient` how the patient is called."""

    turns: tuple[Turn, ...]
    plan: str
    name: str
    patient: dict[str, str]


def draw_question(family: Family, ground: Ground, rng: random.Random, *, held_out: bool = False) -> Example | None:
    """A question that stands alone, or a follow-up with its conversation; None where the draw is no sound pair."""
    wording = rng.choice(family.said(held_out=held_out))
    if not family.follows:
        return draw(family, wording, draw_slots(family.pins, ground, rng), rng)
    past = _past(family, ground, rng)
    return None if past is None else _going_on(family, wording, past, ground, rng)


def after_others(example: Example, ground: Ground, rng: random.Random) -> Example:
    """The same question behind a turn that it does not need."""
    same = _kind_of(example.plan) if rng.random() < _SAME_KIND_SHARE else None
    families = [family for family in _OPENINGS if family.kind is same] if same else _OPENINGS
    past = _opened(families or _OPENINGS, ground, rng)
    return replace(example, conversation=(*past.turns, *example.conversation)) if past else example


def _past(family: Family, ground: Ground, rng: random.Random) -> Past | None:
    """A conversation that the family goes on from; None where the draws do not come to one."""
    openings, steps = _before(family)
    past = _opened(openings, ground, rng, family) if openings else None
    if past is None and steps:
        past = _past_by_step(family, [step for step in steps if _before(step)[0]], ground, rng)
    if past is None:
        return None
    for _ in range(rng.randint(1, _MOST_STEPS) if rng.random() < _DEEPER_SHARE else 0):
        fitting = [step for step in _STEPS if _fits(step, past.plan)]
        further = _stepped(_weighted(fitting, rng), past, ground, rng) if fitting else None
        past = further if further and _fits(family, further.plan) else past
    if rng.random() < _OTHERS_SHARE and (other := _opened(_OPENINGS, ground, rng)):
        past = replace(past, turns=(*other.turns, *past.turns))
    if rng.random() < _ASIDE_SHARE and (aside := _stepped(_weighted(_ASIDES, rng), past, ground, rng)):
        past = replace(past, turns=aside.turns)
    return past


def _past_by_step(family: Family, steps: Sequence[Family], ground: Ground, rng: random.Random) -> Past | None:
    """For what goes on from follow-ups alone."""
    for _ in range(_TRIES if steps else 0):
        step = _weighted(steps, rng)
        earlier = _opened(_before(step)[0], ground, rng, step)
        past = earlier and _stepped(step, earlier, ground, rng)
        if past is not None and _fits(family, past.plan):
            return past
    return None


def _opened(
    families: Sequence[Family], ground: Ground, rng: random.Random, followed_by: Family | None = None
) -> Past | None:
    """The first turn, of one of the families, with a plan that is gone on from."""
    for _ in range(_TRIES):
        family = _weighted(families, rng)
        about = ground.about(family.kind, rng) if family.kind else ground
        slots = draw_slots(family.pins, about, rng)
        example = draw(family, rng.choice(family.wordings), slots, rng)
        fits = example and (followed_by is None or _fits(followed_by, example.plan))
        past = _answered(example, {"P": slots["P"], "Ps": slots["Ps"]}, ground) if example and fits else None
        if past is not None:
            return past
    return None


def _stepped(family: Family, past: Past, ground: Ground, rng: random.Random) -> Past | None:
    example = _going_on(family, rng.choice(family.wordings), past, ground, rng)
    return None if example is None else _answered(example, past.patient, ground)


def _going_on(family: Family, wording: str, past: Past, ground: Ground, rng: random.Random) -> Example | None:
    parts = family.follows.parts(past.plan) if family.follows else None
    if parts is None or ("{answer}" in family.plan and not past.name):
        return None
    slots = draw_slots(family.pins, ground, rng)
    names = names_after(past.plan, parts, slots)
    if names is None or not all(names[slot] for slot in names if f"{{{slot}}}" in family.plan + wording):
        return None
    slots |= draw_numbers(ground.number((names["name"],), rng), rng)
    return draw(family, wording, slots | parts | names | past.patient | {"answer": past.name}, rng, past.turns)


def _answered(example: Example, patient: dict[str, str], ground: Ground) -> Past | None:
    """The conversation with the example's turn, as the gateway answers it by rule; None for no answer or a long one."""
    plan = read_plan(example.plan, example.question, example.conversation)
    result = ground.execute(plan) if ground.may_ask(plan) else None
    if result is None or isinstance(plan, Retrieve):
        return None
    answer = render(plan, result)
    name = next((value.form for value in result.values if isinstance(value.form, str)), "")
    turns = (*example.conversation, Turn(example.question, answer, example.plan))
    return Past(turns, example.plan, name, patient) if len(answer) <= LONGEST_ANSWER else None


@cache
def _before(family: Family) -> tuple[tuple[Family, ...], tuple[Family, ...]]:
    """The openings and the follow-ups that it may go on from."""
    fitting: defaultdict[bool, list[Family]] = defaultdict(list)
    for earlier in (*_OPENINGS, *_STEPS):
        if not earlier.refuses and any(_fits(family, plan) for plan in sampled(earlier)):
            fitting[earlier.follows is not None].append(earlier)
    return tuple(fitting[False]), tuple(fitting[True])


@cache
def sampled(family: Family) -> frozenset[str]:
    rng = random.Random(family.name)  # noqa: S311 - the same samples on every machine
    return frozenset(_sample(family, rng) for _ in range(_SAMPLED))


def _sample(family: Family, rng: random.Random) -> str:
    slots: defaultdict[str, str] = defaultdict(lambda: "x")
    slots |= {slot: rng.choice(texts) for slot, texts in _SAMPLES.items()}
    return fill(
        alternatives(family.plan, rng),
        slots | {slot: fill(alternatives(text, rng), slots) for slot, text in family.pins},
    )


def _fits(family: Family, plan: str) -> bool:
    return family.follows is not None and family.follows.parts(plan) is not None


def _kind_of(plan: str) -> EventKind | None:
    return Family("", plan, ()).kind


def _weighted(families: Sequence[Family], rng: random.Random) -> Family:
    return rng.choices(families, [family.weight for family in families])[0]
