"""Answers HL7 v2 messages that came through Kafka: an ACK to `ehr.<tenant>.acks` when the message is durable or buried.

Kafka itself answers nobody, so an integration engine reads that topic. Writing goes on until it succeeds, and offsets
are committed only then: after a crash an answer may come twice, and is never missing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from chartline.errors import ChartlineError
from chartline.telemetry import chartline_ingest_acknowledgements, get_logger
from chartline.v1.record_service_pb2 import RECORD_OUTCOME_DEAD_LETTERED
from services.ingest.hl7_ack import acknowledge, read_header
from services.ingest.incoming import Incoming, acknowledgement_topic
from services.ingest.letters import Headers
from services.ingest.pipeline import Outcome

log = get_logger(__name__)

FORMAT = "hl7v2"
_LONGEST_PAUSE = 30.0

Deliver = Callable[[Sequence[Incoming]], Coroutine[Any, Any, Sequence[Outcome]]]
Written = tuple[bytes, Headers]


class Writer(Protocol):
    async def write_all(self, topic: str, messages: Sequence[Written]) -> None:
        """Returns when the messages are durable. Raises Unavailable."""


class Acknowledgements:
    def __init__(self, deliver: Deliver, writer: Writer, first_pause: float = 0.5) -> None:
        self._deliver = deliver
        self._writer = writer
        self._first_pause = first_pause

    async def deliver(self, incoming: Sequence[Incoming]) -> Sequence[Outcome]:
        """As the pipeline delivers, and the answers with it."""
        outcomes = await self._deliver(incoming)
        answers: dict[str, list[Written]] = defaultdict(list)
        for each, outcome in zip(incoming, outcomes, strict=True):
            if each.source_format == FORMAT and each.payload is not None:
                answers[acknowledgement_topic(each.tenant)].append(_answer(each, outcome))
        for topic, messages in answers.items():
            await self._write(topic, messages)
        return outcomes

    async def _write(self, topic: str, messages: Sequence[Written]) -> None:
        pause = self._first_pause
        while True:
            try:
                return await self._writer.write_all(topic, messages)
            except ChartlineError as error:
                log.error("acknowledgements_not_written", topic=topic, error=type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _answer(incoming: Incoming, outcome: Outcome) -> Written:
    """What was buried is refused for ever; a message without events was understood, and a repeated one is kept."""
    code = "AR" if outcome.value == RECORD_OUTCOME_DEAD_LETTERED else "AA"
    chartline_ingest_acknowledgements.labels(code).inc()
    answer = acknowledge(read_header(incoming.payload or b""), code, outcome.reason, datetime.now(UTC))
    headers = [("format", FORMAT.encode())]
    if (position := incoming.position) is not None:
        where = {"topic": position.topic, "partition": position.partition, "offset": position.offset}
        headers += [(name, str(value).encode()) for name, value in where.items()]
    return answer, headers
