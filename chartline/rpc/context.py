"""The running call as the code under it sees it: its id, its method and what is left of its time.

The boundary interceptor begins a call in its task's own context, so nothing is handed down by hand and nothing leaks
into the next call. Outside a call (start-up, background work) the id is empty and the time is `IDLE_SECONDS`.
"""

import time
from contextvars import ContextVar
from dataclasses import dataclass

#: What work outside any call may take for one outgoing rpc.
IDLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """`deadline` is on the clock of `time.monotonic`."""

    request_id: str
    method: str
    deadline: float


_call: ContextVar[Call | None] = ContextVar("call", default=None)


def begin_call(request_id: str, method: str, seconds: float) -> None:
    """From here on this task and its children work for that call; `method` is the full `/package.Service/Method`."""
    _call.set(Call(request_id, method, time.monotonic() + seconds))


def current_request_id() -> str:
    call = _call.get()
    return call.request_id if call else ""


def current_method() -> str:
    call = _call.get()
    return call.method if call else ""


def remaining_seconds() -> float:
    """What is left of the caller's time, never negative: the budget of every rpc that is made for it."""
    call = _call.get()
    return max(0.0, call.deadline - time.monotonic()) if call else IDLE_SECONDS
