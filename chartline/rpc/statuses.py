"""The one table between Chartline's errors and gRPC: on the way out to statuses with details, on the way in back.

Details are google.rpc messages (AIP-193): ErrorInfo always, BadRequest for a wrong field, RetryInfo where trying again
may help, RequestInfo with the id that logs and audit know. gRPC's own retries obey the trailer `grpc-retry-pushback-ms`
and not RetryInfo, so both are sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from chartline.errors import (
    ChartlineError,
    DeadlineExceeded,
    Exhausted,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    Unavailable,
    Unfit,
)

DOMAIN = "chartline"
DETAILS_TRAILER = "grpc-status-details-bin"
PUSHBACK_TRAILER = "grpc-retry-pushback-ms"
#: What a caller learns about a failure nobody foresaw; the log has its trace under the request id.
INTERNAL_MESSAGE = "internal error"

CODES: dict[type[ChartlineError], StatusCode] = {
    InvalidRequest: StatusCode.INVALID_ARGUMENT,
    Unauthenticated: StatusCode.UNAUTHENTICATED,
    Forbidden: StatusCode.PERMISSION_DENIED,
    NotFound: StatusCode.NOT_FOUND,
    Unfit: StatusCode.FAILED_PRECONDITION,
    Exhausted: StatusCode.RESOURCE_EXHAUSTED,
    Unavailable: StatusCode.UNAVAILABLE,
    DeadlineExceeded: StatusCode.DEADLINE_EXCEEDED,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a failed call ends."""

    code: StatusCode
    message: str
    trailers: tuple[tuple[str, str | bytes], ...]


def code_of(error: BaseException) -> StatusCode:
    """INTERNAL for everything that is no ChartlineError of the table."""
    return next((CODES[cls] for cls in type(error).__mro__ if cls in CODES), StatusCode.INTERNAL)


def ending_of(error: BaseException, request_id: str) -> Ending:
    code = code_of(error)
    if not isinstance(error, ChartlineError) or code is StatusCode.INTERNAL:
        error = ChartlineError(INTERNAL_MESSAGE, reason="INTERNAL")
    status = status_pb2.Status(code=code.value[0], message=error.message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata))
    if request_id:
        status.details.add().Pack(error_details_pb2.RequestInfo(request_id=request_id))
    if isinstance(error, InvalidRequest) and error.field:
        bad_request = error_details_pb2.BadRequest()
        bad_request.field_violations.add(field=error.field, description=error.message)
        status.details.add().Pack(bad_request)
    trailers: list[tuple[str, str | bytes]] = []
    if isinstance(error, Exhausted | Unavailable):
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(pushback := max(1, int(error.retry_after * 1000)))
        status.details.add().Pack(retry)
        trailers.append((PUSHBACK_TRAILER, str(pushback)))
    trailers.append((DETAILS_TRAILER, status.SerializeToString()))
    return Ending(code, error.message, tuple(trailers))


# --- the way back: what another service's status means here ---------------------------------------------------------


@contextmanager
def calling(service: str) -> Iterator[None]:
    """Around an outgoing call: its status becomes the error it was made from on the other side.

    A refused token or a failure nobody foresaw is not our caller's fault, so these stay unforeseen here too; a status
    that this side's caller caused (INVALID_ARGUMENT, NOT_FOUND, …) is passed on with its message and reason.
    """
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise error_of(error, service) from error


def error_of(error: grpc.aio.AioRpcError, service: str) -> ChartlineError:
    code, details = error.code(), _details_of(error)
    info = _unpack(details, error_details_pb2.ErrorInfo())
    reason = info.reason if info.domain == DOMAIN else ""
    if code is StatusCode.INVALID_ARGUMENT:
        return InvalidRequest(error.details() or "", field=info.metadata.get("field", ""), reason=reason)
    if code is StatusCode.NOT_FOUND:
        return NotFound(error.details() or "", reason=reason)
    if code is StatusCode.FAILED_PRECONDITION:
        return Unfit(error.details() or "", reason=reason)
    if code is StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded("time is up")
    retry_after = _unpack(details, error_details_pb2.RetryInfo()).retry_delay.ToTimedelta().total_seconds() or 1.0
    if code is StatusCode.RESOURCE_EXHAUSTED:
        return Exhausted(f"{service} is full", retry_after=retry_after, reason=reason)
    if code in (StatusCode.UNAVAILABLE, StatusCode.CANCELLED):
        return Unavailable(f"{service} is away", retry_after=retry_after, reason=reason)
    return ChartlineError(f"{service} failed with {code.name}", reason="INTERNAL")


def _details_of(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    trailers = dict(error.trailing_metadata() or ())
    return status_pb2.Status.FromString(trailers.get(DETAILS_TRAILER, b""))


M = TypeVar("M", bound=Message)


def _unpack(status: status_pb2.Status, message: M) -> M:
    """The detail of that type, or the empty message."""
    for detail in status.details:
        if detail.Unpack(message):
            break
    return message
