"""The encoder as a process of its own: it is killed while it appends, and nothing that it acknowledged is lost."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc.aio
import pytest
from encoder_calls import Client
from encoder_events import lab

from chartline.rpc.keys import KeyFiles
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import record_service_pb2 as record_pb2

ROOT = Path(__file__).parents[3]
LIGHT = [str(Path(__file__).parent / "encoder_process.py")]
REAL = ["-m", "services.encoder"]


class Encoder:
    """Starts on the same database and port each time."""

    def __init__(self, keys: KeyFiles, folder: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{listener.getsockname()[1]}"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CHARTLINE_ENCODER_LISTEN": self.address,
            "CHARTLINE_ENCODER_JWKS_FILE": str(keys.jwks_file),
            "CHARTLINE_ENCODER_SECRET_FILE": str(keys.secret_file),
            "CHARTLINE_ENCODER_DATABASE_URL": f"sqlite:///{folder}/record.db",
        }

    def start(self, program: list[str]) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *program], env=self._environment, cwd=ROOT, stdout=log, stderr=log
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def terminate(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)


@pytest.fixture
def encoder(keys: KeyFiles, tmp_path: Path) -> Iterator[Encoder]:
    process = Encoder(keys, tmp_path)
    yield process
    process.kill()


@pytest.fixture
async def connected(encoder: Encoder, keys: KeyFiles):
    options = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)]
    async with grpc.aio.insecure_channel(encoder.address, options) as channel:
        yield Client(channel, keys)


async def until_serving(client: Client) -> None:
    """The call waits for the port; then the shard says by UNAVAILABLE that it is still loading."""
    while not await _serves(client):
        pass


async def _serves(client: Client) -> bool:
    try:
        await client.call(record_pb2.GetRecordCountsRequest(), wait=True)
    except grpc.aio.AioRpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            return False
        raise
    return True


async def append_until_killed(client: Client, first: int, kill_after: int, kill: Callable[[], None]) -> set[str]:
    """What was acknowledged. The kill comes from a thread, so it meets a request somewhere on its way."""
    acknowledged: set[str] = set()
    killing: asyncio.Future[None] | None = None
    for number in range(first, first + 10_000, 20):
        batch = [lab(n, f"Patient/{n % 3}") for n in range(number, number + 20)]
        try:
            await client.append(*batch)
        except grpc.aio.AioRpcError:
            break
        acknowledged |= {event.natural_key for event in batch}
        if killing is None and number - first >= kill_after:
            killing = asyncio.get_running_loop().run_in_executor(None, kill)
    assert killing is not None
    await killing
    return acknowledged


async def listed(client: Client, patient: str) -> list[str]:
    request = record_pb2.ListEventsRequest(patient=patient, page_size=1_000)
    found: list[str] = []
    while True:
        page = await client.call(request)
        found += [event.natural_key for event in page.events]
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def test_kill_9_during_appends_loses_and_doubles_nothing(encoder: Encoder, connected: Client) -> None:
    acknowledged: set[str] = set()
    for number in range(4):
        encoder.start(LIGHT)
        await until_serving(connected)
        acknowledged |= await append_until_killed(connected, number * 10_000, 60 * number, encoder.kill)
    encoder.start(LIGHT)
    await until_serving(connected)
    found = [key for patient in ("0", "1", "2") for key in await listed(connected, patient)]
    assert len(found) == len(set(found))
    assert acknowledged
    assert acknowledged <= set(found)


async def test_the_real_encoder_finds_by_meaning_and_ends_cleanly(encoder: Encoder, connected: Client) -> None:
    encoder.start(REAL)
    await until_serving(connected)
    await connected.append(lab(1), lab(2, name="Hemoglobin"), lab(3, name="Sodium"))
    hits = await connected.call(encoder_pb2.SearchEventsRequest(patient="1", query="kidney function", limit=1))
    assert hits.hits[0].event.display == "Creatinine"
    assert await asyncio.to_thread(encoder.terminate) == 0
