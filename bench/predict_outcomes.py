"""A prediction through the gateway against the same request straight to Triton, and eight outcomes against one.

The parts are real: encoder with a hospital, Triton with language model and models of outcomes, gateway, each a process
of its own, while another caller asks questions without a pause. The peer has the chart already; the gateway fetches it
from the encoder, which reads the record as of the prediction time. Warm: everything was asked for before.

    python bench/predict_outcomes.py [--patients 24] [--calls 20] [--rounds 5]
"""

import argparse
import asyncio
import os
import shutil
import statistics
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc.aio
import numpy as np
from side_by_side.cluster import fresh_home, running
from side_by_side.records import add_arguments, messages, named
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired
from tritonclient.grpc import aio as triton

from chartline.llm_contract import PREDICTOR_MODEL, PredictRequest, dump_request, load_predict_response
from chartline.local.home import DEFAULT_TENANT, Endpoints, Home
from chartline.local.services import build_cluster
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.messages import instant_from_message, record_to_message
from chartline.v1.encoder_service_pb2 import ReadChartRequest, ReadChartResponse
from chartline.v1.encoder_service_pb2_grpc import EncoderServiceStub
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, PredictOutcomesRequest
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceStub
from chartline.v1.record_service_pb2 import AppendEventsRequest, DeliveredRecord, ListPatientsRequest
from chartline.v1.record_service_pb2_grpc import RecordServiceStub
from services.ingest.parsers import parse
from services.llm.settings import LlmSettings

PARTS = ("encoder", "llm", "gateway")
#: Fits every chart whose last stay is over, so that no time has to be said.
TRAINED = "readmission_30d"
OUTCOMES = tuple(f"outcome_{number}" for number in range(1, 9))
QUESTION = "What was the last creatinine?"
BATCH = 500
DIRECT_GOAL, EIGHT_GOAL = 1 / 3, 1 / 1.5


class Caller:
    """All calls are about one patient, the one of whom most is known."""

    def __init__(self, home: Home, endpoints: Endpoints) -> None:
        self._tokens = ServiceTokens(home.keys().service_key_file, "gateway").metadata(DEFAULT_TENANT)
        self._bearer = (("authorization", f"Bearer {endpoints.token}"),)
        self._channels = [grpc.aio.insecure_channel(address) for address in (endpoints.encoder, endpoints.gateway)]
        self._encoder = EncoderServiceStub(self._channels[0])
        self._gateway = GatewayServiceStub(self._channels[1])
        self._triton = triton.InferenceServerClient(endpoints.triton_grpc)
        self._patient = ""
        self._shown = ReadChartResponse()

    async def choose(self) -> int:
        """How many events the patient has."""
        listed = await self._gateway.ListPatients(ListPatientsRequest(page_size=100), metadata=self._bearer)
        most = max(listed.patients, key=lambda each: each.events)
        self._patient = most.patient
        self._shown = await self._encoder.ReadChart(ReadChartRequest(patient=most.patient), metadata=self._tokens)
        return int(most.events)

    async def predict(self, outcomes: Sequence[str]) -> None:
        """Ours. Raises RuntimeError where not every outcome has its number."""
        request = PredictOutcomesRequest(patient=self._patient, outcomes=outcomes)
        told = await self._gateway.PredictOutcomes(request, metadata=self._bearer, timeout=60)
        if not all(each.probability for each in told.predictions) or len(told.predictions) < len(outcomes):
            raise RuntimeError(f"not predicted: {told}")

    async def ask_triton(self, outcomes: Sequence[str]) -> None:
        """The peer."""
        at = instant_from_message(self._shown.as_of)
        time_ = (at.unix_micros, at.offset_minutes, int(at.precision))
        told = {"REQUEST": dump_request(PredictRequest(tuple(outcomes), time_)), "CHART": self._shown.chart}
        tensors = []
        for name, data in told.items():
            tensors.append(triton.InferInput(name, [1, 1], "BYTES"))
            tensors[-1].set_data_from_numpy(np.array([[data]], np.object_))
        result = await self._triton.infer(PREDICTOR_MODEL, tensors)
        load_predict_response(result.as_numpy("RESPONSE").flat[0])

    async def questions(self) -> None:
        """One after the other, until cancelled."""
        while True:
            request = AnswerQuestionRequest(patient=self._patient, question=QUESTION)
            async for _ in self._gateway.AnswerQuestion(request, metadata=self._bearer, timeout=120):
                pass

    async def close(self) -> None:
        await self._triton.close()
        for channel in self._channels:
            await channel.close()


