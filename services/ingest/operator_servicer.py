"""The operator's rpcs of IngestService: dead letters listed, shown, replayed and erased, records replayed by time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from grpc.aio import ServicerContext

from chartline.errors import InvalidRequest
from chartline.rpc.audit import AuditTrail
from chartline.rpc.auth import current_caller
from chartline.rpc.context import remaining_seconds
from chartline.rpc.paging import PageTokens, page_size
from chartline.v1 import ingest_service_pb2 as pb
from chartline.v1.ingest_service_pb2_grpc import IngestServiceServicer
from services.ingest.letter_box import LetterBox
from services.ingest.letter_messages import letter_to_message, wanted_from
from services.ingest.letters import DeadLetter
from services.ingest.replay import Replayer

Context = ServicerContext[object, object]


class Topics(Protocol):
    async def sent(self, tenant: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Operations:
    """What the operator's rpcs work with."""

    box: LetterBox
    replayer: Replayer
    topics: Topics
    tokens: PageTokens
    audit: AuditTrail


class OperatorServicer(IngestServiceServicer):
    def __init__(self, operations: Operations) -> None:
        self._box = operations.box
        self._replayer = operations.replayer
        self._topics = operations.topics
        self._tokens = operations.tokens
        self._audit = operations.audit

    async def ListDeadLetters(self, request: pb.ListDeadLettersRequest, context: Context) -> pb.ListDeadLettersResponse:
        size, begin = page_size(request), self._tokens.position(request)
        letters = await self._box.list(current_caller().tenant, wanted_from(request.filter))
        rest = [letter for letter in letters if _place(letter) >= begin]
        token = self._tokens.issue(request, _place(rest[size])) if len(rest) > size else ""
        response = pb.ListDeadLettersResponse(dead_letters=map(letter_to_message, rest[:size]), next_page_token=token)
        for letter in letters:
            response.reasons[letter.reason] += 1
        return response

    async def GetDeadLetter(self, request: pb.GetDeadLetterRequest, context: Context) -> pb.GetDeadLetterResponse:
        for field in ("id", "purpose"):
            if not getattr(request, field):
                raise InvalidRequest("required", field=field)
        letter = await self._box.get(current_caller().tenant, request.id)
        self._audit.record(patient="", outcome="OK", purpose=request.purpose, event_keys=[letter.id])
        return pb.GetDeadLetterResponse(dead_letter=letter_to_message(letter), payload=letter.payload)

    async def ReplayDeadLetters(
        self, request: pb.ReplayDeadLettersRequest, context: Context
    ) -> AsyncIterator[pb.ReplayDeadLettersResponse]:
        caller = current_caller()
        wanted = wanted_from(request.filter)
        async for tally in self._replayer.letters(caller.tenant, wanted, caller.person, remaining_seconds()):
            yield pb.ReplayDeadLettersResponse(outcomes=tally.outcomes, reasons=tally.reasons)

    async def EraseDeadLetters(
        self, request: pb.EraseDeadLettersRequest, context: Context
    ) -> pb.EraseDeadLettersResponse:
        if not request.identifiers or not all(request.identifiers):
            raise InvalidRequest("at least one, and none empty", field="identifiers")
        done = await self._box.erase(current_caller().tenant, request.identifiers)
        return pb.EraseDeadLettersResponse(erased=done.erased, unreadable=done.unreadable)

    async def ReplayRecords(
        self, request: pb.ReplayRecordsRequest, context: Context
    ) -> AsyncIterator[pb.ReplayRecordsResponse]:
        if not request.HasField("start"):
            raise InvalidRequest("required", field="start")
        caller = current_caller()
        since = request.start.unix_micros / 1e6
        until = request.end.unix_micros / 1e6 if request.HasField("end") else float("inf")
        if not 0 <= since < until:
            raise InvalidRequest("start lies before 1970 or not before end", field="start")
        async for tally in self._replayer.stretch(
            caller.tenant, since, until, caller.person, remaining_seconds(), dry_run=request.dry_run
        ):
            yield pb.ReplayRecordsResponse(outcomes=tally.outcomes, reasons=tally.reasons)

    async def CountSentRecords(
        self, request: pb.CountSentRecordsRequest, context: Context
    ) -> pb.CountSentRecordsResponse:
        tenant = current_caller().tenant
        if request.load_id:
            return pb.CountSentRecordsResponse(records=await self._replayer.sent(tenant, request.load_id))
        return pb.CountSentRecordsResponse(records=await self._topics.sent(tenant))


def _place(letter: DeadLetter) -> str:
    """Sorts as places do."""
    return f"{letter.place.partition:010}-{letter.place.offset:020}"
