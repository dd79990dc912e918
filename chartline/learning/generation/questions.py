"""Draws question and plan-text pairs from the families: the training data of the planner.

Every pair is held, when it is drawn, to all that serving holds a plan to: its quotations are spans of the question and
the turns before it, and no rule refuses it. A seed gives the same pairs on every machine.
"""

import random
from collections.abc import Iterator, Sequence

from chartline.learning.generation.attempts import second_attempt
from chartline.learning.generation.conversations import after_others, draw_question
from chartline.learning.generation.drawing import Example
from chartline.learning.generation.families import FAMILIES, Family

REFUSAL_SHARE = 0.15
FOLLOW_UP_SHARE = 0.09
SECOND_ATTEMPT_SHARE = 0.05
#: Share of questions that stand alone and yet are asked in a conversation.
AFTER_OTHERS_SHARE = 0.06

__all__ = ["Example", "generate"]


def generate(seed: int, families: Sequence[Family] = FAMILIES, *, held_out: bool = False) -> Iterator[Example]:
    """An endless row of examples, the same for the same seed; `held_out`: of the wordings that training never draws."""
    rng = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    groups = _groups([family for family in families if family.said(held_out=held_out)])
    while True:
        group = rng.choices(groups, [share for share, _ in groups])[0][1]
        family = rng.choices(group, [family.weight for family in group])[0]
        example = draw_question(family, rng, held_out=held_out)
        if example is not None:
            yield _in_context(example, rng)


def _groups(families: Sequence[Family]) -> list[tuple[float, list[Family]]]:
    """Families that refuse, that follow another and all others, each group with its share; those that have any."""
    groups = (
        (REFUSAL_SHARE, [f for f in families if f.refuses and not f.after]),
        (FOLLOW_UP_SHARE, [f for f in families if f.after]),
        (1 - REFUSAL_SHARE - FOLLOW_UP_SHARE, [f for f in families if not f.refuses and not f.after]),
    )
    return [(share, members) for share, members in groups if members]


def _in_context(example: Example, rng: random.Random) -> Example:
    """As it is, or in a longer conversation, or as a second attempt."""
    place = rng.random()
    if place < SECOND_ATTEMPT_SHARE:
        return second_attempt(example, rng) or example
    return after_others(example, rng) if place > 1 - AFTER_OTHERS_SHARE else example