async def p50(
    call: Callable[[], Awaitable[None]], calls: int, beside: Callable[[], Coroutine[Any, Any, None]]
) -> float:
    """Milliseconds of one call after the other."""
    other = asyncio.create_task(beside())
    taken = []
    try:
        for _ in range(calls):
            begun = time.perf_counter()
            await call()
            taken.append((time.perf_counter() - begun) * 1e3)
        if other.done():
            raise RuntimeError("the questions beside broke off") from other.exception()
    finally:
        other.cancel()
    return statistics.median(taken)


@contextmanager
def eight_outcomes(folder: Path) -> Iterator[None]:
    """Eight models where Triton looks for them: one that was trained, under eight names."""
    trained = LlmSettings().heads / TRAINED
    for outcome in OUTCOMES:
        shutil.copytree(trained, folder / outcome)
    os.environ["CHARTLINE_LLM_HEADS"] = str(folder)
    try:
        yield
    finally:
        del os.environ["CHARTLINE_LLM_HEADS"]


async def load(home: Home, address: str, records: Sequence[DeliveredRecord]) -> None:
    tokens = ServiceTokens(home.keys().service_key_file, "ingest")
    async with grpc.aio.insecure_channel(address) as channel:
        for start in range(0, len(records), BATCH):
            request = AppendEventsRequest(records=records[start : start + BATCH])
            metadata = tokens.metadata(DEFAULT_TENANT)
            await RecordServiceStub(channel).AppendEvents(request, metadata=metadata, timeout=60)


def measure(options: argparse.Namespace, home: Home) -> Report:
    records = [DeliveredRecord(record=record_to_message(parse(m.format, m.payload))) for m in messages(options)]
    cluster = build_cluster(home)
    parts = [part for part in cluster.parts if part.name in PARTS]
    with eight_outcomes(home.folder / "heads"), running(parts, home.logs), asyncio.Runner() as runner:
        runner.run(load(home, cluster.endpoints.encoder, records))
        caller = Caller(home, cluster.endpoints)
        events = runner.run(caller.choose())
        calls: dict[str, Callable[[], Awaitable[None]]] = {
            "one": lambda: caller.predict(OUTCOMES[:1]),
            "eight": lambda: caller.predict(OUTCOMES),
            "direct": lambda: caller.ask_triton(OUTCOMES[:1]),
        }
        ways = {
            name: lambda call=call: runner.run(p50(call, options.calls, caller.questions))
            for name, call in calls.items()
        }
        taken = paired(options.rounds, ways)
        runner.run(caller.close())
    lines = [
        Line("one outcome, p50", "Triton direct", "ms", taken["one"], taken["direct"], round(DIRECT_GOAL, 2)),
        Line("eight outcomes in a call, p50", "one outcome", "ms", taken["eight"], taken["one"], round(EIGHT_GOAL, 2)),
    ]
    facts = {"events_of_the_chart": events, "records": named(options)}
    return Report("predict_outcomes", lines, facts)


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    add_arguments(parser)
    parser.add_argument("--calls", type=int, default=20, help="of a round")
    options = parser.parse_args()
    with fresh_home() as home:
        report = measure(options, home)
    report.publish(options)


if __name__ == "__main__":
    main()
