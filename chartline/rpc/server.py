"""The one life that every service leads.

    NOT_SERVING ─▶ bind ─▶ load ─▶ SERVING ─▶ signal ─▶ NOT_SERVING ─▶ drain(grace) ─▶ close in reverse

Binding comes before loading, so a taken port ends the start before any model is read, and probes find the truth from
the first moment. A life that fails ends the process with 1 and one log line that says at which step.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from chartline.rpc.auth import TokenVerifier
from chartline.rpc.health import Health
from chartline.rpc.interceptors import Boundary
from chartline.rpc.methods import OPEN_SERVICES, RULES, Rule
from chartline.rpc.tls import server_credentials
from chartline.settings import MESSAGE_BYTES, ServiceSettings
from chartline.telemetry import chartline_event_loop_lag_seconds, chartline_serving, configure_logging, get_logger

log = get_logger(__name__)

Step = Callable[[], Awaitable[None]]
Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Service:
    """`name` as in the contract, `register` is the generated `add_<Name>Servicer_to_server`."""

    name: str
    register: Callable[[Any, grpc.aio.Server], None]
    servicer: object


class Server:
    """One process' gRPC server with health, reflection and the boundary; create it inside the running loop."""

    def __init__(
        self, settings: ServiceSettings, services: Sequence[Service], rules: Mapping[str, Rule] = RULES
    ) -> None:
        """Raises OSError or ValueError when keys or certificates cannot be read."""
        names = [service.name for service in services]
        self._settings = settings
        self._health = Health(names)
        self._boundary = Boundary(TokenVerifier(settings.jwks_file, settings.max_token_seconds), settings, rules)
        self._grpc = self._with_health()
        self._probes = self._with_health() if settings.health_listen else None
        for service in services:
            service.register(service.servicer, self._grpc)
        reflection.enable_server_reflection([*names, *OPEN_SERVICES], self._grpc)
        self.address = ""

    def _with_health(self) -> grpc.aio.Server:
        options = [
            ("grpc.so_reuseport", 0),  # else a second bind on a taken port silently succeeds
            # Twice, so that the boundary's own limit answers first, with a better status.
            ("grpc.max_receive_message_length", 2 * self._settings.max_message_bytes),
            ("grpc.max_send_message_length", MESSAGE_BYTES),
            # Only "identity": gRPC unpacks a whole message before it looks at its size and before a token is asked for.
            ("grpc.compression_enabled_algorithms_bitset", 1),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ("grpc.max_connection_age_ms", 30 * 60_000),  # so that callers find replicas that were added
            ("grpc.max_connection_age_grace_ms", 5 * 60_000),
        ]
        server = grpc.aio.server(interceptors=[self._boundary], options=options)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        return server

    async def start(self) -> None:
        """Binds and answers, with health at NOT_SERVING. Raises RuntimeError when a port is taken."""
        self.address = _bind(self._grpc, self._settings.listen, server_credentials(self._settings))
        await self._grpc.start()
        if self._probes is not None:
            _bind(self._probes, self._settings.health_listen, None)
            await self._probes.start()

    def set_ready(self) -> None:
        self._health.set_ready(True)
        chartline_serving.set(1)

    async def stop(self) -> None:
        """NOT_SERVING, then no new calls, then up to `drain_seconds` for those that run."""
        chartline_serving.set(0)
        self._health.end()
        await self._grpc.stop(self._settings.drain_seconds)
        if self._probes is not None:
            await self._probes.stop(None)


async def serve(
    settings: ServiceSettings,
    services: Sequence[Service],
    *,
    load: Step | None = None,
    work: Sequence[Work] = (),
    close: Sequence[Step] = (),
) -> int:
    """Lives the whole life and returns the exit code of the process.

    `load` reads models and opens stores. `work` runs as long as the service serves (a consumer, a queue's worker): if
    one of them ends, the service ends with 1. `close` is given in the order of opening and called in reverse whatever
    happened, so each step must bear that its part was never opened.
    """
    configure_logging(settings.service, settings.log_level)
    life = _Life(settings, services)
    try:
        async with AsyncExitStack() as ending:
            for closing in close:
                ending.push_async_callback(_close, closing)
            await life.lead(ending, load, work)
    except Exception:
        log.exception("failed", step=life.step, address=settings.listen, metrics=settings.metrics_listen)
        return 1
    if life.served:
        log.info("stopped")
    return 0


class _Life:
    """What `serve` leads; `step` says how far it got."""

    def __init__(self, settings: ServiceSettings, services: Sequence[Service]) -> None:
        self._settings = settings
        self._services = services
        self.step = "bind"
        self.served = False

    async def lead(self, ending: AsyncExitStack, load: Step | None, work: Sequence[Work]) -> None:
        """Returns when a signal came. Raises whatever went wrong first."""
        begun = time.monotonic()
        signalled, running = asyncio.create_task(_signal()), list[asyncio.Task[None]]()
        ending.push_async_callback(_cancel, [signalled])
        ending.push_async_callback(_cancel, running)
        ending.callback(_serve_metrics(self._settings.metrics_listen))
        server = Server(self._settings, self._services)
        ending.push_async_callback(server.stop)
        await server.start()
        self.step = "load"
        if load is not None and not await _before(signalled, [asyncio.ensure_future(load())]):
            return
        server.set_ready()
        log.info("serving", address=server.address, seconds=round(time.monotonic() - begun, 3))
        self.step, self.served = "work", True
        running += [asyncio.create_task(each()) for each in (*work, _measure_lag)]
        if await _before(signalled, running):
            raise RuntimeError("work ended")


async def _signal() -> None:
    """Ends with the first SIGTERM or SIGINT."""
    loop, received = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, received.set)
    await received.wait()
    log.info("stopping")


async def _before(signalled: asyncio.Task[None], tasks: Sequence[asyncio.Future[None]]) -> bool:
    """Whether one of the tasks ended before the signal came; raises what it raised."""
    done, _ = await asyncio.wait({signalled, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    if signalled in done:
        await _cancel(tasks)
        return False
    for task in done:
        task.result()
    return True


async def _cancel(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _close(step: Step) -> None:
    """A step that fails must not keep the others from closing."""
    try:
        await step()
    except Exception:
        log.exception("close_failed")


async def _measure_lag() -> None:
    while True:
        due = time.monotonic() + 1.0
        await asyncio.sleep(1.0)
        chartline_event_loop_lag_seconds.set(max(0.0, time.monotonic() - due))


def _bind(server: grpc.aio.Server, address: str, credentials: grpc.ServerCredentials | None) -> str:
    """The address with the port that was bound. Raises RuntimeError when it is taken."""
    port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    if port == 0:
        raise RuntimeError(f"cannot bind {address}")
    return f"{address.rpartition(':')[0]}:{port}"


def _serve_metrics(address: str) -> Callable[[], None]:
    """Serves /metrics from a thread; returns what ends it. Raises OSError when the port is taken."""
    host, _, port = address.rpartition(":")
    server, thread = start_http_server(int(port), host)

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end
