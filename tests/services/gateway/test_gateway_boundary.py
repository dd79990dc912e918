"""What the gateway accepts, whom it serves and what it repeats."""

from __future__ import annotations

import random
import uuid
from typing import Any

import grpc
import pytest
from gateway_calls import ASK, LIST, METHODS, PATIENTS, PREDICT, SEARCH, SIMILAR, VALID, Code, call, code_of
from gateway_fake_encoder import PATIENT
from gateway_parts import Gateway

from chartline.errors import Unavailable
from chartline.v1 import gateway_service_pb2 as pb


@pytest.mark.parametrize("request_", VALID, ids=lambda r: type(r).__name__)
async def test_every_rpc_answers(gateway: Gateway, request_: Any) -> None:
    assert await code_of(gateway, request_) is Code.OK


@pytest.mark.parametrize("request_", VALID[:6], ids=lambda r: type(r).__name__)
async def test_a_scope_opens_its_own_rpcs_alone(gateway: Gateway, request_: Any) -> None:
    scope = {ASK: "ask", PREDICT: "predict"}.get(type(request_), "read")
    others = " ".join({"ask", "predict", "read", "ingest"} - {scope})
    assert await code_of(gateway, request_, scopes=scope) is Code.OK
    assert await code_of(gateway, request_, scopes=others) is Code.PERMISSION_DENIED


@pytest.mark.parametrize(
    "broken",
    [
        ASK(question="q"),
        ASK(patient=PATIENT),
        ASK(patient=PATIENT, question=" "),
        ASK(patient=PATIENT, question="x" * 2001),
        ASK(patient="x" * 257, question="q"),
        ASK(patient="a\0b", question="q"),
        ASK(patient=PATIENT, question="q", encounter="a\nb"),
        ASK(patient=PATIENT, question="q", hints=["x"] * 9),
        ASK(patient=PATIENT, question="q", hints=["x" * 501]),
        ASK(patient=PATIENT, question="q", conversation=[pb.Turn(question="q")] * 21),
        ASK(patient=PATIENT, question="q", conversation=[pb.Turn(answer="x" * 8001)]),
        ASK(patient=PATIENT, question="q", request_id="seven"),
        ASK(patient=PATIENT, question="q", purpose="x" * 65),
        ASK(patient=PATIENT, question="q", as_of={"unix_micros": 2**62}),
        ASK(patient=PATIENT, question="q", now={"unix_micros": 0, "offset_minutes": 2000}),
        ASK(patient=PATIENT, question="q", now={"precision": 99}),  # type: ignore[typeddict-item]
        PREDICT(patient=PATIENT, outcomes=["x"] * 33),
        PREDICT(patient=PATIENT, outcomes=[""]),
        LIST(patient=PATIENT, page_size=-1),
        LIST(patient=PATIENT, kinds=[0]),
        LIST(patient=PATIENT, kinds=[99]),  # type: ignore[list-item]
        PATIENTS(page_size=-1),
        PATIENTS(page_token="7.x"),
        PATIENTS(page_token="x"),
        SEARCH(patient=PATIENT),
        SEARCH(patient=PATIENT, query="q", limit=-1),
        SEARCH(patient=PATIENT, query="q", order=99),  # type: ignore[arg-type]
        SIMILAR(patient=PATIENT, limit=-1),
    ],
)
async def test_every_broken_limit_is_invalid(gateway: Gateway, broken: Any) -> None:
    assert await code_of(gateway, broken) is Code.INVALID_ARGUMENT
    assert not gateway.encoder.requests


async def test_random_and_mutated_requests_never_end_in_unknown_or_internal(gateway: Gateway) -> None:
    """Bytes changed, cut and joined at random; whatever decodes is served or refused by name."""
    dice = random.Random(7)
    for _ in range(400):
        method, data = METHODS[type(r := dice.choice(VALID))], _mutated(dice, r.SerializeToString())
        raw = gateway.stub_channel.unary_unary if method != "AnswerQuestion" else gateway.stub_channel.unary_stream
        running = raw(f"/chartline.v1.GatewayService/{method}")(data, metadata=gateway.metadata(), timeout=10)
        assert await _ending(running, method == "AnswerQuestion") not in (Code.UNKNOWN, Code.INTERNAL)


async def _ending(running: Any, streamed: bool) -> Code:
    try:
        _ = [m async for m in running] if streamed else await running
    except grpc.aio.AioRpcError as error:
        code: Code = error.code()
        return code
    return Code.OK


def _mutated(dice: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(changed) + 1)
        changed[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(6))
    return bytes(changed)


# --- repetition -------------------------------------------------------------------------------------------------------


async def test_a_repeated_request_id_returns_the_first_answer(gateway: Gateway) -> None:
    request = ASK(patient=PATIENT, question="What was the last creatinine?", request_id=str(uuid.uuid4()))
    first = await call(gateway, request)
    assert await call(gateway, request) == first
    assert len(gateway.model.requests) == 2
    request.question = "And the first?"
    assert await code_of(gateway, request) is Code.INVALID_ARGUMENT


@pytest.mark.parametrize("request_", [VALID[0], VALID[1]], ids=lambda r: type(r).__name__)
async def test_nothing_is_repeated_of_a_patient_who_is_gone(gateway: Gateway, request_: Any) -> None:
    repeated = type(request_)()
    repeated.CopyFrom(request_)
    repeated.request_id = str(uuid.uuid4())
    await call(gateway, repeated)
    gateway.encoder.identifiers = frozenset()
    assert await code_of(gateway, repeated) is Code.NOT_FOUND


async def test_an_answer_that_failed_is_tried_again(gateway: Gateway) -> None:
    def fail(stage: str, _: int) -> None:
        if stage == "say":
            raise Unavailable("away")

    request = ASK(patient=PATIENT, question="What was the last creatinine?", request_id=str(uuid.uuid4()))
    gateway.model.fault = fail
    assert (await call(gateway, request))[-1].final.status == pb.ANSWER_STATUS_UNAVAILABLE
    gateway.model.fault = lambda stage, piece: None
    assert (await call(gateway, request))[-1].final.status == pb.ANSWER_STATUS_ANSWERED


async def test_the_largest_question_of_the_contract_is_read(gateway: Gateway) -> None:
    """The limits count characters, of up to four bytes each."""
    turn = pb.Turn(question="\U0001f44d" * 2_000, answer="\U0001f44d" * 8_000, plan_text="\U0001f44d" * 2_000)
    hints = ["\U0001f44d" * 500] * 8
    largest = ASK(patient=PATIENT, question="\U0001f44d" * 2_000, conversation=[turn] * 20, hints=hints)
    assert await code_of(gateway, largest) is Code.OK
