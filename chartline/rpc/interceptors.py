"""The one boundary that every rpc crosses: admitted on the way in, given a status on the way out, measured throughout.

    bytes ─▶ request id, deadline ─▶ room ─▶ token ─▶ scope ─▶ quota ─▶ size, decode ─▶ servicer
                                                                                          │
    status with details ◀─ chartline.errors ◀──────────── any error, or the responses ◀───┘

Requests arrive here as bytes and are decoded after the caller is known: nobody without a token makes us parse, and
bytes that are no message are INVALID_ARGUMENT (grpc.aio's own decoding would end in UNKNOWN). The hot path allocates
no more than it must: handlers and metric children are made once per method, tokens are verified once.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from grpc import StatusCode

from chartline.errors import DeadlineExceeded, Exhausted, Forbidden, InvalidRequest
from chartline.rpc.auth import TokenVerifier, set_current_caller
from chartline.rpc.context import begin_call
from chartline.rpc.methods import OPEN_SERVICES, RULES, Rule
from chartline.rpc.quotas import Quotas
from chartline.rpc.statuses import code_of, ending_of
from chartline.settings import ServiceSettings
from chartline.telemetry import (
    chartline_rpc_in_flight,
    chartline_rpc_refused,
    get_logger,
    grpc_server_handled,
    grpc_server_handling_seconds,
    grpc_server_msg_sent,
    grpc_server_started,
)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STATUS_CODES = {code.value[0]: code for code in StatusCode}

log = get_logger(__name__)

if TYPE_CHECKING:
    Handler = grpc.RpcMethodHandler[Any, Any]
    Context = grpc.aio.ServicerContext[Any, Any]


class _Method:
    """What is the same for every call of one rpc. `rule` is None for the open standard services."""

    def __init__(self, path: str, handler: Handler, rule: Rule | None) -> None:
        _, service, name = path.split("/")
        kind = ("client_" if handler.request_streaming else "") + ("server_" if handler.response_streaming else "")
        labels = (f"{kind}stream" if kind else "unary", service, name)
        self.path = path
        self.rule = rule
        self.decode: Callable[[bytes], Any] = handler.request_deserializer or bytes
        self.started = grpc_server_started.labels(*labels)
        self.sent = grpc_server_msg_sent.labels(*labels)
        self.seconds = grpc_server_handling_seconds.labels(*labels)
        self.handled = {code: grpc_server_handled.labels(*labels, code.name) for code in StatusCode}


class Boundary(grpc.aio.ServerInterceptor):
    """The server's only interceptor."""

    def __init__(self, verifier: TokenVerifier, settings: ServiceSettings, rules: Mapping[str, Rule] = RULES) -> None:
        self._verifier = verifier
        self._quotas = Quotas(settings.quota_per_second, settings.quota_burst)
        self._max_concurrent = settings.max_concurrent
        self._max_bytes = settings.max_message_bytes
        self._rules = rules
        self._in_flight = 0
        self._handlers: dict[str, Handler] = {}
        chartline_rpc_in_flight.set_function(lambda: self._in_flight)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        path = handler_call_details.method
        kept = self._handlers.get(path)
        if kept is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            kept = self._handlers[path] = self._wrap(path, handler)
        return kept

    def _wrap(self, path: str, handler: Handler) -> Handler:
        is_open = path.split("/")[1] in OPEN_SERVICES
        method = _Method(path, handler, None if is_open else self._rules[path])
        read = self._decode_each if handler.request_streaming else self._decode
        inner: Any = next(
            f for f in (handler.unary_unary, handler.unary_stream, handler.stream_unary, handler.stream_stream) if f
        )

        async def respond(request: Any, context: Context) -> Any:
            return await self._run(method, context, lambda: _one(method, inner(read(method, request), context)))

        async def stream(request: Any, context: Context) -> None:
            await self._run(method, context, lambda: _write(method, context, inner(read(method, request), context)))

        makers: dict[tuple[bool, bool], Any] = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }
        make = makers[handler.request_streaming, handler.response_streaming]
        wrapped: Handler = make(stream if handler.response_streaming else respond, None, handler.response_serializer)
        return wrapped

    async def _run(self, method: _Method, context: Context, work: Callable[[], Awaitable[Any]]) -> Any:
        """One call from its arrival to its status; everything that can go wrong with it ends here."""
        begun = time.perf_counter()
        method.started.inc()
        code = StatusCode.OK
        metadata = dict(context.invocation_metadata() or ())
        request_id = _request_id(metadata)
        try:
            if method.rule is None:
                return await work()
            left = context.time_remaining()
            begin_call(request_id, method.path, method.rule.seconds if left is None else left)
            admitted = self._admitted(method.rule, metadata, work)
            return await (admitted if left is not None else _within(method.rule.seconds, admitted))
        except grpc.aio.AbortError:
            code = _STATUS_CODES.get(_number(context.code()), StatusCode.UNKNOWN)
            raise
        except asyncio.CancelledError:
            code = StatusCode.CANCELLED
            raise
        except Exception as error:
            code = code_of(error)
            _log_ending(method.path, code, error)
            ending = ending_of(error, request_id)
            await context.abort(ending.code, ending.message, ending.trailers)
        finally:
            method.seconds.observe(time.perf_counter() - begun)
            method.handled[code].inc()

    async def _admitted(self, rule: Rule, metadata: Mapping[str, Any], work: Callable[[], Awaitable[Any]]) -> Any:
        """Lets the call in and counts it while it runs."""
        if self._in_flight >= self._max_concurrent:
            chartline_rpc_refused.labels("full").inc()
            raise Exhausted("too many calls in progress", reason="FULL")
        caller = self._verifier.verify(metadata.get("authorization", ""))
        set_current_caller(caller)
        if rule.scope not in caller.scopes:
            chartline_rpc_refused.labels("scope").inc()
            raise Forbidden("the token lacks the scope for this rpc", reason="MISSING_SCOPE")
        self._quotas.take(caller.tenant)
        self._in_flight += 1
        try:
            return await work()
        finally:
            self._in_flight -= 1

    def _decode(self, method: _Method, data: bytes) -> Any:
        if len(data) > self._max_bytes:
            chartline_rpc_refused.labels("size").inc()
            raise InvalidRequest("the message is too large", reason="MESSAGE_TOO_LARGE")
        try:
            return method.decode(data)
        except DecodeError:
            chartline_rpc_refused.labels("malformed").inc()
            raise InvalidRequest("the bytes are not a message of this rpc", reason="MALFORMED_MESSAGE") from None

    async def _decode_each(self, method: _Method, requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        async for data in requests:
            yield self._decode(method, data)


async def _one(method: _Method, response: Awaitable[Any]) -> Any:
    message = await response
    method.sent.inc()
    return message


async def _write(method: _Method, context: Context, responses: Any) -> None:
    """Writes what a generator yields and closes it whatever happens; the other kind of servicer writes by itself."""
    if not hasattr(responses, "__aiter__"):
        await responses
        return
    async with aclosing(responses):
        async for message in responses:
            await context.write(message)
            method.sent.inc()


async def _within(seconds: float, work: Awaitable[Any]) -> Any:
    """For callers without a deadline; a caller's own is kept by gRPC, which cancels the call."""
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work
    except TimeoutError:
        if limit.expired():
            raise DeadlineExceeded("time is up") from None
        raise


def _request_id(metadata: Mapping[str, Any]) -> str:
    given = metadata.get("x-request-id", "")
    return given if isinstance(given, str) and _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _number(code: Any) -> int:
    return code.value[0] if isinstance(code, StatusCode) else int(code or 0)


def _log_ending(path: str, code: StatusCode, error: Exception) -> None:
    if code is StatusCode.INTERNAL:
        log.exception("rpc_failed", method=path)
    else:
        log.info("rpc_refused", method=path, code=code.name, reason=getattr(error, "reason", ""))
