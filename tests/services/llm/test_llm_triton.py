"""The real tritonserver with our models: what a client sees, and what happens when parts of it are killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from grpc.aio import AioRpcError
from tritonclient.grpc import aio as triton
from tritonclient.utils import InferenceServerException

from chartline.errors import Unavailable
from chartline.learning.outcomes.kept import OutcomeHead
from chartline.learning.outcomes.served_models import served_kind
from chartline.llm_contract import (
    LLM_MODEL,
    Failed,
    Finished,
    MissingBlocks,
    Text,
    load_predict_response,
)
from chartline.local.triton import TritonServer
from chartline.models.conditioned_llm import ConditionedLLM
from services.llm.metrics import BROKEN, COUNTERS, GAUGES, HEADS, OUTCOMES, STARTED
from tests.learning.outcome_cases import planted_cases
from tests.models.engine_driver import REQUEST, Patient, generated
from tests.models.tiny_llms import write_base, write_checkpoint
from tests.services.llm.served_heads import asked, write_head
from tests.services.llm.triton_driver import (
    ask,
    chunks,
    folder_of,
    metrics,
    predict,
    processes,
    served,
    shared_memory,
    until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

CASES = planted_cases(8, seed=9)
MODELS = {"planted": "counts-lightgbm", "attentive": "retain"}
LONG = replace(REQUEST, max_new_tokens=3500, grammar="start: /[a-z]{3600}/", deadline_seconds=300.0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Iterator[TritonServer]:
    folder = tmp_path_factory.mktemp("triton")
    for outcome, model in MODELS.items():
        write_head(folder / "heads", outcome, model=model)
    with served(folder, tiny_checkpoint, HEADS_SECONDS="0.5") as server:
        # Triton may be ready before its launcher has looked; what dies until then is not started again.
        asyncio.run(until(lambda: '"serving"' in (folder / "llm.log").read_text()))
        yield server


@pytest.fixture
async def client(server: TritonServer) -> AsyncIterator[triton.InferenceServerClient]:
    client = triton.InferenceServerClient(server.grpc)
    yield client
    await client.close()


@pytest.fixture(scope="module")
def reference(tiny_checkpoint: Path) -> ConditionedLLM:
    return ConditionedLLM.load(tiny_checkpoint)


# --- what a client sees ----------------------------------------------------------------------------------------------


async def test_content_crosses_the_wire_once(client: triton.InferenceServerClient, reference: ConditionedLLM):
    patient = Patient.random(1, 150)
    expected = generated(reference, patient, REQUEST.user_text)
    warm = replace(REQUEST, content_from_block=3)
    assert (await ask(client, patient, warm))[1] == MissingBlocks(0)
    assert (await ask(client, patient))[0] == expected
    text, last = await ask(client, patient, warm)
    assert text == expected
    assert isinstance(last, Finished)
    assert last.reused_tokens == last.prompt_tokens - 1


async def test_eight_streams_at_once(client: triton.InferenceServerClient, reference: ConditionedLLM):
    patients = [Patient.random(10 + i, 30 * i) for i in range(8)]
    answers = await asyncio.gather(*(ask(client, patient) for patient in patients))
    assert [text for text, _ in answers] == [generated(reference, p, REQUEST.user_text) for p in patients]


async def test_a_client_that_leaves_frees_its_place(client: triton.InferenceServerClient, server: TritonServer):
    stream = chunks(client, Patient.random(0, 0), LONG)
    assert isinstance(await anext(stream), Text)
    await until(lambda: "chartline_llm_running 1" in metrics(server))
    await stream.aclose()
    await until(lambda: 'chartline_llm_requests_total{outcome="Unavailable"} 1' in metrics(server))


async def test_wrong_tensors_end_their_stream_alone(client: triton.InferenceServerClient):
    patient = Patient.random(3, 20)
    broken = Patient(patient.embeddings, np.full_like(patient.channels, np.nan))
    assert (await ask(client, broken))[1] == Failed(
        "InvalidRequest", "EVENT_CHANNELS holds numbers that are not finite"
    )
    assert isinstance((await ask(client, patient))[1], Finished)


async def test_predictions_are_those_of_training_whatever_they_are_batched_with(
    client: triton.InferenceServerClient, server: TritonServer
):
    heads = {outcome: OutcomeHead.load(folder_of(server) / outcome / "1", served_kind) for outcome in MODELS}
    answers = await asyncio.gather(*(predict(client, *asked(case, *MODELS)) for case in CASES))
    for case, answer in zip(CASES, map(load_predict_response, answers), strict=True):
        for outcome, told in zip(MODELS, answer.predictions, strict=True):
            assert told.outcome == outcome
            (offline,) = heads[told.outcome].predict([case])
            assert told.probability == pytest.approx(offline.probability, abs=1e-6)
    with pytest.raises(InferenceServerException) as refused:
        await predict(client, b"{", b"")
    assert refused.value.status() == "StatusCode.INVALID_ARGUMENT"


async def test_a_new_version_serves_and_no_call_is_dropped(client: triton.InferenceServerClient, server: TritonServer):
    place = write_head(folder_of(server).parent / "new", "planted", 2, patients=120)
    first = load_predict_response(await predict(client, *asked(CASES[0], *MODELS)))
    seen: list[str] = []

    async def ask_on() -> None:
        while not seen or not seen[-1].startswith("planted/2@"):
            answer = load_predict_response(await predict(client, *asked(CASES[0], *MODELS)))
            swapped, kept = answer.predictions
            assert kept.probability == pytest.approx(first.predictions[1].probability, abs=1e-6)
            seen.append(swapped.model_version)

    asking = [asyncio.create_task(ask_on()) for _ in range(4)]
    await until(lambda: len(seen) > 20)
    place.rename(folder_of(server) / "planted" / "2")
    await asyncio.wait_for(asyncio.gather(*asking), 120)
    assert {version[:10] for version in seen} == {"planted/1@", "planted/2@"}


async def test_every_declared_metric_is_there(client: triton.InferenceServerClient, server: TritonServer):
    await ask(client, Patient.random(4, 20))
    shown = metrics(server)
    assert [
        name for name in (*COUNTERS, *GAUGES, OUTCOMES[0], STARTED[0], HEADS[0], BROKEN[0]) if f"\n{name}" not in shown
    ] == []


async def test_the_config_says_which_weights_are_served(client: triton.InferenceServerClient):
    answer = await client.get_model_config(LLM_MODEL)
    assert "projector=" in answer.config.parameters["version"].string_value


# --- what happens when parts are killed ------------------------------------------------------------------------------


@pytest.mark.parametrize("victim", ["tritonserver", "triton_python_backend_stub"])
async def test_what_was_killed_comes_back(
    client: triton.InferenceServerClient, server: TritonServer, victim: str, reference: ConditionedLLM
):
    def started() -> list[str]:
        return [line for line in metrics(server).splitlines() if line.startswith(STARTED[0])]

    before = started()
    for process in processes(server, victim):
        process.kill()
    await until(lambda: started() not in ([], before))
    patient = Patient.random(5, 70)
    await until(lambda: server.is_ready())
    assert (await ask(client, patient))[0] == generated(reference, patient, REQUEST.user_text)


async def test_sigterm_ends_everything_though_a_stream_runs(tmp_path: Path, tiny_checkpoint: Path):
    with served(tmp_path, tiny_checkpoint, DRAIN_SECONDS="1") as server:
        family = [*processes(server, ""), psutil.Process(server.pid)]
        client = triton.InferenceServerClient(server.grpc)
        stream = chunks(client, Patient.random(0, 0), LONG)
        assert isinstance(await anext(stream), Text)
        os.kill(server.pid, signal.SIGTERM)
        _, alive = await asyncio.to_thread(psutil.wait_procs, family, 60)
        assert alive == []
        assert shared_memory(server) == []
        with pytest.raises(AioRpcError):
            _ = [chunk async for chunk in stream]
        await client.close()


async def test_nothing_of_a_killed_launcher_outlives_the_next_start(tmp_path: Path, tiny_checkpoint: Path):
    """Triton's stub may wait for ever for a lock in shared memory that the killed server held."""
    with served(tmp_path, tiny_checkpoint) as server:
        family, stubs = processes(server, ""), processes(server, "triton_python_backend_stub")
        os.kill(server.pid, signal.SIGKILL)
        _, hung = await asyncio.to_thread(psutil.wait_procs, family, 30)
        assert set(hung) <= set(stubs)
        left = shared_memory(server)
        server.stop()
        server.start()
        _, alive = await asyncio.to_thread(psutil.wait_procs, hung, 10)
        assert alive == []
        assert not set(left) & set(shared_memory(server))


