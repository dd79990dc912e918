"""A token stream through the gateway against the same stream read from Triton, which writes 1,000 tokens a second.

The parts are real: a Triton server with a model that writes by the clock, the encoder with a small chart, the gateway,
each a process of its own. A question costs a plan and an answer. The peer asks Triton for both itself, one after the
other, and reads tokens; the gateway also fetches the prefix, checks and executes the plan, and lets only sentences out
that the record supports.

    python bench/token_stream.py [--tokens 1000] [--streams 1] [--rounds 5]
"""

import argparse
import asyncio
import json
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import grpc.aio
import numpy as np
from side_by_side.cluster import fresh_home, running, until
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired
from tritonclient.grpc import aio as triton

from chartline.llm_contract import LLM_MODEL, GenerateRequest, Text, dump_request, load_chunk
from chartline.local.home import DEFAULT_TENANT, Endpoints, Home
from chartline.local.places import cache_folder
from chartline.local.services import build_cluster
from chartline.local.triton import install_triton
from chartline.record.event import CanonicalRecord, Event, Quantity, Source
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.messages import record_to_message
from chartline.v1.gateway_service_pb2 import ANSWER_STATUS_ANSWERED, AnswerQuestionRequest
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceStub
from chartline.v1.record_service_pb2 import AppendEventsRequest, DeliveredRecord
from chartline.v1.record_service_pb2_grpc import RecordServiceStub
from services.llm.probes import Probe
from services.llm.repository import MODELS
from services.llm.settings import LlmSettings
from services.llm.triton_process import TritonProcess

PACED_MODEL = Path(__file__).resolve().parent / "side_by_side" / "paced_model.py"
PATIENT = "Patient/1"
QUESTION = "What was the last creatinine?"
PLAN = ["get", " value", " of", " last", " lab", ' "', "creatin", "ine", '"', "\n"]
SENTENCE = ["The", " most", " recent", " creatin", "ine", " was", " 1", ".", "40", " mg", "/", "dL", ". "]
TOKENS_PER_SECOND = 1_000
GOAL = 0.9
EVENTS = 70


@dataclass(frozen=True, slots=True)
class Heard:
    """Seconds from the question to the plan, to the end of the first sentence and of the stream."""

    plan: float
    first_sentence: float
    end: float


class Gateway:
    """Ours: one call."""

    def __init__(self, address: str, token: str) -> None:
        self._channel = grpc.aio.insecure_channel(address)
        self._stub = GatewayServiceStub(self._channel)
        self._metadata = (("authorization", f"Bearer {token}"),)

    async def ask(self) -> Heard:
        begun, plan, first, final = time.perf_counter(), 0.0, 0.0, None
        request = AnswerQuestionRequest(patient=PATIENT, question=QUESTION)
        async for message in self._stub.AnswerQuestion(request, metadata=self._metadata, timeout=120):
            now = time.perf_counter() - begun
            plan = plan or now
            first = first or (now if message.text else 0.0)
            final = message.final
        if final is None or final.status != ANSWER_STATUS_ANSWERED:
            raise RuntimeError(f"no answer: {final}")
        return Heard(plan, first, time.perf_counter() - begun)

    async def close(self) -> None:
        await self._channel.close()


class Direct:
    """The peer: a plan, then an answer, straight from Triton."""

    def __init__(self, address: str) -> None:
        self._client = triton.InferenceServerClient(address)

    async def ask(self) -> Heard:
        begun = time.perf_counter()
        await self._write("plan", begun)
        plan = time.perf_counter() - begun
        first = await self._write("", begun)
        return Heard(plan, first, time.perf_counter() - begun)

    async def _write(self, grammar: str, begun: float) -> float:
        """When the first sentence was whole."""
        request = GenerateRequest("bench", "bench", "", QUESTION, grammar=grammar)
        tensor = triton.InferInput("REQUEST", [1], "BYTES")
        tensor.set_data_from_numpy(np.array([dump_request(request)], np.object_))

        async def once() -> Any:
            yield {"model_name": LLM_MODEL, "inputs": [tensor]}

        first, text = 0.0, ""
        async for result, error in self._client.stream_infer(once()):
            if error is not None:
                raise error
            chunk = load_chunk(result.as_numpy("CHUNK")[0])
            text += chunk.text if isinstance(chunk, Text) else ""
            first = first or (time.perf_counter() - begun if SENTENCE[-1] in text else 0.0)
        return first

    async def close(self) -> None:
        await self._client.close()


