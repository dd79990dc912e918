"""The boundary, over a real server: who gets in, what a failure looks like outside, what is measured."""

import asyncio
import json
import logging
from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from prometheus_client import REGISTRY
from rpc_parts import Gateway, Mint, Serving, gateway_service, started, stub

from chartline import errors
from chartline.logs import JsonFormatter
from chartline.rpc.methods import Rule
from chartline.settings import ServiceSettings
from chartline.v1 import gateway_service_pb2 as pb
from chartline.v1 import record_service_pb2

LIST = record_service_pb2.ListPatientsRequest()
ASK = pb.AnswerQuestionRequest(patient="Patient/1", question="?")


def details(error: grpc.aio.AioRpcError) -> dict[str, Any]:
    """Details by the name of their type."""
    status = rpc_status.from_call(error)
    found = {}
    for detail in status.details:
        message = getattr(error_details_pb2, detail.TypeName().rpartition(".")[2])()
        detail.Unpack(message)
        found[type(message).__name__] = message
    return found


async def read_all(gateway: Any, metadata: Any) -> list[int]:
    return [message.sequence async for message in gateway.AnswerQuestion(ASK, metadata=metadata)]


async def test_a_call_knows_its_caller_id_method_and_time(serving: Serving, mint: Mint) -> None:
    async with serving(Gateway()) as channel:
        answer = await stub(channel).ListPatients(LIST, metadata=(*mint(), ("x-request-id", "abc-1")), timeout=9)
    subject, request_id, method, seconds = answer.patients[0].identifiers
    assert (answer.patients[0].patient, subject, request_id) == ("north", "vendor", "abc-1")
    assert method == "/chartline.v1.GatewayService/ListPatients"
    assert 5 < float(seconds) < 10, "the caller's 9 seconds, which gRPC rounds up, and not the rule's 5"


async def test_without_a_deadline_the_rule_of_the_rpc_holds(serving: Serving, mint: Mint) -> None:
    async with serving(Gateway()) as channel:
        answer = await stub(channel).ListPatients(LIST, metadata=mint())
    assert 0 < float(answer.patients[0].identifiers[3]) < 6


