"""What the boundary costs: an authenticated unary rpc through the whole chassis against a raw grpc.aio echo.

Two servers, each a process of its own, are loaded in turns by this process: `raw` gives the bytes back and does nothing
else; `chartline` is `chartline.rpc.server.Server` with token, scope, quota, decoding, deadline, metrics and logs, and a
servicer without any work. Rounds alternate, so that what else the machine does hits both; the ratio is the median over
the rounds' ratios.

    python bench/gateway_rpc.py [--seconds 3] [--rounds 5] [--in-flight 16]
"""

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import psutil
from side_by_side.report import Line, Report, arguments

from chartline.rpc.auth import mint_token
from chartline.rpc.keys import create_keys
from chartline.rpc.server import Server, Service
from chartline.settings import ServiceSettings
from chartline.telemetry import configure_logging
from chartline.v1 import record_service_pb2
from chartline.v1.gateway_service_pb2_grpc import (
    GatewayServiceServicer,
    GatewayServiceStub,
    add_GatewayServiceServicer_to_server,
)

ECHO = "/bench.Raw/Echo"
PATIENT = "Patient/" + "0" * 180  # 200 bytes on the wire, like the peer's message
PEER = "raw grpc.aio echo"
GOAL = 0.5


class Gateway(GatewayServiceServicer):
    async def ListPatients(self, request: Any, context: Any) -> Any:
        summary = record_service_pb2.PatientSummary(patient=request.page_token)
        return record_service_pb2.ListPatientsResponse(patients=[summary])


async def serve_raw(ready: Connection) -> None:
    async def echo(request: bytes, context: Any) -> bytes:
        return request

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Raw", {"Echo": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    ready.send(f"127.0.0.1:{port}")
    await server.wait_for_termination()


async def serve_chartline(ready: Connection, jwks_file: Path) -> None:
    configure_logging("bench")
    settings = ServiceSettings(jwks_file=jwks_file, quota_per_second=1e6, quota_burst=1_000_000)
    service = Service("chartline.v1.GatewayService", add_GatewayServiceServicer_to_server, Gateway())
    server = Server(settings, [service])
    await server.start()
    server.set_ready()
    ready.send(server.address)
    await asyncio.Event().wait()


def run_raw(ready: Connection) -> None:
    asyncio.run(serve_raw(ready))


def run_chartline(ready: Connection, jwks_file: Path) -> None:
    asyncio.run(serve_chartline(ready, jwks_file))


@dataclass(frozen=True, slots=True)
class Running:
    address: str
    process: psutil.Process


@contextmanager
def running(target: Callable[..., None], *arguments: object) -> Iterator[Running]:
    """The target in a process of its own that says its address when it serves."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=target, args=(there, *arguments), daemon=True)
    process.start()
    try:
        yield Running(here.recv(), psutil.Process(process.pid))
    finally:
        process.terminate()
        process.join()


@dataclass(frozen=True, slots=True)
class Round:
    """`cpu_us` is the server's processor time a call: it stays true where other programs share the machine."""

    calls_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@dataclass(frozen=True, slots=True)
class Peer:
    server: psutil.Process
    call: Callable[[], Awaitable[Any]]

    def cpu_seconds(self) -> float:
        times = self.server.cpu_times()
        return float(times.user + times.system)


async def load(peer: Peer, seconds: float, in_flight: int) -> Round:
    """Closed loop: `in_flight` callers, each with one call at a time."""
    latencies: list[float] = []
    until = time.perf_counter() + seconds

    async def caller() -> None:
        while (begun := time.perf_counter()) < until:
            await peer.call()
            latencies.append(time.perf_counter() - begun)

    begun, cpu = time.perf_counter(), peer.cpu_seconds()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    hundredths = statistics.quantiles(latencies, n=100)
    rate = len(latencies) / (time.perf_counter() - begun)
    cpu_us = (peer.cpu_seconds() - cpu) / len(latencies) * 1e6
    return Round(rate, hundredths[49] * 1e3, hundredths[98] * 1e3, cpu_us)


async def measure(servers: Sequence[Running], token: str, options: argparse.Namespace) -> dict[str, list[Round]]:
    raw, ours = servers
    metadata = (("authorization", f"Bearer {token}"),)
    request = record_service_pb2.ListPatientsRequest(page_token=PATIENT)
    async with (
        grpc.aio.insecure_channel(raw.address) as raw_channel,
        grpc.aio.insecure_channel(ours.address) as channel,
    ):
        echo, data = raw_channel.unary_unary(ECHO), b"0" * 200
        list_patients = GatewayServiceStub(channel).ListPatients
        peers = {
            "raw": Peer(raw.process, lambda: echo(data)),
            "chartline": Peer(ours.process, lambda: list_patients(request, metadata=metadata, timeout=10)),
        }
        rounds: dict[str, list[Round]] = {name: [] for name in peers}
        for number in range(options.rounds + 1):
            for name, peer in peers.items():
                result = await load(peer, options.seconds if number else 0.5, options.in_flight)
                if number:  # the first warms up
                    rounds[name].append(result)
    return rounds


def report(rounds: dict[str, list[Round]], options: argparse.Namespace) -> Report:
    def figures(value: str) -> tuple[list[float], list[float]]:
        ours, theirs = ([getattr(each, value) for each in rounds[name]] for name in ("chartline", "raw"))
        return ours, theirs

    units = (
        ("calls_per_second", "calls/s", GOAL),
        ("p50_ms", "ms", None),
        ("p99_ms", "ms", None),
        ("cpu_us", "us", None),
    )
    lines = [Line(name.replace("_", " "), PEER, unit, *figures(name), goal) for name, unit, goal in units]
    return Report("gateway_rpc", lines, {"in_flight": options.in_flight})


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a round")
    parser.add_argument("--in-flight", type=int, default=16, help="calls at the same time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        keys = create_keys(Path(folder))
        token = mint_token(keys.issuer_key_file, tenant="bench", scopes=["read"], subject="bench", seconds=300)
        with running(run_raw) as raw, running(run_chartline, keys.jwks_file) as ours:
            rounds = asyncio.run(measure((raw, ours), token, options))
    report(rounds, options).publish(options)


if __name__ == "__main__":
    main()
