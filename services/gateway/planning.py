"""Step 7: the model writes a plan for the question, and a rule decides whether it may be executed."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_grammar import plan_grammar
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import PlanTextError
from chartline.language.plan_writer import dump_plan
from chartline.language.prompt import planning_text, retry_hint
from chartline.record.event import Instant
from chartline.record.plan import QueryPlan
from chartline.telemetry import chartline_gateway_plan_seconds, chartline_gateway_refused_plans
from services.gateway.answer import Question
from services.gateway.encounter_scope import within_visit
from services.gateway.session import Session

_ATTEMPTS = 2
_MAX_PLAN_TOKENS = 160


@dataclass(frozen=True, slots=True)
class Planned:
    """What is executed, with its plan text. `written` is the model's, and `user_text` the prompt it was written for."""

    plan: QueryPlan
    text: str
    user_text: str
    written: str


class PlanInvalid(Exception):
    """The model wrote no plan that holds; `text` is its last one."""

    def __init__(self, text: str) -> None:
        super().__init__("no valid plan")
        self.text = text


class Planner:
    """The plan is the model's alone: where it fails twice the question is refused, never guessed at."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def plan(self, question: Question, now: Instant, session: Session) -> Planned:
        """Raises PlanInvalid, and ChartlineError where the model is away."""
        hints = question.hints
        text = ""
        with chartline_gateway_plan_seconds.time():
            for _ in range(_ATTEMPTS):
                user_text = planning_text(question.text, now, question.conversation, hints)
                text = await self._written(question, user_text, session)
                try:
                    plan = checked_plan(text, question.text, question.conversation, question.hints)
                    return _planned(plan, text, user_text, question)
                except (PlanTextError, PlanRefused) as refused:
                    chartline_gateway_refused_plans.inc()
                    hints = (*question.hints, retry_hint(text, str(refused)))
        raise PlanInvalid(text)

    async def _written(self, question: Question, user_text: str, session: Session) -> str:
        grammar = plan_grammar(question.text, question.conversation)
        pieces = session.write(user_text, grammar=grammar, max_new_tokens=_MAX_PLAN_TOKENS, seconds=self._seconds)
        async with aclosing(pieces):
            return "".join([piece async for piece in pieces]).strip()


def _planned(plan: QueryPlan, text: str, user_text: str, question: Question) -> Planned:
    if not question.encounter:
        return Planned(plan, text, user_text, text)
    scoped = within_visit(plan)
    return Planned(scoped, dump_plan(scoped), user_text, text)
