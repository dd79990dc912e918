"""Step 7 without the wire: a model writes a plan, rules hold it to its question, and what they refuse is retried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_grammar import plan_grammar
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import PlanTextError
from chartline.language.prompt import planning_text, retry_hint
from chartline.language.turns import Turn
from chartline.record.event import Instant
from chartline.record.plan import QueryPlan

MAX_PLAN_TOKENS = 160
_ATTEMPTS = 2

#: The model: user text and grammar to at most `MAX_PLAN_TOKENS` tokens of plan text.
WritePlan = Callable[[str, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Written:
    """A plan that holds, its text as the model wrote it, the prompt it was written for, and how many were refused."""

    plan: QueryPlan
    text: str
    user_text: str
    refused: int


class PlanInvalid(Exception):
    """The model wrote no plan that holds; `text` is its last one, `refused` how many there were."""

    def __init__(self, text: str, refused: int) -> None:
        super().__init__("no valid plan")
        self.text, self.refused = text, refused


async def write_plan(
    write: WritePlan,
    question: str,
    now: Instant,
    conversation: Sequence[Turn] = (),
    hints: Sequence[str] = (),
) -> Written:
    """The plan is the model's alone: where it fails twice there is none, and nothing is guessed. Raises PlanInvalid."""
    grammar = plan_grammar(question, conversation, hints)
    told, text = tuple(hints), ""
    for refused in range(_ATTEMPTS):
        user_text = planning_text(question, now, conversation, told)
        text = (await write(user_text, grammar)).strip()
        try:
            return Written(checked_plan(text, question, conversation, hints), text, user_text, refused)
        except (PlanTextError, PlanRefused) as error:
            told = (*hints, retry_hint(text, str(error)))
    raise PlanInvalid(text, _ATTEMPTS)
