"""The language model without Triton: bytes in, chunks out, and never a request without a last chunk."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartline.llm_contract import (
    Failed,
    Finished,
    MissingBlocks,
    dump_request,
)
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine_counts import EngineCounts
from services.llm.serving import LlmService, Tensors
from services.llm.settings import LlmSettings
from tests.models.engine_driver import REQUEST, Patient, Reply, generated


def tensors(patient: Patient, content_from: int = 0, **changes: object) -> Tensors:
    prefix = patient.prefix(content_from)
    request = replace(REQUEST, content_from_block=content_from, **changes)  # type: ignore[arg-type]
    return {
        "REQUEST": np.array([dump_request(request)], np.object_),
        "BLOCK_DIGESTS": np.array(prefix.digests, np.object_),
        "BLOCK_EVENTS": prefix.block_events,
        "EVENT_EMBEDDINGS": prefix.embeddings,
        "EVENT_CHANNELS": prefix.channels,
    }


@pytest.fixture(scope="module")
def seen() -> list[EngineCounts]:
    return []


@pytest.fixture(scope="module")
def service(tiny_checkpoint: Path, seen: list[EngineCounts]) -> Iterator[LlmService]:
    service = LlmService.load(LlmSettings(checkpoint=tiny_checkpoint, dtype="float32", device="cpu"), seen.append)
    yield service
    service.close()


def _answer(service: LlmService, given: Tensors) -> tuple[str, object]:
    reply = Reply()
    service.answer(given, reply)
    return reply.all()


def test_text_is_that_of_the_checkpoint(service: LlmService, tiny_checkpoint: Path, seen: list[EngineCounts]):
    patient = Patient.random(1, 130)
    assert _answer(service, tensors(patient, 3))[1] == MissingBlocks(0)
    text, last = _answer(service, tensors(patient))
    assert text == generated(ConditionedLLM.load(tiny_checkpoint), patient, REQUEST.user_text)
    assert isinstance(last, Finished)
    assert set(last.model_versions) == {"llm", "adapter", "projector", "verbalizer", "encoder"}
    assert seen[-1].outcomes == {"missing": 1, "length": 1}


def test_a_request_without_a_prefix_leaves_the_tensors_out(service: LlmService):
    without = _answer(service, {"REQUEST": tensors(Patient.random(0, 0))["REQUEST"]})
    assert without[0] == _answer(service, tensors(Patient.random(0, 0)))[0]


def test_what_is_wrong_is_said_in_the_last_chunk(service: LlmService):
    given = tensors(Patient.random(1, 10))
    last = _answer(service, {**given, "EVENT_CHANNELS": np.full((10, 6), np.inf, np.float32)})[1]
    assert last == Failed("InvalidRequest", "EVENT_CHANNELS holds numbers that are not finite")
    last = _answer(service, {**given, "REQUEST": np.array([b"{"], np.object_)})[1]
    assert last == Failed("InvalidRequest", "REQUEST is not a GenerateRequest")


@settings(max_examples=200, deadline=None)
@given(
    field=st.sampled_from(sorted(json.loads(dump_request(REQUEST)))),
    value=st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.text(max_size=3)
    | st.lists(st.integers(), max_size=2),
)
def test_no_request_is_left_without_an_answer(service: LlmService, field: str, value: object):
    request = {**json.loads(dump_request(replace(REQUEST, max_new_tokens=1))), field: value}
    given = {"REQUEST": np.array([json.dumps(request).encode()], np.object_)}
    assert isinstance(_answer(service, given)[1], Finished | Failed)