async def test_a_model_process_that_did_not_notice_the_end_of_its_launcher_ends_with_the_next_start(
    tmp_path: Path, tiny_checkpoint: Path
):
    with served(tmp_path, tiny_checkpoint) as server:
        hung = processes(server, "triton_python_backend_stub")
        for process in hung:
            process.suspend()
        os.kill(server.pid, signal.SIGKILL)
        server.stop()
        assert all(process.is_running() for process in hung)
        server.start()
        _, alive = await asyncio.to_thread(psutil.wait_procs, hung, 10)
        assert alive == []


def test_a_checkpoint_for_another_base_is_said_at_once(tmp_path: Path, tiny_checkpoint: Path):
    other = write_base(tmp_path / "other", "qwen2")
    with pytest.raises(Unavailable, match="was trained on"), served(tmp_path, tiny_checkpoint, MODEL=str(other)):
        pass


# --- any model -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["qwen2", "gemma", "mistral"])
async def test_any_family_answers(tmp_path: Path, family: str):
    checkpoint = write_checkpoint(tmp_path / "checkpoint", write_base(tmp_path / "base", family))
    patient = Patient.random(6, 100)
    with served(tmp_path, checkpoint) as server:
        client = triton.InferenceServerClient(server.grpc)
        text, _ = await ask(client, patient)
        await client.close()
    assert text == generated(ConditionedLLM.load(checkpoint), patient, REQUEST.user_text)