async def together(ask: Callable[[], Awaitable[Heard]], streams: int) -> Heard:
    """The last of several streams at once."""
    heard = await asyncio.gather(*(ask() for _ in range(streams)))
    return Heard(*(max(getattr(each, name) for each in heard) for name in Heard.__slots__))


@contextmanager
def paced_triton(endpoints: Endpoints, models: Path, tokens: int) -> Iterator[None]:
    """A real Triton on the cluster's ports; its model is ours by name and contract, and writes by the clock."""
    shutil.copytree(MODELS / LLM_MODEL, models / LLM_MODEL)
    shutil.copy(PACED_MODEL, models / LLM_MODEL / "1" / "model.py")
    script = {"plan": PLAN, "answer": list(islice(cycle(SENTENCE), tokens)), "tokens_per_second": TOKENS_PER_SECOND}
    os.environ["BENCH_SCRIPT"] = json.dumps(script)
    grpc_port, http_port, metrics_port = (
        int(address.rpartition(":")[2])
        for address in (endpoints.triton_grpc, endpoints.triton_http, endpoints.triton_metrics)
    )
    settings = LlmSettings(
        triton_folder=install_triton(cache_folder()),
        grpc_port=grpc_port,
        http_port=http_port,
        metrics_port=metrics_port,
    )
    process = TritonProcess(settings, models)
    try:
        until(Probe(endpoints.triton_http).ready, "Triton serves")
        yield
    finally:
        process.stop(grace_seconds=5)


async def load_chart(home: Home, address: str) -> None:
    tokens = ServiceTokens(home.keys().service_key_file, "ingest")
    records = [DeliveredRecord(record=record_to_message(_creatinine(number))) for number in range(EVENTS)]
    async with grpc.aio.insecure_channel(address) as channel:
        request = AppendEventsRequest(records=records)
        await RecordServiceStub(channel).AppendEvents(request, metadata=tokens.metadata(DEFAULT_TENANT), timeout=60)


def _creatinine(number: int) -> CanonicalRecord:
    taken = parse_instant(f"2100-01-01T{number // 60:02}:{number % 60:02}:00Z")
    name = f"Observation/{number}"
    event = Event(
        patient=PATIENT,
        kind=EventKind.LABORATORY,
        source=Source("fhir", "bench", name),
        natural_key=name,
        display="Creatinine",
        time=taken,
        available_time=taken,
        quantity=Quantity("1.40", "mg/dL"),
    )
    return CanonicalRecord(name, (event,))


def measure(options: argparse.Namespace, home: Home) -> Report:
    cluster = build_cluster(home)
    endpoints = cluster.endpoints
    parts = [part for part in cluster.parts if part.name in ("encoder", "gateway")]
    with (
        paced_triton(endpoints, home.folder / "models", options.tokens),
        running(parts, home.logs),
        asyncio.Runner() as runner,
    ):
        runner.run(load_chart(home, endpoints.encoder))
        sides = {"ours": Gateway(endpoints.gateway, endpoints.token), "theirs": Direct(endpoints.triton_grpc)}
        ways = {name: lambda ask=side.ask: runner.run(together(ask, options.streams)) for name, side in sides.items()}
        heard = paired(options.rounds, ways)
        for side in sides.values():
            runner.run(side.close())
    written = options.streams * (len(PLAN) + options.tokens)
    rates = ([written / each.end for each in heard[name]] for name in sides)
    lines = [Line("plan and answer", "Triton direct", "tokens/s", *rates, GOAL)]
    for what, part in (("until the plan ran", "plan"), ("until the first sentence", "first_sentence")):
        taken = ([getattr(each, part) * 1e3 for each in heard[name]] for name in sides)
        lines.append(Line(what, "Triton direct", "ms", *taken))
    return Report("token_stream", lines, {"streams": options.streams, "tokens": options.tokens})


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    parser.add_argument("--tokens", type=int, default=1_000, help="of an answer")
    parser.add_argument("--streams", type=int, default=1, help="questions at the same time")
    options = parser.parse_args()
    with fresh_home() as home:
        report = measure(options, home)
    report.publish(options)


if __name__ == "__main__":
    main()
