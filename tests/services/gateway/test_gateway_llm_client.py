"""The client against a real gRPC server that speaks Triton's protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import grpc
import numpy as np
import pytest
from gateway_fake_triton import FINISHED, Fail, FakeTriton, Stall, say, start

from chartline import errors
from chartline.llm_contract import (
    Failed,
    Finished,
    GenerateRequest,
    HeadCard,
    HeadPrediction,
    MissingBlocks,
    PredictRequest,
    PredictResponse,
    Text,
)
from chartline.rpc.context import begin_call
from services.gateway.llm_client import TritonClient, rank
from services.gateway.model_info import ModelCatalogue
from services.gateway.prefix import Prefix

REQUEST = GenerateRequest("r1", "scope", "system", "user")
PREFIX = Prefix("a", "Patient/1", "e1", (b"\0one", b"two\0"), (64, 3), content_from_block=2)


async def load_content(from_block: int) -> Prefix:
    rows = sum(PREFIX.block_events[from_block:])
    embeddings, channels = np.ones((rows, 384), np.float32), np.ones((rows, 42), np.float32)
    return Prefix("a", "Patient/1", "e1", PREFIX.digests, PREFIX.block_events, None, from_block, embeddings, channels)


@asynccontextmanager
async def connected(*tritons: FakeTriton, silence: float = 5.0) -> AsyncIterator[TritonClient]:
    servers = [await start(triton) for triton in tritons]
    client = TritonClient([a for _, a in servers], first_token_seconds=silence, inter_token_seconds=silence)
    try:
        yield client
    finally:
        await client.close()
        for server, _ in servers:
            await server.stop(None)


async def generated(client: TritonClient) -> list[Text | Finished]:
    async with aclosing(client.generate(REQUEST, PREFIX, load_content)) as chunks:
        return [chunk async for chunk in chunks]


async def test_text_arrives_in_pieces_and_ends_finished() -> None:
    triton = FakeTriton(lambda _: say("a ", "b"))
    async with connected(triton) as client:
        assert await generated(client) == [Text("a "), Text("b"), FINISHED]
    received = triton.received[0]
    assert received.digests == PREFIX.digests
    assert received.shapes == {"REQUEST": (1,), "BLOCK_DIGESTS": (2,), "BLOCK_EVENTS": (2,)}
    assert received.headers["triton_grpc_error"] == "true"


async def test_content_is_sent_once_and_from_the_missing_block_on() -> None:
    triton = FakeTriton(requires_blocks=True, kept={PREFIX.digests[0]})
    async with connected(triton) as client:
        await generated(client)
        await generated(client)
    assert [r.rows for r in triton.received] == [0, 3, 0]
    assert [r.request.content_from_block for r in triton.received] == [2, 1, 2]


async def test_a_model_that_never_keeps_the_content_is_unavailable() -> None:
    triton = FakeTriton(lambda _: [MissingBlocks(0)])
    async with connected(triton) as client:
        with pytest.raises(errors.Unavailable):
            await generated(client)
    assert len(triton.received) < 10


@pytest.mark.parametrize(
    "error", [errors.Exhausted, errors.DeadlineExceeded, errors.InvalidRequest, errors.Unavailable]
)
async def test_what_the_model_says_of_its_failure_is_raised(error: type[errors.ChartlineError]) -> None:
    async with connected(FakeTriton(lambda _: [Failed(error.__name__, "why")])) as client:
        with pytest.raises(error, match="why"):
            await generated(client)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.Unavailable),
        (grpc.StatusCode.INTERNAL, errors.Unavailable),
        (grpc.StatusCode.INVALID_ARGUMENT, errors.ChartlineError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.Exhausted),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.DeadlineExceeded),
    ],
)
async def test_a_status_becomes_an_error_without_its_text(
    code: grpc.StatusCode, error: type[errors.ChartlineError]
) -> None:
    async with connected(FakeTriton(lambda _: [Text("a"), Fail(code)])) as client:
        with pytest.raises(error) as raised:
            await generated(client)
    assert "Jane" not in str(raised.value)


async def test_a_stream_that_ends_without_its_end_is_unavailable() -> None:
    async with connected(FakeTriton(lambda _: [Text("a")])) as client:
        with pytest.raises(errors.Unavailable):
            await generated(client)


async def test_text_cut_by_the_deadline_is_no_text() -> None:
    cut = Finished("deadline", 0, 0, 1, 1)
    async with connected(FakeTriton(lambda _: [Text("a"), cut])) as client:
        with pytest.raises(errors.DeadlineExceeded):
            await generated(client)


async def test_a_silent_model_is_unavailable_and_its_request_cancelled() -> None:
    triton = FakeTriton(lambda _: [Text("a"), Stall()])
    async with connected(triton, silence=0.2) as client:
        with pytest.raises(errors.Unavailable):
            await generated(client)
        await triton.ended.wait()
    assert (triton.cancelled, triton.running) == (1, 0)


async def test_the_callers_deadline_ends_a_silent_model_first() -> None:
    triton = FakeTriton(lambda _: [Stall()])
    async with connected(triton) as client:
        begin_call("r", "/m", 0.4)
        with pytest.raises(errors.DeadlineExceeded):
            await generated(client)
        await triton.ended.wait()


async def test_closing_early_cancels_the_request() -> None:
    triton = FakeTriton(lambda _: [Text("a"), Stall()])
    async with connected(triton) as client:
        async with aclosing(client.generate(REQUEST, PREFIX, load_content)) as chunks:
            assert await anext(chunks) == Text("a")
        await triton.ended.wait()
    assert triton.cancelled == 1


async def test_a_cancelled_task_cancels_the_request() -> None:
    triton = FakeTriton(lambda _: [Stall()])
    async with connected(triton) as client:
        task = asyncio.create_task(generated(client))
        await triton.stalled.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await triton.ended.wait()
    assert triton.cancelled == 1


async def test_no_server_is_unavailable() -> None:
    server, address = await start(FakeTriton())
    await server.stop(None)
    client = TritonClient([address], first_token_seconds=5, inter_token_seconds=5)
    with pytest.raises(errors.Unavailable):
        await generated(client)
    with pytest.raises(errors.Unavailable):
        await client.predict(PredictRequest(), b"", "Patient/1")
    await client.close()


async def test_another_triton_takes_over_before_the_first_word() -> None:
    away = FakeTriton(lambda _: [Fail(grpc.StatusCode.UNAVAILABLE)])
    broken = FakeTriton(lambda _: [Text("a"), Fail(grpc.StatusCode.UNAVAILABLE)])
    whole = FakeTriton()
    async with connected(away, whole) as client:
        assert (await generated(client))[0] == Text("ok")
    async with connected(broken, broken) as client:
        with pytest.raises(errors.Unavailable):
            await generated(client)
    assert len(broken.received) == 1


async def test_another_triton_takes_over_a_prediction() -> None:
    gone, first = await start(FakeTriton())
    await gone.stop(None)
    server, second = await start(FakeTriton(predict=lambda request: PredictResponse((), ("death",))))
    client = TritonClient([first, second], first_token_seconds=5, inter_token_seconds=5)
    patient = next(name for name in map(str, range(99)) if rank([first, second], name)[0] == first)
    assert (await client.predict(PredictRequest(), b"", patient)).known_outcomes == ("death",)
    await client.close()
    await server.stop(None)


def test_losing_a_target_moves_its_own_patients_alone() -> None:
    targets, keys = ["a:1", "b:1", "c:1"], [f"t\0Patient/{n}" for n in range(300)]
    before = {key: rank(targets, key)[0] for key in keys}
    after = {key: rank(targets[:2], key)[0] for key in keys}
    assert all(after[key] == before[key] for key in keys if before[key] != "c:1")
    assert all(60 < list(before.values()).count(target) < 140 for target in targets)


async def test_predictions_and_the_models_by_what_they_say_of_themselves() -> None:
    heads = (HeadPrediction("death", "death/1@0a", "c1", 0.25, (0.2, 0.3)),)
    cards = (HeadCard("death", "death/1@0a", "# Death", "c1"),)
    told = PredictResponse(heads, ("death",), cards)
    triton = FakeTriton(predict=lambda request: told)
    async with connected(triton) as client:
        answer = await client.predict(PredictRequest(("death",), (1, None, 5)), b"a chart", "Patient/1")
        assert answer.predictions == heads
        assert triton.chart == b"a chart"
        llm, head = await ModelCatalogue(client, {}).describe()
    assert (llm.name, llm.version, llm.card) == ("chartline_llm", "chartline_llm=test-1", "")
    assert (head.name, head.version, head.card) == ("chartline_predictor", "death/1@0a", "# Death")
    assert (head.outcomes, head.card_id) == (("death",), "c1")
    assert triton.received[0].shapes == {"REQUEST": (1,)}
