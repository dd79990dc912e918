"""One request id, one execution: replayed, joined, refused, forgotten."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from chartline.errors import ChartlineError, InvalidRequest, NotFound, RequestIdReused, Unavailable
from chartline.rpc.auth import Caller, set_current_caller
from chartline.rpc.context import begin_call
from chartline.rpc.idempotency import KEEP_SECONDS, Replays
from chartline.v1 import gateway_service_pb2 as pb

ONE, TWO = str(uuid.uuid4()), str(uuid.uuid4())


@pytest.fixture(autouse=True)
def _caller() -> None:
    call_as("vendor")


def call_as(subject: str, method: str = "/chartline.v1.GatewayService/AnswerQuestion", tenant: str = "north") -> None:
    set_current_caller(Caller(tenant, subject, frozenset()))
    begin_call("r", method, 5)


def ask(request_id: str = ONE, question: str = "?") -> pb.AnswerQuestionRequest:
    return pb.AnswerQuestionRequest(request_id=request_id, question=question)


async def confirmed(request: pb.AnswerQuestionRequest) -> None:
    """What was kept may come back."""


class Answering:
    """Answers with three messages, the later ones when it is let."""

    def __init__(self) -> None:
        self.executions = 0
        self.cancelled = 0
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> AsyncIterator[pb.AnswerQuestionResponse]:
        self.executions += 1
        try:
            yield pb.AnswerQuestionResponse(sequence=0)
            await self.go_on.wait()
            if self.error:
                raise self.error
            yield pb.AnswerQuestionResponse(sequence=1)
            yield pb.AnswerQuestionResponse(sequence=2)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def read(replays: Replays, answering: Answering, request: pb.AnswerQuestionRequest | None = None) -> list[int]:
    return [m.sequence async for m in replays.stream(request or ask(), answering)]


async def test_a_repeated_call_gets_the_first_ones_messages() -> None:
    replays, answering = Replays(confirmed), Answering()
    answering.go_on.set()
    assert await read(replays, answering) == await read(replays, answering) == [0, 1, 2]
    assert answering.executions == 1


async def test_a_call_at_the_same_time_joins() -> None:
    replays, answering = Replays(confirmed), Answering()
    readers = [asyncio.create_task(read(replays, answering)) for _ in range(5)]
    await asyncio.sleep(0)
    answering.go_on.set()
    assert await asyncio.gather(*readers) == [[0, 1, 2]] * 5
    assert answering.executions == 1


async def test_without_an_id_every_call_executes() -> None:
    replays, answering = Replays(confirmed), Answering()
    answering.go_on.set()
    for _ in range(2):
        assert await read(replays, answering, ask("")) == [0, 1, 2]
    assert answering.executions == 2


async def test_another_body_under_the_same_id_is_refused() -> None:
    replays, answering = Replays(confirmed), Answering()
    answering.go_on.set()
    await read(replays, answering)
    with pytest.raises(RequestIdReused):
        await read(replays, answering, ask(question="another"))


@pytest.mark.parametrize(
    "other", [{"subject": "other"}, {"subject": "vendor", "tenant": "south"}, {"subject": "vendor", "method": "/a/b"}]
)
async def test_an_id_belongs_to_its_caller_tenant_and_rpc(other: dict[str, str]) -> None:
    replays, answering = Replays(confirmed), Answering()
    answering.go_on.set()
    await read(replays, answering)
    call_as(**other)
    await read(replays, answering, ask(question="another"))
    assert answering.executions == 2


@pytest.mark.parametrize(("error", "executions"), [(NotFound, 2), (Unavailable, 1)])
async def test_what_is_kept_comes_back_only_where_it_is_confirmed(error: type[ChartlineError], executions: int) -> None:
    """What it tells of is gone: it is forgotten. Nobody knows now: it is kept."""
    errors: list[ChartlineError] = []

    async def confirm(request: pb.AnswerQuestionRequest) -> None:
        assert request == ask()
        if errors:
            raise errors.pop()

    replays, answering = Replays(confirm), Answering()
    answering.go_on.set()
    await read(replays, answering)
    errors.append(error("no"))
    with pytest.raises(error):
        await read(replays, answering)
    assert await read(replays, answering) == [0, 1, 2]
    assert answering.executions == executions


async def test_an_id_is_one_however_it_is_spelled() -> None:
    replays, answering, name = Replays(confirmed), Answering(), uuid.uuid4()
    answering.go_on.set()
    for spelled in (str(name), name.urn, f"{{{name.hex.upper()}}}"):
        request = ask()
        request.request_id = spelled
        assert await read(replays, answering, request) == [0, 1, 2]
    assert answering.executions == 1


async def test_an_id_that_is_no_uuid_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        await read(Replays(confirmed), Answering(), ask("again"))


async def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    replays, answering = Replays(confirmed), Answering()
    answering.error = Unavailable("away")
    readers = [asyncio.create_task(read(replays, answering)) for _ in range(2)]
    await asyncio.sleep(0)
    answering.go_on.set()
    assert [type(e) for e in await asyncio.gather(*readers, return_exceptions=True)] == [Unavailable] * 2
    answering.error = None
    assert await read(replays, answering) == [0, 1, 2]
    assert answering.executions == 2


async def test_an_ending_that_should_be_tried_again_is_not_kept() -> None:
    replays, answering = Replays(confirmed), Answering()
    answering.go_on.set()
    for _ in range(2):
        assert [m.sequence async for m in replays.stream(ask(), answering, keep=lambda last: last.sequence != 2)]
    assert answering.executions == 2


async def test_one_who_leaves_does_not_end_it_for_the_others_and_the_last_does() -> None:
    replays, answering = Replays(confirmed), Answering()
    first, second = (asyncio.create_task(read(replays, answering)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    assert answering.cancelled == 0
    second.cancel()
    await asyncio.wait({second})
    assert answering.cancelled == 1
    assert len(asyncio.all_tasks()) == 1
    answering.go_on.set()
    assert await read(replays, answering) == [0, 1, 2]


async def test_unary_calls_are_one_message() -> None:
    replays, count = Replays(confirmed), 0

    async def predict() -> pb.PredictOutcomesResponse:
        nonlocal count
        count += 1
        return pb.PredictOutcomesResponse(predictions=[pb.Prediction(outcome=str(count))])

    request = pb.PredictOutcomesRequest(request_id=ONE)
    answers = await asyncio.gather(*(replays.unary(request, predict) for _ in range(3)))
    assert [a.predictions[0].outcome for a in answers] == ["1", "1", "1"]


async def test_after_a_day_an_id_is_new() -> None:
    now = 0.0
    replays, answering = Replays(confirmed, clock=lambda: now), Answering()
    answering.go_on.set()
    await read(replays, answering)
    now = KEEP_SECONDS
    await read(replays, answering, ask(question="another"))
    assert answering.executions == 2


async def test_the_oldest_go_when_memory_is_full() -> None:
    replays, answering = Replays(confirmed, max_bytes=3000), Answering()
    answering.go_on.set()
    ids = [str(uuid.uuid4()) for _ in range(3)]
    for request_id in (*ids, ids[2], ids[0]):
        await read(replays, answering, ask(request_id))
    assert answering.executions == 4
