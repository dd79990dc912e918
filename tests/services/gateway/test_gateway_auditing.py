"""What the gateway records of every read, and that it shows nothing that it cannot record."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import grpc
import pytest
from gateway_calls import ASK, LIST, METHODS, VALID, Code, call, code_of
from gateway_fake_encoder import PATIENT, TENANT
from gateway_parts import Gateway

from chartline.rpc.audit import pseudonym, verify
from chartline.rpc.keys import read_secret
from chartline.v1 import gateway_service_pb2 as pb


def trail(gateway: Gateway) -> list[dict[str, Any]]:
    verify(gateway.audit_file, read_secret(gateway.keys.secret_file))
    return [json.loads(line) for line in gateway.audit_file.read_text().splitlines()]


async def test_every_read_is_recorded_without_its_words(gateway: Gateway) -> None:
    for request in VALID[:6]:
        await call(gateway, request)
    lines = trail(gateway)
    begun, answered = lines[:2]
    assert [line["method"].rpartition("/")[2] for line in lines] == ["AnswerQuestion", *list(METHODS.values())[:6]]
    assert (begun["outcome"], answered["outcome"]) == ("BEGUN", "ANSWERED")
    assert begun["request_id"] == answered["request_id"]
    assert answered["event_keys"] == [f"{70:032x}"]
    assert answered["model_versions"] == {"chartline_llm": "test-1"}
    named = pseudonym(read_secret(gateway.keys.secret_file), TENANT, PATIENT)
    assert {line["patient"] for line in lines if "ListPatients" not in line["method"]} == {named}
    predicted, similar = lines[2], lines[6]
    assert predicted["model_versions"]
    assert predicted["event_keys"]
    assert similar["others"] == [pseudonym(read_secret(gateway.keys.secret_file), TENANT, "Patient/2")]
    assert not answered["others"]
    assert "creatinine" not in gateway.audit_file.read_text().lower()


async def test_refusals_and_failures_are_recorded(gateway: Gateway) -> None:
    gateway.model.plans = ("nonsense",)
    await call(gateway, VALID[0])
    await code_of(gateway, ASK(patient="Patient/unheard-of", question="q"))
    await code_of(gateway, LIST(patient="Patient/unheard-of"))
    outcomes = [line["outcome"] for line in trail(gateway)]
    assert outcomes == ["BEGUN", "UNAVAILABLE", "BEGUN", "NOT_FOUND", "NOT_FOUND"]


@pytest.mark.parametrize("request_", [VALID[0], VALID[1]], ids=lambda r: type(r).__name__)
async def test_a_repeated_answer_is_recorded_again(gateway: Gateway, request_: Any) -> None:
    repeated = type(request_)()
    repeated.CopyFrom(request_)
    repeated.request_id = str(uuid.uuid4())
    for _ in range(3):
        await call(gateway, repeated)
    lines = [line for line in trail(gateway) if line["outcome"] != "BEGUN"]
    assert len({line["request_id"] for line in lines}) == len(lines) == 3
    assert len({(line["outcome"], *line["event_keys"], *line["model_versions"].items()) for line in lines}) == 1


async def test_what_cannot_be_recorded_is_not_repeated(gateway: Gateway) -> None:
    request = ASK(patient=PATIENT, question="What was the last creatinine?", request_id=str(uuid.uuid4()))
    await call(gateway, request)
    gateway.trail.full = True
    assert [await code_of(gateway, request) for _ in range(2)] == [Code.UNAVAILABLE] * 2
    gateway.trail.full = False
    assert (await call(gateway, request))[-1].final.status == pb.ANSWER_STATUS_ANSWERED
    assert [line["outcome"] for line in trail(gateway)] == ["BEGUN", "ANSWERED"] * 2


async def test_nothing_of_what_cannot_be_recorded_is_shown(gateway: Gateway) -> None:
    gateway.trail.full = True
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await gateway.begin().read()  # the first message
    assert failed.value.code() is Code.UNAVAILABLE
    assert not gateway.encoder.requests
    assert await code_of(gateway, VALID[2]) is Code.UNAVAILABLE


async def test_an_answer_whose_end_cannot_be_recorded_has_none(gateway: Gateway) -> None:
    """That it was begun is recorded."""
    running = gateway.begin()
    gateway.model.fault = lambda stage, _: setattr(gateway.trail, "full", True) if stage == "say" else None
    final = [message async for message in running][-1].final
    assert (final.status, final.reason) == (pb.ANSWER_STATUS_UNAVAILABLE, "AUDIT_AWAY")
    assert not final.values
    assert [line["outcome"] for line in trail(gateway)] == ["BEGUN"]


async def test_a_caller_who_left_is_recorded(gateway: Gateway) -> None:
    running = gateway.begin()
    gateway.model.fault = lambda stage, _: asyncio.get_running_loop().create_future() if stage == "say" else None
    assert (await running.read()).HasField("summary")
    await gateway.model.waiting.wait()
    gateway.trail.recorded.clear()
    running.cancel()
    await gateway.trail.recorded.wait()
    assert [line["outcome"] for line in trail(gateway)] == ["BEGUN", "CANCELLED"]
