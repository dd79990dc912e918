"""Step 7 without the wire: a model writes a plan, rules hold it to its question, and what they refuse is retried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_grammar import plan_grammar
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import PlanTextError
from chartline.language.prompt import planning_text
from chartline.language.turns import Turn
from chartline.record.event import Instant
from chartline.record.plan import OutOfScope, QueryPlan

MAX_PLAN_TOKENS = 160
_ATTEMPTS = 2

#: The model: user text, grammar and the plan text that is not to come again ("" for none) to at most
#: `MAX_PLAN_TOKENS` tokens of plan text.
WritePlan = Callable[[str, str, str], Awaitable[str]]


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
    names: Sequence[str] = (),
) -> Written:
    """The plan is the model's alone: where it fails twice there is none, and nothing is guessed. Raises PlanInvalid.

    `names` are names of the record that question and conversation hold: the plan quotes none by half, and each of the
    question's.

    A refusal behind a plan that was refused is no word about the record: the question has been understood otherwise.
    """
    user_text = planning_text(question, now, conversation, hints)
    grammar = plan_grammar(question, conversation, hints, names)
    text = ""
    for refused in range(_ATTEMPTS):
        text = (await write(user_text, grammar, text)).strip()
        try:
            plan = checked_plan(text, question, conversation, hints, names)
        except (PlanTextError, PlanRefused):
            continue
        if refused and isinstance(plan, OutOfScope):
            break
        return Written(plan, text, user_text, refused)
    raise PlanInvalid(text, _ATTEMPTS)
