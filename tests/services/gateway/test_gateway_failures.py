"""Everything that may be away, slow, full or gone, at every place: the documented status and exactly one final."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import grpc.aio
import pytest
from gateway_fake_model import ANSWER, PLAN
from gateway_fake_triton import FINISHED, Fail, Script, Stall, say
from gateway_parts import Caller, Gateway, TritonGateway, check_stream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartline import errors
from chartline.llm_contract import Chunk, Failed, Text
from chartline.v1 import gateway_service_pb2 as pb

Code = grpc.StatusCode


def raising(error: Exception, stage: str, piece: int = 0) -> Callable[[str, int], None]:
    def fault(at_stage: str, at_piece: int) -> None:
        if (at_stage, at_piece) == (stage, piece):
            raise error

    return fault


def never(stage: str) -> Callable[[str, int], Awaitable[None] | None]:
    return lambda at_stage, _: asyncio.get_running_loop().create_future() if at_stage == stage else None


async def status_of(gateway: Caller, **rest: float) -> Code:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await gateway.ask(**rest)  # type: ignore[arg-type]
    code: Code = failed.value.code()
    return code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Unavailable("away"), Code.UNAVAILABLE),
        (errors.Exhausted("full"), Code.RESOURCE_EXHAUSTED),
        (errors.DeadlineExceeded("late"), Code.DEADLINE_EXCEEDED),
    ],
)
async def test_before_the_first_message_a_failing_model_is_a_status(
    gateway: Gateway, error: errors.ChartlineError, code: Code
) -> None:
    gateway.model.fault = raising(error, "plan", 2)  # type: ignore[assignment]
    assert await status_of(gateway) is code


@pytest.mark.parametrize("error", [errors.Unavailable("away"), errors.Exhausted("full"), KeyError("bug")])
@pytest.mark.parametrize("piece", [0, 3, -1])
async def test_after_the_first_message_a_failure_is_a_final_unavailable(
    gateway: Gateway, error: Exception, piece: int
) -> None:
    gateway.model.fault = raising(error, "say", piece)  # type: ignore[assignment]
    final = await gateway.final()
    assert final.status == pb.ANSWER_STATUS_UNAVAILABLE
    assert final.reason == getattr(error, "reason", "INTERNAL")
    assert not final.values
    assert not final.text


async def test_a_failure_behind_a_whole_answer_takes_nothing_back(gateway: Gateway) -> None:
    gateway.model.answer = f"{ANSWER} It was"
    gateway.model.fault = raising(errors.Unavailable("away"), "say", -1)  # type: ignore[assignment]
    final = await gateway.final()
    assert (final.status, final.text) == (pb.ANSWER_STATUS_ANSWERED, ANSWER)
    assert final.values


@pytest.mark.parametrize("piece", [0, 3, -1])
async def test_what_was_found_is_said_by_rule_where_the_model_is_too_slow(gateway: Gateway, piece: int) -> None:
    gateway.model.fault = raising(errors.DeadlineExceeded("late"), "say", piece)  # type: ignore[assignment]
    final = await gateway.final()
    assert final.status == pb.ANSWER_STATUS_ANSWERED
    assert final.values
    assert final.replaced_sentences
    assert final.text.startswith("The last creatinine")


async def test_an_encoder_that_is_down_is_unavailable(gateway: Gateway) -> None:
    await gateway.encoder_server.stop()
    assert await status_of(gateway) is Code.UNAVAILABLE


@pytest.mark.parametrize("method", ["EncodePatient", "ExecutePlan"])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Unavailable("loading", retry_after=0.01), Code.UNAVAILABLE),
        (errors.Exhausted("full"), Code.RESOURCE_EXHAUSTED),
        (errors.NotFound("no such patient"), Code.NOT_FOUND),
    ],
)
async def test_a_failing_encoder_is_a_status(
    gateway: Gateway, method: str, error: errors.ChartlineError, code: Code
) -> None:
    def fail(called: str) -> None:
        if called == method:
            raise error

    gateway.encoder.before = fail
    assert await status_of(gateway) is code


@pytest.mark.parametrize("method", ["EncodePatient", "ExecutePlan"])
async def test_a_slow_encoder_is_deadline_exceeded(gateway: Gateway, method: str) -> None:
    waited = asyncio.Event()
    gateway.encoder.before = lambda called: waited.wait() if called == method else None
    assert await status_of(gateway, seconds=0.5) is Code.DEADLINE_EXCEEDED


@pytest.mark.parametrize("stage", ["plan", "say"])
async def test_a_client_that_goes_cancels_the_model_and_leaks_no_task(gateway: Gateway, stage: str) -> None:
    await gateway.ask()
    before = asyncio.all_tasks()
    gateway.model.fault = never(stage)  # type: ignore[assignment]
    call = gateway.begin()
    await gateway.model.waiting.wait()
    call.cancel()
    await asyncio.wait(asyncio.all_tasks() - before)
    assert gateway.model.closed == len(gateway.model.requests)


# --- with the real client of Triton -----------------------------------------------------------------------------------


def planning_then(*chunks: Chunk | Stall | Fail) -> Script:
    return lambda received: say(PLAN) if received.request.grammar else list(chunks)


async def test_an_answer_through_triton(triton_gateway: TritonGateway) -> None:
    triton_gateway.triton.requires_blocks = True
    triton_gateway.triton.script = planning_then(Text(ANSWER), FINISHED)
    final = await triton_gateway.final()
    assert (final.status, final.text) == (pb.ANSWER_STATUS_ANSWERED, ANSWER)
    assert [r.rows for r in triton_gateway.triton.received] == [0, 70, 0]


async def test_triton_down_is_a_status_before_the_first_message(triton_gateway: TritonGateway) -> None:
    await triton_gateway.triton_server.stop(None)
    assert await status_of(triton_gateway) is Code.UNAVAILABLE


@pytest.mark.parametrize("end", [Stall(), Fail(Code.UNAVAILABLE), Fail(Code.INTERNAL), Failed("Exhausted", "full")])
async def test_triton_down_is_a_final_after_the_first_message(
    triton_gateway: TritonGateway, end: Stall | Fail | Failed
) -> None:
    triton_gateway.triton.script = planning_then(Text("The last"), end)
    assert (await triton_gateway.final()).status == pb.ANSWER_STATUS_UNAVAILABLE
    await triton_gateway.triton.ended.wait()
    assert triton_gateway.triton.running == 0


async def test_a_deadline_while_the_model_speaks_still_brings_a_whole_final(triton_gateway: TritonGateway) -> None:
    triton_gateway.triton.script = planning_then(Stall())
    final = await triton_gateway.final(seconds=0.45)
    assert final.status == pb.ANSWER_STATUS_ANSWERED
    assert final.values


async def test_a_client_that_goes_cancels_the_request_on_triton(triton_gateway: TritonGateway) -> None:
    triton_gateway.triton.script = planning_then(Text("The last"), Stall())
    call = triton_gateway.begin()
    await triton_gateway.triton.stalled.wait()
    call.cancel()
    await triton_gateway.triton.ended.wait()
    assert (triton_gateway.triton.cancelled, triton_gateway.triton.running) == (1, 0)


# --- tenants, and every position --------------------------------------------------------------------------------------


async def test_a_foreign_patient_is_the_same_as_an_unknown_one(gateway: Gateway) -> None:
    """No byte of the status tells whether another tenant has that patient."""
    foreign = await _refusal(gateway, tenant="other")
    unknown = await _refusal(gateway, patient="Patient/unheard-of")
    assert foreign == unknown
    assert foreign[0] is Code.NOT_FOUND


async def _refusal(gateway: Gateway, **rest: str) -> tuple[Code, str]:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await gateway.ask(**rest)  # type: ignore[arg-type]
    return failed.value.code(), failed.value.details()


_ERRORS = st.sampled_from(
    [errors.Unavailable("x"), errors.DeadlineExceeded("x"), errors.Exhausted("x"), errors.InvalidRequest("x")]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stage=st.sampled_from(["plan", "say"]), piece=st.integers(-1, 10), error=_ERRORS)
async def test_wherever_it_breaks_there_is_one_status_or_one_final(
    gateway: Gateway, stage: str, piece: int, error: errors.ChartlineError
) -> None:
    gateway.model.requests.clear()
    gateway.model.fault = raising(error, stage, piece)  # type: ignore[assignment]
    messages: list[pb.AnswerQuestionResponse] = []
    code = Code.OK
    try:
        messages = await gateway.ask()
    except grpc.aio.AioRpcError as failed:
        code = failed.code()
    if code is not Code.OK:
        assert code not in (Code.UNKNOWN, Code.INTERNAL)
        return
    check_stream(messages)
    assert messages[-1].final.status in (pb.ANSWER_STATUS_ANSWERED, pb.ANSWER_STATUS_UNAVAILABLE)
