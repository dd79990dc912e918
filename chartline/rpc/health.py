"""grpc.health.v1 for probes and load balancers: everything starts as NOT_SERVING and watchers never hold up a drain.

The packaged aio servicer starts as SERVING, forgets the second watcher of a name when the first one leaves, and keeps
its watchers' streams open until the grace of a drain is over; hence these forty lines.

Names: "" and each service's full name are readiness; `LIVENESS` is SERVING from the moment the port is bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chartline.errors import NotFound

LIVENESS = "liveness"

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    def __init__(self, services: Iterable[str]) -> None:
        self._states = dict.fromkeys(("", *services), NOT_SERVING) | {LIVENESS: SERVING}
        self._changed = asyncio.Event()
        self._ended = False

    def set_ready(self, ready: bool) -> None:
        state = SERVING if ready else NOT_SERVING
        self._states = dict.fromkeys(self._states, state) | {LIVENESS: SERVING}
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self) -> None:
        """NOT_SERVING for good: watchers are told and their streams end."""
        self._ended = True
        self.set_ready(False)

    async def Check(self, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        if request.service not in self._states:
            raise NotFound("no such service")
        return health_pb2.HealthCheckResponse(status=self._states[request.service])

    async def Watch(self, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        told = None
        while True:
            changed, state = self._changed, self._states.get(request.service, SERVICE_UNKNOWN)
            if state != told:
                yield health_pb2.HealthCheckResponse(status=state)
                told = state
            if self._ended and changed is self._changed:
                return
            await changed.wait()
