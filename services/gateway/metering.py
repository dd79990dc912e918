"""What SREs see of answers: how each ended, how soon it began, what it took of the model."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chartline.record.verdicts import AnswerStatus
from chartline.telemetry import (
    chartline_gateway_answers,
    chartline_gateway_first_message_seconds,
    chartline_gateway_step_seconds,
    chartline_gateway_tokens,
)
from chartline.v1 import gateway_service_pb2 as pb
from services.gateway.answer import AnswerMessage, Final, Spent


async def metered(messages: AsyncGenerator[AnswerMessage, None]) -> AsyncGenerator[AnswerMessage, None]:
    """The same messages; counts what they took to make."""
    begun: float | None = time.perf_counter()
    async with aclosing(messages):
        async for message in messages:
            if begun is not None:
                chartline_gateway_first_message_seconds.observe(time.perf_counter() - begun)
                begun = None
            if isinstance(message, Final):
                _count(message.spent)
            yield message


async def counted(
    messages: AsyncGenerator[pb.AnswerQuestionResponse, None],
) -> AsyncGenerator[pb.AnswerQuestionResponse, None]:
    """The same messages; counts how answers end for their callers, repeated ones too."""
    async with aclosing(messages):
        async for message in messages:
            if message.HasField("final"):
                chartline_gateway_answers.labels(AnswerStatus(message.final.status).name).inc()
            yield message


def _count(spent: Spent) -> None:
    for step, seconds in spent.seconds.items():
        chartline_gateway_step_seconds.labels(step).observe(seconds)
    chartline_gateway_tokens.labels("prefix").inc(spent.prefix_tokens)
    chartline_gateway_tokens.labels("reused").inc(spent.reused_tokens)
    chartline_gateway_tokens.labels("prompt").inc(spent.prompt_tokens)
    chartline_gateway_tokens.labels("completion").inc(spent.completion_tokens)
