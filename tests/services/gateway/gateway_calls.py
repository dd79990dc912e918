"""A valid request of every rpc of the gateway, and how tests call it."""

from __future__ import annotations

from typing import Any

import grpc
from gateway_fake_encoder import PATIENT
from gateway_parts import Gateway

from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import gateway_service_pb2 as pb
from chartline.v1 import record_service_pb2 as record_pb2

Code = grpc.StatusCode
ASK, PREDICT = pb.AnswerQuestionRequest, pb.PredictOutcomesRequest
LIST, PATIENTS = record_pb2.ListEventsRequest, record_pb2.ListPatientsRequest
SEARCH, SIMILAR = encoder_pb2.SearchEventsRequest, encoder_pb2.FindSimilarPatientsRequest
METHODS = {
    ASK: "AnswerQuestion",
    PREDICT: "PredictOutcomes",
    LIST: "ListEvents",
    PATIENTS: "ListPatients",
    SEARCH: "SearchEvents",
    SIMILAR: "FindSimilarPatients",
    pb.GetModelInfoRequest: "GetModelInfo",
}
VALID: list[Any] = [
    ASK(patient=PATIENT, question="What was the last creatinine?"),
    PREDICT(patient=PATIENT),
    LIST(patient=PATIENT, kinds=[6]),
    PATIENTS(page_size=5),
    SEARCH(patient=PATIENT, query="kidney"),
    SIMILAR(patient=PATIENT),
    pb.GetModelInfoRequest(),
]


async def call(gateway: Gateway, request: Any, **caller: str) -> Any:
    method = getattr(gateway.stub, METHODS[type(request)])
    running = method(request, metadata=gateway.metadata(**caller), timeout=10)
    return [m async for m in running] if isinstance(request, ASK) else await running


async def code_of(gateway: Gateway, request: Any, **caller: str) -> Code:
    try:
        await call(gateway, request, **caller)
    except grpc.aio.AioRpcError as error:
        code: Code = error.code()
        return code
    return Code.OK
