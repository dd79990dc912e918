"""Every read of a chart leaves a line in the audit trail before it leaves.

An answer is streamed before it is known what it rests on, so it leaves two lines under its request id: BEGUN before its
first word, what it came to before its last. Failures, refusals and callers who left are recorded too, because they may
have seen a part; so is an answer that is repeated, whoever it was made for first.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field

from chartline.errors import ChartlineError
from chartline.record.verdicts import AnswerStatus
from chartline.rpc.audit import AuditTrail
from chartline.rpc.statuses import code_of
from chartline.v1 import gateway_service_pb2 as pb

#: The outcome of an answer that has none yet; alone for good where the process ended before the answer.
BEGUN = "BEGUN"


@dataclass(slots=True)
class Read:
    """What a read turned out to show; `others` are patients whom nobody asked for."""

    others: list[str] = field(default_factory=list)
    event_keys: list[str] = field(default_factory=list)
    model_versions: dict[str, str] = field(default_factory=dict)


@contextmanager
def audited(trail: AuditTrail, patient: str, purpose: str = "") -> Iterator[Read]:
    """Around a unary read. Raises Unavailable where it cannot be recorded."""
    read = Read()
    outcome = "CANCELLED"
    try:
        yield read
        outcome = "OK"
    except Exception as error:
        outcome = code_of(error).name
        raise
    finally:
        trail.record(
            patient=patient,
            outcome=outcome,
            purpose=purpose,
            others=read.others,
            event_keys=read.event_keys,
            model_versions=read.model_versions,
        )


async def audited_answer(
    trail: AuditTrail, patient: str, purpose: str, messages: AsyncGenerator[pb.AnswerQuestionResponse, None]
) -> AsyncGenerator[pb.AnswerQuestionResponse, None]:
    """The same messages; an answer whose end cannot be recorded ends UNAVAILABLE.

    Raises Unavailable, before anything is read, where its begin cannot be recorded.
    """
    trail.record(patient=patient, outcome=BEGUN, purpose=purpose)
    outcome = "CANCELLED"
    recorded = False
    try:
        async with aclosing(messages):
            async for message in messages:
                if message.HasField("final"):
                    recorded = True
                    yield _recorded(trail, patient, purpose, message)
                else:
                    yield message
    except Exception as error:
        outcome = code_of(error).name
        raise
    finally:
        if not recorded:
            trail.record(patient=patient, outcome=outcome, purpose=purpose)


def _recorded(
    trail: AuditTrail, patient: str, purpose: str, message: pb.AnswerQuestionResponse
) -> pb.AnswerQuestionResponse:
    final = message.final
    try:
        trail.record(
            patient=patient,
            outcome=AnswerStatus(final.status).name,
            purpose=purpose,
            event_keys=[citation.event_key for citation in final.citations],
            model_versions=final.model_versions,
        )
    except ChartlineError as error:
        unsaid = pb.FinalAnswer(
            status=pb.ANSWER_STATUS_UNAVAILABLE,
            usage=final.usage,
            model_versions=final.model_versions,
            reason=error.reason,
            now=final.now,
            request_id=final.request_id,
        )
        return pb.AnswerQuestionResponse(sequence=message.sequence, final=unsaid)
    return message
