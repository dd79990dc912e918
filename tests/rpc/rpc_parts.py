"""A gateway that says what it knows about the call, and the types of this folder's fixtures."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import grpc.aio

from chartline.rpc.auth import current_caller
from chartline.rpc.context import current_method, current_request_id, remaining_seconds
from chartline.rpc.methods import RULES
from chartline.rpc.server import Server, Service
from chartline.settings import ServiceSettings
from chartline.v1 import gateway_service_pb2 as pb
from chartline.v1 import gateway_service_pb2_grpc, record_service_pb2

GATEWAY = "chartline.v1.GatewayService"

Mint = Callable[..., tuple[tuple[str, str], ...]]
Serving = Callable[..., AbstractAsyncContextManager[grpc.aio.Channel]]


class Gateway(gateway_service_pb2_grpc.GatewayServiceServicer):
    """Fails with what it is given, else says what it knows about the call."""

    def __init__(self, error: Exception | None = None, messages: int = 3) -> None:
        self.error = error
        self.messages = messages
        self.entered = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()

    async def ListPatients(self, request: Any, context: Any) -> record_service_pb2.ListPatientsResponse:
        if self.error:
            raise self.error
        await self._wait()
        caller = current_caller()
        known = [caller.tenant, caller.subject, current_request_id(), current_method(), str(remaining_seconds())]
        return record_service_pb2.ListPatientsResponse(
            patients=[record_service_pb2.PatientSummary(patient=known[0], identifiers=known[1:])]
        )

    async def AnswerQuestion(self, request: Any, context: Any) -> AsyncIterator[pb.AnswerQuestionResponse]:
        for sequence in range(self.messages):
            yield pb.AnswerQuestionResponse(sequence=sequence)
            await self._wait()
        if self.error:
            raise self.error

    async def _wait(self) -> None:
        self.entered.set()
        try:
            await self.hold.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


def stub(channel: grpc.aio.Channel) -> Any:
    return gateway_service_pb2_grpc.GatewayServiceStub(channel)


def gateway_service(servicer: object) -> Service:
    return Service(GATEWAY, gateway_service_pb2_grpc.add_GatewayServiceServicer_to_server, servicer)


@asynccontextmanager
async def started(settings: ServiceSettings, *services: Service, rules: Any = RULES) -> AsyncIterator[Server]:
    """A bound server that is not ready yet and is stopped whatever happens."""
    server = Server(settings, services, rules)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
