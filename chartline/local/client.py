"""How the command line speaks to a running cluster: the same gRPC as any vendor's client, with a development token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self

import grpc

from chartline.local.home import Home
from chartline.v1.event_pb2 import Event
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceStub
from chartline.v1.ingest_service_pb2_grpc import IngestServiceStub
from chartline.v1.record_service_pb2 import (
    EraseChartRequest,
    EraseChartResponse,
    ListEventsRequest,
    ListPatientsRequest,
    PatientSummary,
)
from chartline.v1.record_service_pb2_grpc import RecordServiceStub

#: What a call that reads may take.
READ_SECONDS = 30.0
ERASE_SECONDS = 60.0
_OPTIONS = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]
_PAGE = 1000


class Client:
    """One tenant's calls, blocking, safe to use from several threads. Calls raise grpc.RpcError.

    `operator` is ingest as an operator may call it, for minutes: its token is short-lived.
    """

    def __init__(self, home: Home, tenant: str) -> None:
        """Raises Unavailable where no cluster runs in that home."""
        self.home = home
        self.tenant = tenant
        self.endpoints = home.endpoints()
        bearer, operator = _Bearer(home.token(tenant)), _Bearer(home.operator_token(tenant))
        self._channels = [
            grpc.insecure_channel(address, _OPTIONS) for address in (self.endpoints.gateway, self.endpoints.ingest)
        ]
        gateway, ingest = (grpc.intercept_channel(channel, bearer) for channel in self._channels)
        self.gateway = GatewayServiceStub(gateway)
        self.ingest = IngestServiceStub(ingest)
        self.operator = IngestServiceStub(grpc.intercept_channel(self._channels[1], operator))

    def events(self, request: ListEventsRequest) -> Iterator[Event]:
        """All of them, page by page."""
        request.page_size = _PAGE
        while True:
            page = self.gateway.ListEvents(request, timeout=READ_SECONDS)
            yield from page.events
            request.page_token = page.next_page_token
            if not request.page_token:
                return

    def patients(self) -> Iterator[PatientSummary]:
        """All of the tenant's, page by page."""
        request = ListPatientsRequest(page_size=_PAGE)
        while True:
            page = self.gateway.ListPatients(request, timeout=READ_SECONDS)
            yield from page.patients
            request.page_token = page.next_page_token
            if not request.page_token:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for channel in self._channels:
            channel.close()


def erase_chart(home: Home, tenant: str, patient: str) -> EraseChartResponse:
    """At the encoder itself, for no service may ask it for that. Raises grpc.RpcError, Unavailable."""
    metadata = (("authorization", f"Bearer {home.operator_token(tenant)}"),)
    with grpc.insecure_channel(home.endpoints().encoder) as channel:
        call = RecordServiceStub(channel).EraseChart
        return call(EraseChartRequest(patient=patient), metadata=metadata, timeout=ERASE_SECONDS)


class _CallDetails(NamedTuple):
    """The fields that gRPC reads of a call."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str], ...]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Puts the token on every call."""

    def __init__(self, token: str) -> None:
        self._metadata = (("authorization", f"Bearer {token}"),)

    def intercept_unary_unary(self, continuation: Callable[..., Any], call: Any, request: Any) -> Any:
        return continuation(self._with_token(call), request)

    def intercept_unary_stream(self, continuation: Callable[..., Any], call: Any, request: Any) -> Any:
        return continuation(self._with_token(call), request)

    def _with_token(self, call: Any) -> _CallDetails:
        return _CallDetails(
            call.method, call.timeout, self._metadata, call.credentials, call.wait_for_ready, call.compression
        )
