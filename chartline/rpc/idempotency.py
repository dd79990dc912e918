"""A repeated call with the same `request_id` gets the first call's responses instead of a second execution (AIP-155).

    first   ──▶ execution ──▶ recorded messages ──▶ kept for 24 h
    joins while it runs ─────────▲        ▲──────── comes back within 24 h

The execution runs in a task of its own that all its callers read from; when the last of them leaves, it is cancelled
and forgotten. Failures are not kept: whoever waits gets the same error and the next call executes again. What is kept
is asked about before it comes back, for what it tells of may be gone by then.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from google.protobuf.message import Message

from chartline.errors import InvalidRequest, NotFound, RequestIdReused
from chartline.rpc.auth import current_caller
from chartline.rpc.context import current_method

KEEP_SECONDS = 24 * 3600.0
MAX_BYTES = 64 << 20
_ENTRY_BYTES = 1024  # of an execution without its messages

M = TypeVar("M", bound=Message)


@dataclass(eq=False)
class _Execution(Generic[M]):
    """What one request id stands for; `grown` is set whenever there is something to read, or nothing more to come."""

    body: bytes
    begun: float
    messages: list[M] = field(default_factory=list)
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    readers: int = 0
    bytes: int = 0  # of what is kept; 0 while it runs

    def tell(self) -> None:
        self.grown.set()
        self.grown = asyncio.Event()

    def end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # seen, even where the last reader has just left
        self.tell()


Key = tuple[str, str, str, str]


class Replays:
    """Keeps finished executions of one process, oldest dropped first when they exceed `max_bytes`.

    `confirm` is given a request whose execution was kept. Where it raises, nothing is replayed; NotFound forgets.
    """

    def __init__(
        self,
        confirm: Callable[[Any], Awaitable[None]],
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._confirm = confirm
        self._executions: OrderedDict[Key, _Execution[Any]] = OrderedDict()
        self._bytes = 0
        self._max_bytes = max_bytes
        self._clock = clock

    async def unary(self, request: Message, execute: Callable[[], Awaitable[M]]) -> M:
        """Executes, joins or replays. Raises RequestIdReused when the id came with another body, and what `confirm`
        raises.
        """

        async def one() -> AsyncIterator[M]:
            yield await execute()

        async with aclosing(self.stream(request, one)) as messages:
            return await anext(messages)

    async def stream(
        self, request: Message, execute: Callable[[], AsyncIterator[M]], keep: Callable[[M], bool] = lambda _: True
    ) -> AsyncGenerator[M, None]:
        """As `unary`, for a stream. `keep` decides by the last message whether a stream that ended is kept: an
        answer that says "unavailable" should be tried again by the next call.
        """
        request_id: str = getattr(request, "request_id")  # noqa: B009
        if not request_id:
            async with aclosing(cast(Any, execute())) as messages:
                async for message in messages:
                    yield message
            return
        key, body = _key(request_id), _body(request)
        found = await self._find(key, body, request)
        execution: _Execution[M] = found or self._begin(key, body, execute, keep)
        execution.readers += 1
        try:
            async for message in _read(execution):
                yield message
        finally:
            execution.readers -= 1
            await self._leave(key, execution)

    async def _find(self, key: Key, body: bytes, request: Message) -> _Execution[Any] | None:
        self._expire()
        execution = self._executions.get(key)
        if execution is not None and execution.body != body:
            raise RequestIdReused("request_id was used for another request", field="request_id")
        if execution is not None and execution.bytes:
            try:
                await self._confirm(request)
            except NotFound:
                self._forget(key, execution)
                raise
        return execution

    def _begin(
        self, key: Key, body: bytes, execute: Callable[[], AsyncIterator[M]], keep: Callable[[M], bool]
    ) -> _Execution[M]:
        execution: _Execution[M] = _Execution(body, self._clock())
        self._executions[key] = execution
        execution.task = asyncio.create_task(self._record(key, execution, execute, keep))
        execution.task.add_done_callback(execution.end)
        return execution

    async def _record(
        self, key: Key, execution: _Execution[M], execute: Callable[[], AsyncIterator[M]], keep: Callable[[M], bool]
    ) -> None:
        kept = False
        try:
            async with aclosing(cast(Any, execute())) as messages:
                async for message in messages:
                    execution.messages.append(message)
                    execution.tell()
            kept = bool(execution.messages) and keep(execution.messages[-1])
        finally:
            if kept:
                self._keep(execution)
            else:
                self._forget(key, execution)

    async def _leave(self, key: Key, execution: _Execution[Any]) -> None:
        """The last reader of an execution that still runs takes it along."""
        task = execution.task
        if task is not None and not task.done() and execution.readers == 0:
            self._forget(key, execution)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _keep(self, execution: _Execution[Any]) -> None:
        execution.bytes = _ENTRY_BYTES + sum(message.ByteSize() for message in execution.messages)
        self._bytes += execution.bytes
        while self._bytes > self._max_bytes:
            self._forget(*next((key, kept) for key, kept in self._executions.items() if kept.bytes))

    def _forget(self, key: Key, execution: _Execution[Any]) -> None:
        if self._executions.get(key) is execution:
            del self._executions[key]
            self._bytes -= execution.bytes

    def _expire(self) -> None:
        now = self._clock()
        while self._executions:
            key, oldest = next(iter(self._executions.items()))
            if now - oldest.begun < KEEP_SECONDS:
                return
            self._forget(key, oldest)


async def _read(execution: _Execution[M]) -> AsyncIterator[M]:
    position = 0
    while True:
        grown, task = execution.grown, execution.task
        while position < len(execution.messages):
            yield execution.messages[position]
            position += 1
        if task is not None and task.done():
            await task  # raises what the execution raised
            return
        await grown.wait()


def _key(request_id: str) -> Key:
    try:
        known = str(uuid.UUID(request_id))
    except ValueError:
        raise InvalidRequest("request_id must be a UUID", field="request_id") from None
    caller = current_caller()
    return caller.tenant, caller.person, current_method(), known


def _body(request: Message) -> bytes:
    body = type(request)()
    body.CopyFrom(request)
    body.ClearField("request_id")
    return hashlib.sha256(body.SerializeToString(deterministic=True)).digest()
