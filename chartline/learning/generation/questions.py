"""Draws questions about charts, each with its plan and with what the plan's execution on the chart returns.

Every pair is held, when it is drawn, to all that serving holds a plan to: its quotations are spans of the question and
the turns before it, and no rule refuses it. A seed gives the same pairs on every machine.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from chartline.language.checked_plan import read_plan
from chartline.learning.generation.attempts import named_otherwise
from chartline.learning.generation.charts import generate_chart
from chartline.learning.generation.conversations import after_others, draw_question
from chartline.learning.generation.drawing import Example
from chartline.learning.generation.families import FAMILIES, Family
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.views import View, draw_now, draw_view
from chartline.record.event import Quantity
from chartline.record.plan import Aggregate, Exists, Function, OutOfScope, QueryPlan, Retrieve
from chartline.record.result import PlanResult

REFUSAL_SHARE = 0.12
FOLLOW_UP_SHARE = 0.4
NAMED_OTHERWISE_SHARE = 0.04
#: Share of questions that stand alone and yet are asked in a conversation.
AFTER_OTHERS_SHARE = 0.1
#: Share of questions for which it is all the same whether the record holds an answer; for the others it is looked for.
UNSOUGHT_SHARE = 0.12
_SEARCHES, _KIND_TRIES = 6, 3
#: Share of families kept though the record has no events of their kind.
_KINDLESS_SHARE = 0.25
#: Share of the others that mean some event of the record.
MEANT_SHARE = 0.7
#: Questions of one view in a row, and events of a chart, where no source is given.
_IN_A_ROW, _FEWEST_EVENTS, _MOST_EVENTS = 40, 60, 400

__all__ = ["Example", "generate"]


@dataclass(frozen=True, slots=True)
class Asked:
    """`plan` is the example's, read; `result` what executing it returned."""

    example: Example
    plan: QueryPlan
    result: PlanResult

    @property
    def found(self) -> bool:
        """Whether the answer is more than that there is nothing; yes and no are as good as each other."""
        if isinstance(self.plan, Aggregate) and self.plan.function is Function.COUNT:
            return any(isinstance(v.form, Quantity) and v.form.value != "0" for v in self.result.values)
        return bool(self.result.values) or isinstance(self.plan, Exists | OutOfScope | Retrieve)


def generate(seed: int, families: Sequence[Family] = FAMILIES, *, held_out: bool = False) -> Iterator[Example]:
    """An endless row of examples on generated charts, the same for the same seed.

    `held_out`: of patients, names and wordings that training never sees.
    """
    mix = Mix(families, held_out=held_out)
    for number in count():
        view = _generated_view(seed, number)
        if view is None or (view.split == "train") is held_out:
            continue
        rng = random.Random(f"{seed}/{number}")  # noqa: S311 - reproducible data, no secret
        for _ in range(_IN_A_ROW):
            asked = mix.attempt(Ground(view, draw_now(view, rng)), rng)
            if asked is not None:
                yield asked.example


@lru_cache(maxsize=64)
def _generated_view(seed: int, number: int) -> View | None:
    rng = random.Random(f"{seed}/{number}/view")  # noqa: S311 - reproducible data, no secret
    chart = generate_chart(seed * 1_000_003 + number, rng.randint(_FEWEST_EVENTS, _MOST_EVENTS))
    return draw_view(chart[0].patient, 1, chart, rng, short=False)


class Mix:
    """Families with their shares; `held_out` draws the wordings that training never does."""

    def __init__(self, families: Sequence[Family] = FAMILIES, *, held_out: bool) -> None:
        self._held_out = held_out
        self._groups = _groups([family for family in families if family.said(held_out=held_out)])
        self._shares = [share for share, _ in self._groups]

    def ask(self, ground: Ground, rng: random.Random) -> Asked:
        """One question about the ground's view, in whatever context it is asked."""
        while (asked := self.attempt(ground, rng)) is None:
            pass
        return asked

    def attempt(self, ground: Ground, rng: random.Random) -> Asked | None:
        """None where the family that is drawn has no question about this view."""
        asked = self._search(self._family(ground, rng), ground, rng)
        return asked and Asked(_in_context(asked.example, ground, rng), asked.plan, asked.result)

    def _family(self, ground: Ground, rng: random.Random) -> Family:
        """Seldom one about events of which the record has none."""
        group = rng.choices(self._groups, self._shares)[0][1]
        for _ in range(_KIND_TRIES):
            family = rng.choices(group, [family.weight for family in group])[0]
            there = family.kind is None or len(ground.view.chart.of_kind(family.kind))
            if there or rng.random() < _KINDLESS_SHARE:
                break
        return family

    def _search(self, family: Family, ground: Ground, rng: random.Random) -> Asked | None:
        """The first draw that the record answers, else the last."""
        sought = rng.random() > UNSOUGHT_SHARE
        kind, last = family.kind, None
        for _ in range(_SEARCHES if sought else 1):
            about = ground.about(kind, rng) if sought and kind and rng.random() < MEANT_SHARE else ground
            asked = self._draw(family, about, rng)
            last = asked or last
            if asked is not None and asked.found:
                break
        return last

    def _draw(self, family: Family, ground: Ground, rng: random.Random) -> Asked | None:
        example = draw_question(family, ground, rng, held_out=self._held_out)
        if example is None:
            return None
        plan = read_plan(example.plan, example.question, example.conversation)
        result = ground.execute(plan) if ground.may_ask(plan) else None
        return None if result is None else Asked(example, plan, result)


def _groups(families: Sequence[Family]) -> list[tuple[float, list[Family]]]:
    """Families that refuse, that follow another and all others, each group with its share; those that have any."""
    groups = (
        (REFUSAL_SHARE, [f for f in families if f.refuses and not f.follows]),
        (FOLLOW_UP_SHARE, [f for f in families if f.follows]),
        (1 - REFUSAL_SHARE - FOLLOW_UP_SHARE, [f for f in families if not f.refuses and not f.follows]),
    )
    return [(share, members) for share, members in groups if members]


def _in_context(example: Example, ground: Ground, rng: random.Random) -> Example:
    """As it is, or in a longer conversation, or as a second attempt."""
    place = rng.random()
    if place < NAMED_OTHERWISE_SHARE:
        return named_otherwise(example, ground, rng) or example
    return after_others(example, ground, rng) if place > 1 - AFTER_OTHERS_SHARE else example
