"""Each way in which a part fails has its status; none says that a thing is not there, none leaves work behind."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import psutil
import pytest
from cluster_parts import Cluster, messages, patient, until

from chartline.commands.ask import last_of, status_name
from chartline.commands.load import load_messages
from chartline.local.client import Client
from chartline.local.health import fetch
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

QUESTION = AnswerQuestionRequest(patient="Patient/p001", question="How many times was creatinine measured?")
#: What must be zero when nobody asks: calls, and requests that the model holds.
WORK = ("chartline_rpc_in_flight", "chartline_llm_running", "chartline_llm_waiting")


def outcome(client: Client, seconds: float = 60.0) -> str:
    """The answer's status, or the call's where no stream began."""
    try:
        return status_name(last_of(client.gateway.AnswerQuestion(QUESTION, timeout=seconds)))
    except grpc.RpcError as error:
        return str(error.code().name)


def work_left(client: Client) -> float:
    """Samples of `WORK` of every part; a part that is away holds none."""
    texts = [fetch(f"http://{address}/metrics") or "" for address in client.endpoints.metrics]
    found = [re.findall(rf"^(?:{'|'.join(WORK)})(?:{{.*}})? (\S+)$", text, re.MULTILINE) for text in texts]
    return sum(float(value) for values in found for value in values)


@contextmanager
def frozen(pid: int | None) -> Iterator[None]:
    """The process takes part in nothing, yet its ports are open: slower than any deadline."""
    assert pid is not None
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


@pytest.fixture(autouse=True)
def whole(cluster: Cluster, client: Client) -> Iterator[None]:
    """Answers come before and after, and nothing is left of what was asked in between."""
    until(lambda: outcome(client) == "ANSWERED", "answers come")
    yield
    until(lambda: outcome(client) == "ANSWERED", "answers come again")
    until(lambda: work_left(client) == 0, "no call and no request is left", seconds=30)


@pytest.mark.parametrize("part", ["encoder", "llm"])
def test_a_part_that_is_away_is_unavailable_until_it_is_back(cluster: Cluster, client: Client, part: str) -> None:
    """The encoder comes back with an empty index and fills it from the store: it serves nothing before."""
    cluster.kill(part)
    seen = [outcome(client)]
    deadline = time.monotonic() + 120
    while seen[-1] != "ANSWERED" and time.monotonic() < deadline:
        seen.append(outcome(client))
    assert seen[0] == "UNAVAILABLE"
    assert set(seen) == {"UNAVAILABLE", "ANSWERED"}


@pytest.mark.parametrize("part", ["encoder", "llm"])
def test_a_part_that_hangs_ends_at_the_deadline(cluster: Cluster, client: Client, part: str) -> None:
    with frozen(cluster.pid_of(part)):
        assert outcome(client, seconds=3) == "DEADLINE_EXCEEDED"


def test_a_deadline_too_short_for_an_answer(client: Client) -> None:
    assert outcome(client, seconds=0.01) == "DEADLINE_EXCEEDED"


def test_a_caller_who_leaves_frees_the_model(client: Client) -> None:
    ask: Callable[[], grpc.Call] = lambda: client.gateway.AnswerQuestion(QUESTION, timeout=60)  # noqa: E731
    for _ in range(6):
        ask().cancel()
    first = ask()
    next(iter(first))  # the plan is there, the answer is being said
    first.cancel()
    until(lambda: work_left(client) == 0, "the model is free", seconds=30)


def test_a_patient_of_whom_nothing_is_known_is_no_failure(cluster: Cluster) -> None:
    with cluster.client("bare") as bare:
        load_messages(bare, messages([patient("p001")]), wait=True)
        assert outcome(bare) in {"ANSWERED", "NOT_IN_RECORD"}
    with cluster.client("nobody") as nobody:
        assert outcome(nobody) == "NOT_FOUND"


def test_every_part_killed_at_once_comes_back(cluster: Cluster, client: Client) -> None:
    for part in ("gateway", "encoder", "llm", "ingest"):
        pid = until(lambda part=part: cluster.pid_of(part), f"{part} runs")
        os.kill(pid, signal.SIGKILL)
    assert outcome(client, seconds=5) in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
