"""A gateway that answers every question in the same way, behind a real gRPC server, and remembers what it was asked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc

from chartline.local.home import Endpoints, Home
from chartline.v1.event_pb2 import Instant, Quantity, Source, TimePrecision
from chartline.v1.gateway_service_pb2 import (
    ANSWER_STATUS_ANSWERED,
    AnswerQuestionRequest,
    AnswerQuestionResponse,
    Citation,
    FinalAnswer,
    RetrievalSummary,
)
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceServicer, add_GatewayServiceServicer_to_server
from chartline.v1.query_plan_pb2 import Value

MIDNIGHT_2150 = Instant(unix_micros=5_680_281_600_000_000, precision=TimePrecision.TIME_PRECISION_SECOND)
FINAL = FinalAnswer(
    status=ANSWER_STATUS_ANSWERED,
    text="The last creatinine was 1.10 mg/dL.",
    values=[
        Value(number=Quantity(value="1.10", unit="mg/dL"), label="creatinine"),
        Value(time=MIDNIGHT_2150),
        Value(text="high"),
        Value(boolean=True),
        Value(duration_hours=36.5),
    ],
    citations=[Citation(event_key="e1", source=Source(format="fhir", record_id="Observation/1"), sentence="lab [x]")],
)


class FakeGateway(GatewayServiceServicer):
    """Questions that contain `away` are UNAVAILABLE."""

    def __init__(self) -> None:
        self.asked: list[AnswerQuestionRequest] = []
        self.authorizations: set[str] = set()

    def AnswerQuestion(
        self, request: AnswerQuestionRequest, context: grpc.ServicerContext
    ) -> Iterator[AnswerQuestionResponse]:
        self.asked.append(request)
        self.authorizations.add(str(dict(context.invocation_metadata())["authorization"]))
        if "away" in request.question:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the model is away")
        yield AnswerQuestionResponse(sequence=0, summary=RetrievalSummary(plan_text="last creatinine"))
        yield AnswerQuestionResponse(sequence=1, text=FINAL.text)
        yield AnswerQuestionResponse(sequence=2, final=FINAL)


@contextmanager
def running(folder: Path) -> Iterator[FakeGateway]:
    """A home whose cluster is this gateway alone."""
    fake = FakeGateway()
    server = grpc.server(ThreadPoolExecutor(4))
    add_GatewayServiceServicer_to_server(fake, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    home = Home(folder)
    nobody = "127.0.0.1:1"
    with home.owned():
        home.publish(Endpoints(address, nobody, nobody, nobody, nobody, nobody, nobody, (), "", 1))
        yield fake
    server.stop(None).wait()
