"""Step 7: the model writes a plan for the question, and a rule decides whether it may be executed."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from chartline.language.plan_writer import dump_plan
from chartline.language.planning import MAX_PLAN_TOKENS, PlanInvalid, Written, write_plan
from chartline.record.event import Instant
from chartline.record.plan import QueryPlan
from chartline.telemetry import chartline_gateway_refused_plans
from services.gateway.answer import Question
from services.gateway.encounter_scope import within_visit
from services.gateway.session import Session


@dataclass(frozen=True, slots=True)
class Planned:
    """What is executed, with its plan text. `written` is the model's, and `user_text` the prompt it was written for."""

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

        async def write(user_text: str, grammar: str) -> str:
            pieces = session.write(user_text, grammar=grammar, max_new_tokens=MAX_PLAN_TOKENS, seconds=self._seconds)
            async with aclosing(pieces):
                return "".join([piece async for piece in pieces])

        try:
            written = await write_plan(write, question.text, now, question.conversation, question.hints)
        except PlanInvalid as invalid:
            chartline_gateway_refused_plans.inc(invalid.refused)
            raise
        chartline_gateway_refused_plans.inc(written.refused)
        return _planned(written, question)


def _planned(written: Written, question: Question) -> Planned:
    if not question.encounter:
        return Planned(written.plan, written.text, written.user_text, written.text)
    scoped = within_visit(written.plan)
    return Planned(scoped, dump_plan(scoped), written.user_text, written.text)
