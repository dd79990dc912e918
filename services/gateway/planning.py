"""Step 7: the model writes a plan for the question, and a rule decides whether it may be executed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from chartline.language.plan_text import PlanTextError, load_plan
from chartline.language.plan_writer import dump_plan
from chartline.language.planning import MAX_PLAN_TOKENS, PlanInvalid, WritePlan, Written, write_plan
from chartline.language.prompt import retry_hint, unknown_names
from chartline.language.turns import Turn
from chartline.record.event import Instant
from chartline.record.plan import QueryPlan
from chartline.telemetry import chartline_gateway_refused_plans
from services.gateway.answer import Question
from services.gateway.encounter_scope import of_stays, within_visit
from services.gateway.present_scope import at_present
from services.gateway.session import Session

#: Turns of a conversation whose plan is written again where the request does not bring it.
_PLANNED_AGAIN = 4


@dataclass(frozen=True, slots=True)
class Planned:
    """What is executed, with its plan text. `written` is the model's, and `user_text` the prompt it was written for.

    `question` is what was asked, the plans of its earlier turns filled in.
    """

    question: Question
    plan: QueryPlan
    text: str
    user_text: str
    written: str


class Planner:
    """One for all requests; holds no state between them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def plan(self, question: Question, now: Instant, session: Session) -> Planned:
        """Raises PlanInvalid, and ChartlineError where the model is away."""
        conversation = await _with_plans(question.conversation, now, self._writer(session), session.prefix.names)
        return await self._planned(replace(question, conversation=conversation), now, session)

    def _writer(self, session: Session) -> WritePlan:
        async def write(user_text: str, grammar: str, other_than: str) -> str:
            pieces = session.write(
                user_text,
                grammar=grammar,
                other_than=other_than,
                stop=("\n",),
                max_new_tokens=MAX_PLAN_TOKENS,
                seconds=self._seconds,
            )
            async with aclosing(pieces):
                return "".join([piece async for piece in pieces])

        return write

    async def _planned(self, question: Question, now: Instant, session: Session) -> Planned:
        write, names = self._writer(session), session.prefix.names
        try:
            written = await write_plan(write, question.text, now, question.conversation, question.hints, names)
        except PlanInvalid as invalid:
            chartline_gateway_refused_plans.inc(invalid.refused)
            raise
        chartline_gateway_refused_plans.inc(written.refused)
        return _planned(written, question)

    async def named_otherwise(
        self, planned: Planned, unknown: Sequence[str], now: Instant, session: Session
    ) -> Planned | None:
        """The plan with other spans of its question for names that the record does not know, None where there is none.

        Nothing else of it may change: what is asked does not follow from what the record holds.
        """
        question = planned.question
        hints = (*question.hints, retry_hint(planned.written, unknown_names(unknown)))
        chartline_gateway_refused_plans.inc()
        try:
            again = await self._planned(replace(question, hints=hints), now, session)
        except PlanInvalid:
            return None
        same = again.written == planned.written or _unnamed(again.written) != _unnamed(planned.written)
        return None if same else again


async def _with_plans(
    conversation: Sequence[Turn], now: Instant, write: WritePlan, names: Sequence[str]
) -> tuple[Turn, ...]:
    """The conversation with the plans that its latest turns lack, written as they were then, one after the other."""
    told: list[Turn] = []
    for place, turn in enumerate(conversation):
        plan = turn.plan if _is_plan(turn.plan) else ""
        if not turn.plan and turn.question and place >= len(conversation) - _PLANNED_AGAIN:
            plan = await _plan_text(turn.question, now, told, write, names)
        told.append(replace(turn, plan=plan))
    return tuple(told)


def _is_plan(text: str) -> bool:
    try:
        load_plan(text)
    except PlanTextError:
        return False
    return True


async def _plan_text(
    question: str, now: Instant, conversation: Sequence[Turn], write: WritePlan, names: Sequence[str]
) -> str:
    """Empty where the model writes none that holds: such a turn was not answered either."""
    try:
        return (await write_plan(write, question, now, conversation, names=names)).text
    except PlanInvalid:
        return ""


def _unnamed(plan_text: str) -> str:
    return re.sub(r'"[^"]*"', '""', plan_text)


def _planned(written: Written, question: Question) -> Planned:
    plan = at_present(written.plan, question.text)
    asked = [question.text, *(turn.question for turn in reversed(question.conversation))]
    plan = within_visit(plan, " ".join(asked)) if question.encounter else of_stays(plan, asked)
    text = written.text if plan == written.plan else dump_plan(plan)
    return Planned(question, plan, text, written.user_text, written.text)
