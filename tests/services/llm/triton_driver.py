"""Starts a real Triton for a test, asks it as a client does, and looks at its processes and metrics."""

import asyncio
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from tritonclient.grpc import aio as triton

from chartline.llm_contract import LLM_MODEL, PREDICTOR_MODEL, Chunk, Text, dump_request, load_chunk
from chartline.local.ports import HeldPorts
from chartline.local.triton import TritonServer
from tests.models.engine_driver import REQUEST, Patient


@contextmanager
def served(folder: Path, checkpoint: Path, **settings: str) -> Iterator[TritonServer]:
    ports = HeldPorts()
    told = {
        "CHECKPOINT": str(checkpoint),
        "HEADS": str(folder / "heads"),
        "DTYPE": "float32",
        "CANARY_SECONDS": "1",
        **settings,
    }
    server = TritonServer(
        folder, grpc_port=ports.take(), http_port=ports.take(), metrics_port=ports.take(), settings=told
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()
        ports.release()


def tensor(name: str, values: np.ndarray, kind: str) -> triton.InferInput:
    tensor = triton.InferInput(name, list(values.shape), kind)
    tensor.set_data_from_numpy(values)
    return tensor


async def chunks(client: triton.InferenceServerClient, patient: Patient, request=REQUEST) -> AsyncIterator[Chunk]:
    prefix = patient.prefix(request.content_from_block)
    inputs = [
        tensor("REQUEST", np.array([dump_request(request)], np.object_), "BYTES"),
        tensor("BLOCK_DIGESTS", np.array(prefix.digests, np.object_), "BYTES"),
        tensor("BLOCK_EVENTS", prefix.block_events, "INT32"),
        tensor("EVENT_EMBEDDINGS", prefix.embeddings, "FP32"),
        tensor("EVENT_CHANNELS", prefix.channels, "FP32"),
    ]

    async def once() -> AsyncIterator[dict[str, object]]:
        yield {"model_name": LLM_MODEL, "inputs": inputs}

    call = client.stream_infer(once())
    try:
        async for result, error in call:
            assert error is None, error
            yield load_chunk(result.as_numpy("CHUNK")[0])
    finally:
        call.cancel()


async def ask(client: triton.InferenceServerClient, patient: Patient, request=REQUEST) -> tuple[str, Chunk]:
    *texts, last = [chunk async for chunk in chunks(client, patient, request)]
    assert all(isinstance(chunk, Text) for chunk in texts)
    return "".join(chunk.text for chunk in texts), last


async def predict(client: triton.InferenceServerClient, request: bytes, chart: bytes) -> bytes:
    told = {"REQUEST": request, "CHART": chart}
    inputs = [tensor(name, np.array([[data]], np.object_), "BYTES") for name, data in told.items()]
    result = await client.infer(PREDICTOR_MODEL, inputs)
    return result.as_numpy("RESPONSE").flat[0]


def folder_of(server: TritonServer) -> Path:
    """Of its heads."""
    return Path(server.settings["HEADS"])


def processes(server: TritonServer, name: str) -> list[psutil.Process]:
    return [process for process in psutil.Process(server.pid).children(recursive=True) if name in process.name()]


def shared_memory(server: TritonServer) -> list[Path]:
    return list(Path("/dev/shm").glob(f"chartline_llm_{server.http.rpartition(':')[2]}_*"))


def metrics(server: TritonServer) -> str:
    try:
        with urllib.request.urlopen(f"http://{server.metrics}/metrics", timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


async def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(true):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