@pytest.mark.parametrize("given", ["", "x" * 65, "Patient/1 Müller".encode().hex() * 3, "two words"])
async def test_a_request_id_that_could_hold_anything_is_replaced(serving: Serving, mint: Mint, given: str) -> None:
    async with serving(Gateway()) as channel:
        answer = await stub(channel).ListPatients(LIST, metadata=(*mint(), ("x-request-id", given)))
    assert len(answer.patients[0].identifiers[1]) == 32


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (errors.InvalidRequest("wrong", field="page_size"), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST"),
        (errors.RequestIdReused("reused"), grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"),
        (errors.Unauthenticated("who"), grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"),
        (errors.Forbidden("no"), grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN"),
        (errors.NotFound("none"), grpc.StatusCode.NOT_FOUND, "NOT_FOUND"),
        (errors.Unfit("unfit"), grpc.StatusCode.FAILED_PRECONDITION, "UNFIT"),
        (errors.Exhausted("full", retry_after=0.7), grpc.StatusCode.RESOURCE_EXHAUSTED, "EXHAUSTED"),
        (errors.Unavailable("away", retry_after=2), grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE"),
        (errors.DeadlineExceeded("late"), grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (errors.ChartlineError("odd"), grpc.StatusCode.INTERNAL, "INTERNAL"),
        (ValueError("Jane Doe, MRN 4711"), grpc.StatusCode.INTERNAL, "INTERNAL"),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
async def test_every_error_has_its_status(
    serving: Serving, mint: Mint, error: Exception, code: grpc.StatusCode, reason: str, streams: bool
) -> None:
    async with serving(Gateway(error)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await (read_all(stub(channel), mint()) if streams else stub(channel).ListPatients(LIST, metadata=mint()))
    found = details(failed.value)
    assert failed.value.code() is code
    assert (found["ErrorInfo"].reason, found["ErrorInfo"].domain) == (reason, "chartline")
    assert found["RequestInfo"].request_id
    trailers = dict(failed.value.trailing_metadata() or ())
    if isinstance(error, errors.Exhausted | errors.Unavailable):
        assert trailers["grpc-retry-pushback-ms"] == str(int(error.retry_after * 1000))
        assert found["RetryInfo"].retry_delay.ToMilliseconds() == int(error.retry_after * 1000)
    if isinstance(error, errors.InvalidRequest) and error.field:
        assert found["BadRequest"].field_violations[0].field == "page_size"


async def test_the_trace_of_an_unknown_failure_is_in_the_log_and_its_text_is_nowhere(
    serving: Serving, mint: Mint, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(Gateway(ValueError("Jane Doe"))) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint())
    assert failed.value.details() == "internal error"
    record = next(r for r in caplog.records if r.msg == "rpc_failed")
    line = JsonFormatter("test").format(record)
    assert "Jane" not in line
    assert "ValueError" in json.loads(line)["trace"]
    assert record.levelno == logging.ERROR


@pytest.mark.parametrize(
    ("scopes", "code"), [("ask", grpc.StatusCode.PERMISSION_DENIED), ("", grpc.StatusCode.PERMISSION_DENIED)]
)
async def test_a_token_without_the_scope_is_refused(
    serving: Serving, mint: Mint, scopes: str, code: grpc.StatusCode
) -> None:
    async with serving(Gateway()) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint(scopes=scopes))
    assert failed.value.code() is code


async def test_no_token_is_refused_before_the_message_is_read(serving: Serving) -> None:
    async with serving(Gateway()) as channel:
        call = channel.unary_unary("/chartline.v1.GatewayService/ListPatients")
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await call(b"\xff\xff\xff")
    assert failed.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_message_over_the_limit_is_the_callers_mistake_not_a_quota(serving: Serving, mint: Mint) -> None:
    large = record_service_pb2.ListPatientsRequest(page_token="x" * 1500)
    async with serving(Gateway(), max_message_bytes=1000) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(large, metadata=mint())
    assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details(failed.value)["ErrorInfo"].reason == "MESSAGE_TOO_LARGE"


async def test_a_compressed_message_is_refused_unread(serving: Serving) -> None:
    """Zeros of a thousandth of their size would take the memory of a caller without a token."""
    async with serving(Gateway(), max_message_bytes=1000) as channel:
        call = channel.unary_unary("/chartline.v1.GatewayService/ListPatients")
        for size in (500, 5000):
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await call(bytes(size), compression=grpc.Compression.Gzip)
            assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_the_limit_of_requests_is_none_of_responses(serving: Serving, mint: Mint) -> None:
    async with serving(Gateway(), max_message_bytes=50) as channel:
        answer = await stub(channel).ListPatients(LIST, metadata=mint(subject="x" * 200))
    assert answer.ByteSize() > 200


async def test_over_quota_is_exhausted_for_that_tenant_alone(serving: Serving, mint: Mint) -> None:
    async with serving(Gateway(), quota_per_second=0.01, quota_burst=2) as channel:
        for _ in range(2):
            await stub(channel).ListPatients(LIST, metadata=mint())
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint())
        await stub(channel).ListPatients(LIST, metadata=mint(tenant="south"))
    assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert 90 < details(failed.value)["RetryInfo"].retry_delay.seconds <= 100


async def test_a_full_server_says_so_and_health_still_answers(serving: Serving, mint: Mint) -> None:
    servicer = Gateway()
    servicer.hold.clear()
    async with serving(servicer, max_concurrent=1) as channel:
        running = asyncio.ensure_future(stub(channel).ListPatients(LIST, metadata=mint()))
        await servicer.entered.wait()
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint())
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        servicer.hold.set()
        await running
    assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert health.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("streams", [False, True])
async def test_a_client_that_leaves_cancels_the_servicer_and_leaks_no_task(
    serving: Serving, mint: Mint, streams: bool
) -> None:
    servicer = Gateway()
    servicer.hold.clear()
    async with serving(servicer) as channel:
        before = len(asyncio.all_tasks())
        method = stub(channel).AnswerQuestion if streams else stub(channel).ListPatients
        call = method(ASK if streams else LIST, metadata=mint())
        if streams:
            await call.read()
        await servicer.entered.wait()
        call.cancel()
        await servicer.cancelled.wait()
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) <= before


async def test_a_callers_deadline_ends_the_call_on_both_sides(serving: Serving, mint: Mint) -> None:
    servicer = Gateway()
    servicer.hold.clear()
    async with serving(servicer) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint(), timeout=0.2)
        await servicer.cancelled.wait()
    assert failed.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_without_a_callers_deadline_the_rules_ends_the_call(settings: ServiceSettings, mint: Mint) -> None:
    servicer = Gateway()
    servicer.hold.clear()
    rules = {"/chartline.v1.GatewayService/ListPatients": Rule("read", 0.1)}
    server = started(settings, gateway_service(servicer), rules=rules)
    async with server as running, grpc.aio.insecure_channel(running.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint())
        await servicer.cancelled.wait()
    assert failed.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_timeout_inside_is_not_the_callers_deadline(serving: Serving, mint: Mint) -> None:
    async with serving(Gateway(TimeoutError("of a database"))) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint())
    assert failed.value.code() is grpc.StatusCode.INTERNAL


class Aborting(Gateway):
    async def ListPatients(self, request: Any, context: Any) -> None:
        await context.abort(grpc.StatusCode.ABORTED, "by itself")


async def test_a_servicers_own_abort_stays_what_it_is_and_is_counted(serving: Serving, mint: Mint) -> None:
    labels = {"grpc_service": "chartline.v1.GatewayService", "grpc_method": "ListPatients", "grpc_type": "unary"}
    before = sample("grpc_server_handled_total", **labels, grpc_code="ABORTED")
    async with serving(Aborting()) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub(channel).ListPatients(LIST, metadata=mint())
    assert (failed.value.code(), failed.value.details()) == (grpc.StatusCode.ABORTED, "by itself")
    assert sample("grpc_server_handled_total", **labels, grpc_code="ABORTED") == before + 1


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_calls_are_counted_by_their_standard_names(serving: Serving, mint: Mint) -> None:
    of = {"grpc_service": "chartline.v1.GatewayService"}
    ask = {**of, "grpc_method": "AnswerQuestion", "grpc_type": "server_stream"}
    read = {**of, "grpc_method": "ListPatients", "grpc_type": "unary"}

    def counts() -> list[float]:
        return [
            sample("grpc_server_started_total", **ask),
            sample("grpc_server_handled_total", **ask, grpc_code="OK"),
            sample("grpc_server_msg_sent_total", **ask),
            sample("grpc_server_handling_seconds_count", **ask),
            sample("grpc_server_handled_total", **read, grpc_code="UNAUTHENTICATED"),
        ]

    before = counts()
    async with serving(Gateway()) as channel:
        assert await read_all(stub(channel), mint()) == [0, 1, 2]
        with pytest.raises(grpc.aio.AioRpcError):
            await stub(channel).ListPatients(LIST)
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [1, 1, 3, 1, 1]
