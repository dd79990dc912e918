"""The gateway's way to the encoder: prefixes, plan results and searches of the caller's own patients.

Every call carries an internal token for the caller's tenant with the caller as actor, so the encoder knows
whose call it is. A patient is asked for at the shard its identifier hashes to; an identifier that is not the
one its events came under may live elsewhere, so the others are asked before it is called unknown. A bare number is
asked for at all of them: the shard that knows one patient by it cannot know that another shard has a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc.aio
import numpy as np
from google.protobuf.message import Message
from numpy.typing import NDArray

from chartline.errors import InvalidRequest, NotFound, NotUnique
from chartline.language.channels import CHANNELS
from chartline.llm_contract import EMBEDDING_SIZE
from chartline.record.event import Instant
from chartline.record.plan import QueryPlan
from chartline.record.result import PlanResult
from chartline.rpc.auth import ServiceTokens, current_caller
from chartline.rpc.messages import (
    instant_to_message,
    optional_instant,
    plan_to_message,
    result_from_message,
)
from chartline.rpc.shards import Shards
from chartline.rpc.statuses import calling
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import event_pb2
from chartline.v1 import record_service_pb2 as record_pb2
from chartline.v1.encoder_service_pb2_grpc import EncoderServiceStub
from chartline.v1.record_service_pb2_grpc import RecordServiceStub
from services.gateway.deadlines import time_left
from services.gateway.prefix import Prefix

_DIGESTS_ALONE = 2**31 - 1
#: Seconds; the caller's time is nearly always shorter.
_LONGEST = 30.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart as models of outcomes are given it, and the time that it shows; None where the chart knows none."""

    chart: bytes
    as_of: Instant | None


class EncoderClient:
    def __init__(self, shards: Shards, tokens: ServiceTokens) -> None:
        self._shards = shards
        self._tokens = tokens

    async def prefix(
        self,
        patient: str,
        as_of: Instant | None,
        content_from_block: int = _DIGESTS_ALONE,
        texts: Sequence[str] = (),
    ) -> Prefix:
        """Digests, the content of the blocks from that one on, the chart's names in `texts`. Raises ChartlineError."""
        request = encoder_pb2.EncodePatientRequest(
            patient=patient, as_of=_message(as_of), content_from_block=content_from_block, texts=texts
        )
        answer: encoder_pb2.EncodePatientResponse = await self._call(
            EncoderServiceStub, "EncodePatient", request, patient
        )
        blocks = answer.blocks
        content = blocks[content_from_block:]
        return Prefix(
            tenant=current_caller().tenant,
            patient=answer.patient,
            encoder_version=answer.encoder_version,
            digests=tuple(block.digest for block in blocks),
            block_events=tuple(block.events for block in blocks),
            last_available_time=optional_instant(answer, "last_available_time"),
            content_from_block=min(content_from_block, len(blocks)),
            event_embeddings=_rows([block.event_embeddings for block in content], EMBEDDING_SIZE),
            channels=_rows([block.channels for block in content], CHANNELS),
            names=tuple(answer.names),
        )

    async def chart(self, patient: str, as_of: Instant | None) -> Shown:
        """What was known then; without a time at the last one that the chart knows. Raises ChartlineError."""
        request = encoder_pb2.ReadChartRequest(patient=patient, as_of=_message(as_of))
        answer: encoder_pb2.ReadChartResponse = await self._call(EncoderServiceStub, "ReadChart", request, patient)
        return Shown(answer.chart, optional_instant(answer, "as_of"))

    async def execute(
        self, patient: str, plan: QueryPlan, *, as_of: Instant | None, now: Instant, encounter: str
    ) -> PlanResult:
        """Raises ChartlineError."""
        request = record_pb2.ExecutePlanRequest(
            patient=patient,
            plan=plan_to_message(plan),
            as_of=_message(as_of),
            now=instant_to_message(now),
            encounter=encounter,
        )
        return result_from_message(await self._call(RecordServiceStub, "ExecutePlan", request, patient))

    async def list_events(self, request: record_pb2.ListEventsRequest) -> record_pb2.ListEventsResponse:
        """Raises ChartlineError."""
        answer: record_pb2.ListEventsResponse = await self._call(
            RecordServiceStub, "ListEvents", request, request.patient
        )
        return answer

    async def list_patients(self, request: record_pb2.ListPatientsRequest) -> record_pb2.ListPatientsResponse:
        """Shard after shard; the token names the shard it continues at. Raises ChartlineError."""
        shard, _, token = request.page_token.partition(".") if request.page_token else ("0", "", "")
        if not shard.isdecimal() or not int(shard) < len(self._shards):
            raise InvalidRequest("page_token is none of ours", field="page_token")
        inner = record_pb2.ListPatientsRequest(page_size=request.page_size, page_token=token)
        answer: record_pb2.ListPatientsResponse = await self._at(
            self._shards.channels[int(shard)], RecordServiceStub, "ListPatients", inner
        )
        if answer.next_page_token:
            answer.next_page_token = f"{shard}.{answer.next_page_token}"
        elif int(shard) + 1 < len(self._shards):
            answer.next_page_token = f"{int(shard) + 1}."
        return answer

    async def search(self, request: encoder_pb2.SearchEventsRequest) -> encoder_pb2.SearchEventsResponse:
        """Raises ChartlineError."""
        answer: encoder_pb2.SearchEventsResponse = await self._call(
            EncoderServiceStub, "SearchEvents", request, request.patient
        )
        return answer

    async def similar(self, request: encoder_pb2.FindSimilarPatientsRequest) -> encoder_pb2.FindSimilarPatientsResponse:
        """Neighbours on the patient's own shard. Raises ChartlineError."""
        answer: encoder_pb2.FindSimilarPatientsResponse = await self._call(
            EncoderServiceStub, "FindSimilarPatients", request, request.patient
        )
        return answer

    async def _call(self, stub: Any, method: str, request: Message, patient: str) -> Any:
        """At the shard that owns the patient, then at the others. Raises NotUnique where several know a bare number."""
        owner = self._shards.channel(current_caller().tenant, patient)
        channels = [owner, *(c for c in self._shards.channels if c is not owner)]
        bare = "/" not in patient and "|" not in patient
        for asked in [channels] if bare else [[channel] for channel in channels]:
            found = await asyncio.gather(*(self._known_at(channel, stub, method, request) for channel in asked))
            answers = [answer for answer in found if not isinstance(answer, NotFound)]
            if len(answers) > 1:
                raise NotUnique("several patients have this number; name its system, too")
            if answers:
                return answers[0]
        raise found[-1]

    async def _known_at(self, channel: grpc.aio.Channel, stub: Any, method: str, request: Message) -> Any:
        """NotFound, and not raised, where the shard does not know the patient."""
        try:
            return await self._at(channel, stub, method, request)
        except NotFound as error:
            if error.reason == NotUnique.default_reason:
                raise
            return error

    async def _at(self, channel: grpc.aio.Channel, stub: Any, method: str, request: Message) -> Any:
        caller = current_caller()
        metadata = self._tokens.metadata(caller.tenant, caller.person)
        with calling("the encoder"):
            return await getattr(stub(channel), method)(request, timeout=time_left(_LONGEST), metadata=metadata)


def _message(instant: Instant | None) -> event_pb2.Instant | None:
    return instant_to_message(instant) if instant else None


def _rows(parts: list[bytes], columns: int) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(parts), "<f4").reshape(-1, columns)
