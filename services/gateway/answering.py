"""Steps 7 to 10: a question becomes a plan, the plan a result, the result a checked and cited answer.

    prefix ─▶ plan ─▶ execute ─▶ │ summary ─▶ say ─▶ check ─▶ cite ─▶ │ final
    a failure here is an error   │ a failure here is a final UNAVAILABLE

Nothing is said about the record when something failed; only a plan that ran and came back empty, or one that is out of
scope, says that a thing is not there.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from chartline.errors import ChartlineError
from chartline.language.outcome_words import unlinked_concepts
from chartline.language.planning import PlanInvalid
from chartline.language.prompt import shown_texts
from chartline.record.event import Instant
from chartline.record.plan import OutOfScope, PlanOutcome, QueryPlan
from chartline.record.result import PlanResult
from chartline.record.verdicts import AnswerStatus, reason_of, status_of, values_of
from chartline.telemetry import get_logger
from services.gateway.answer import AnswerMessage, Final, Piece, Question, Spent, Summary
from services.gateway.citing import citations_of
from services.gateway.encoder_client import EncoderClient
from services.gateway.llm_client import LanguageModel
from services.gateway.planning import Planned, Planner
from services.gateway.prefix import Prefix
from services.gateway.saying import Sayer
from services.gateway.session import Session

log = get_logger(__name__)


class Answering:
    """Answers questions; holds no state between them."""

    def __init__(self, encoder: EncoderClient, model: LanguageModel, planner: Planner, sayer: Sayer) -> None:
        self._encoder = encoder
        self._model = model
        self._planner = planner
        self._sayer = sayer

    async def answer(self, question: Question) -> AsyncGenerator[AnswerMessage, None]:
        """Summary, pieces and citations, one Final. Raises ChartlineError before the summary and nothing after it."""
        session = await self._open(question)
        now = _now(question, session.prefix)
        try:
            with session.spent.timed("plan"):
                planned = await self._planner.plan(question, now, session)
        except PlanInvalid as invalid:
            yield Summary(now, question.as_of, None, invalid.text)
            yield _failed("PLAN_INVALID", now, session)
            return
        with session.spent.timed("execute"):
            result = await self._execute(question, planned.plan, now)
        if result.outcome is PlanOutcome.UNLINKED:
            planned, result = await self._named_otherwise(planned, result, now, session)
        now = result.now or now  # of a visit that is over, its end
        yield Summary(now, question.as_of, planned.plan, planned.written, result.events_searched, result.concepts)
        try:
            async with aclosing(self._say(question, planned, result, session)) as said:
                async for message in said:
                    yield message
        except ChartlineError as error:
            yield _failed(error.reason, now, session)
        except Exception:
            log.exception("answer_failed")
            yield _failed("INTERNAL", now, session)

    async def _open(self, question: Question) -> Session:
        """Step 6 as the gateway sees it: digests alone; Triton says which content it misses."""
        load_prefix = partial(self._encoder.prefix, question.patient, question.as_of)
        spent = Spent()
        with spent.timed("prefix"):
            prefix = await load_prefix(texts=shown_texts(question.text, question.conversation))
        return Session(self._model, prefix, load_prefix, spent)

    async def _execute(self, question: Question, plan: QueryPlan, now: Instant) -> PlanResult:
        """Step 8: on this patient's events known at as_of; a refusal needs none, but its encounter must be known."""
        if isinstance(plan, OutOfScope) and not question.encounter:
            return PlanResult(PlanOutcome.EMPTY, now=now)
        return await self._encoder.execute(
            question.patient, plan, as_of=question.as_of, now=now, encounter=question.encounter
        )

    async def _named_otherwise(
        self, planned: Planned, result: PlanResult, now: Instant, session: Session
    ) -> tuple[Planned, PlanResult]:
        """Words of the question may have been taken for a name: once the model may point at others."""
        unknown = unlinked_concepts(planned.plan, result)
        with session.spent.timed("plan"):
            other = await self._planner.named_otherwise(planned, unknown, now, session)
        if other is None:
            return planned, result
        with session.spent.timed("execute"):
            found = await self._execute(planned.question, other.plan, now)
        return (other, found) if found.outcome is not PlanOutcome.UNLINKED else (planned, result)

    async def _say(
        self, question: Question, planned: Planned, result: PlanResult, session: Session
    ) -> AsyncGenerator[AnswerMessage, None]:
        """Steps 9 and 10: checked text, what it rests on, what it is worth."""
        text = ""
        with session.spent.timed("say"):
            async with aclosing(self._sayer.say(question, planned, result, session)) as sentences:
                async for sentence in sentences:
                    text += sentence
                    yield Piece(sentence)
        values = values_of(planned.plan, result)
        citations = citations_of(values, result)
        for citation in citations:
            yield citation
        yield Final(
            status=status_of(planned.plan, result),
            text=text,
            values=values,
            citations=citations,
            spent=session.spent,
            reason=reason_of(planned.plan, result),
            now=result.now,
        )


def _failed(reason: str, now: Instant, session: Session) -> Final:
    return Final(AnswerStatus.UNAVAILABLE, spent=session.spent, reason=reason, now=now)


def _now(question: Question, prefix: Prefix) -> Instant:
    """The request's, else the cut, else the last thing the chart learnt; the wall clock's for a chart without time."""
    return question.now or question.as_of or prefix.last_available_time or Instant(time.time_ns() // 1000, 0)
