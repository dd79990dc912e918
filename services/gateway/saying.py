"""Steps 9 and 10: the model phrases the result in the session of its plan, and only what the record supports leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from chartline.errors import ChartlineError, DeadlineExceeded
from chartline.language.prompt import saying_text
from chartline.language.reading_words import quotes_documents
from chartline.language.rendering import result_text
from chartline.language.value_words import is_preliminary
from chartline.language.verification import AnswerStream, Checker
from chartline.record.plan import PlanOutcome, Retrieve
from chartline.record.result import PlanResult
from chartline.telemetry import chartline_gateway_replaced_sentences, get_logger
from services.gateway.answer import Question
from services.gateway.planning import Planned
from services.gateway.session import Session

log = get_logger(__name__)

_MAX_ANSWER_TOKENS = 160
#: Longer lists are said by rule: the model adds nothing to a list but mistakes.
_MOST_PHRASED_VALUES = 8


class Sayer:
    """What is refused, contested, quoted, preliminary or a long list is said by rule; the rest the model phrases."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def say(
        self, question: Question, planned: Planned, result: PlanResult, session: Session
    ) -> AsyncGenerator[str, None]:
        """Checked sentences; what was found is said by rule where the model is too slow to phrase it.

        Raises ChartlineError where the model is away before a whole answer has left.
        """
        checker = Checker(planned.plan, result, question.text, (question.patient, session.prefix.patient))
        if not _is_phrased(planned, result):
            yield checker.plain
            return
        answer, begun = AnswerStream(checker), False
        try:
            async with aclosing(self._phrased(planned, result, session, checker.plain)) as pieces:
                async for piece in pieces:
                    for sentence in answer.feed(piece):
                        begun = True
                        yield sentence
            for sentence in answer.finish():
                yield sentence
        except ChartlineError as error:
            if not begun and not isinstance(error, DeadlineExceeded):
                raise
            if not begun:  # what has left is a whole answer
                log.warning("said_by_rule")
                answer.replaced += 1
                yield checker.plain
        session.spent.replaced_sentences = answer.replaced
        chartline_gateway_replaced_sentences.inc(answer.replaced)

    def _phrased(self, planned: Planned, result: PlanResult, session: Session, plain: str) -> AsyncGenerator[str, None]:
        """The model learnt from answers by rule: that of this question is what it most likely writes."""
        return session.write(
            planned.user_text,
            assistant_text=saying_text(planned.text, result_text(planned.plan, result)),
            draft=f" {plain}",
            stop=("\n",),
            max_new_tokens=_MAX_ANSWER_TOKENS,
            seconds=self._seconds,
        )


def _is_phrased(planned: Planned, result: PlanResult) -> bool:
    found = result.outcome is PlanOutcome.FOUND and not result.truncated
    quoted = isinstance(planned.plan, Retrieve) or quotes_documents(planned.plan, result)
    preliminary = any(is_preliminary(result, value) for value in result.values)
    return found and not quoted and not preliminary and 0 < len(result.values) <= _MOST_PHRASED_VALUES
