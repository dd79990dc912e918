"""The life of a service, in a process of its own, by what others see of it: health, status, exit code, log lines."""

import asyncio
import json
import os
import signal
import sys
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from rpc_parts import Gateway, Mint, Serving, started, stub

from chartline.rpc.health import LIVENESS
from chartline.rpc.keys import KeyFiles
from chartline.settings import ServiceSettings
from chartline.v1 import gateway_service_pb2

ROOT = Path(__file__).resolve().parents[2]
ASK = gateway_service_pb2.AnswerQuestionRequest()
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

Start = Callable[..., AbstractAsyncContextManager[Process]]


@pytest.fixture
def start(keys: KeyFiles) -> Start:
    @asynccontextmanager
    async def started(fault: str = "", **variables: str) -> AsyncIterator[Process]:
        named = {f"CHARTLINE_LIFE_{name.upper()}": value for name, value in variables.items()}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "CHARTLINE_LIFE_JWKS_FILE": str(keys.jwks_file), **named}
        script = Path(__file__).with_name("life_service.py")
        process = await asyncio.create_subprocess_exec(
            sys.executable, script, fault, env=environment, stdin=PIPE, stdout=PIPE
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return started


async def line_with(process: Process, text: str) -> dict[str, Any]:
    """The next line that holds the text; JSON lines as objects."""
    assert process.stdout is not None
    async for line in process.stdout:
        if text.encode() in line:
            return json.loads(line) if line.startswith(b"{") else {}
    raise AssertionError(f"the process ended without {text!r}")


async def health_of(channel: grpc.aio.Channel, service: str = "") -> int:
    answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service))
    return int(answer.status)


async def test_a_whole_life(start: Start, mint: Mint) -> None:
    """A call that runs when SIGTERM comes is answered; then everything closes in reverse and the exit code is 0."""
    async with start() as process:
        serving = await line_with(process, '"serving"')
        assert (serving["service"], serving["level"]) == ("life", "INFO")
        async with grpc.aio.insecure_channel(serving["address"]) as channel:
            for name in ("", "chartline.v1.GatewayService", LIVENESS):
                assert await health_of(channel, name) == SERVING
            watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
            assert (await watch.read()).status == SERVING
            answer = stub(channel).AnswerQuestion(ASK, metadata=mint())
            assert (await answer.read()).sequence == 0
            process.send_signal(signal.SIGTERM)
            assert (await watch.read()).status == NOT_SERVING
            assert await watch.read() is grpc.aio.EOF
            assert process.stdin is not None
            process.stdin.write(b"go on\n")
            assert [(await answer.read()).sequence, (await answer.read()).sequence] == [1, 2]
            assert await answer.read() is grpc.aio.EOF
        assert process.stdout is not None
        rest = (await process.stdout.read()).decode()
        assert await process.wait() == 0
    assert rest.index("second closed") < rest.index("close_failed") < rest.index("first closed") < rest.index("stopped")
    assert "Jane" not in rest


async def test_what_still_runs_after_the_grace_is_cancelled(start: Start, mint: Mint) -> None:
    async with start(drain_seconds="0") as process:
        serving = await line_with(process, '"serving"')
        async with grpc.aio.insecure_channel(serving["address"]) as channel:
            answer = stub(channel).AnswerQuestion(ASK, metadata=mint())
            await answer.read()
            process.send_signal(signal.SIGINT)
            with pytest.raises(grpc.aio.AioRpcError):
                await answer.read()
        assert await process.wait() == 0


@pytest.mark.parametrize(("fault", "step"), [("bad-load", "load"), ("bad-work", "work")])
async def test_a_life_that_fails_says_where_and_exits_with_1(start: Start, fault: str, step: str) -> None:
    async with start(fault) as process:
        failed = await line_with(process, '"failed"')
        assert await process.wait() == 1
    assert failed["step"] == step
    assert "ValueError" in failed["trace"]
    assert "Jane" not in str(failed)


async def test_while_it_loads_it_is_alive_but_not_ready(start: Start, unused_tcp_port: int) -> None:
    async with start("slow-load", listen=f"127.0.0.1:{unused_tcp_port}") as process:
        await line_with(process, "loading")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{unused_tcp_port}") as channel:
            assert await health_of(channel) == NOT_SERVING
            assert await health_of(channel, LIVENESS) == SERVING
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_a_taken_port_ends_the_start_before_anything_is_loaded(start: Start) -> None:
    async with start() as first:
        address = (await line_with(first, '"serving"'))["address"]
        async with start(listen=address) as second:
            failed = await line_with(second, '"failed"')
            assert await second.wait() == 1
    assert (failed["step"], failed["address"]) == ("bind", address)


async def test_missing_keys_end_the_start(start: Start, tmp_path: Path) -> None:
    async with start(jwks_file=str(tmp_path / "none.json")) as process:
        assert (await line_with(process, '"failed"'))["step"] == "bind"
        assert await process.wait() == 1


async def test_prometheus_reads_the_metrics(start: Start, unused_tcp_port: int) -> None:
    async with start(metrics_listen=f"127.0.0.1:{unused_tcp_port}") as process:
        await line_with(process, '"serving"')
        url = f"http://127.0.0.1:{unused_tcp_port}/metrics"
        page = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=5).read().decode())
    assert "chartline_serving 1.0" in page


async def test_two_watchers_of_a_name_both_hear_of_every_change(settings: ServiceSettings) -> None:
    async with started(settings) as server, grpc.aio.insecure_channel(server.address) as channel:
        request = health_pb2.HealthCheckRequest()
        first, second = (health_pb2_grpc.HealthStub(channel).Watch(request) for _ in range(2))
        assert [(await w.read()).status for w in (first, second)] == [NOT_SERVING, NOT_SERVING]
        first.cancel()
        server.set_ready()
        assert (await second.read()).status == SERVING
        unknown = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="no"))
        assert (await unknown.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await health_of(channel, "no")
        assert failed.value.code() is grpc.StatusCode.NOT_FOUND


async def test_probes_have_a_plaintext_port_of_their_own(settings: ServiceSettings, unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    probed = settings.model_copy(update={"health_listen": address})
    async with started(probed), grpc.aio.insecure_channel(address) as channel:
        assert await health_of(channel) == NOT_SERVING


async def test_reflection_names_the_services_without_a_token(serving: Serving) -> None:
    async with serving(Gateway()) as channel:
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()
        await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        answer = await call.read()
        await call.done_writing()
    names = {service.name for service in answer.list_services_response.service}
    assert {"chartline.v1.GatewayService", "grpc.health.v1.Health"} <= names
