"""The default LLM with its real weights in fp32: the engine writes what transformers writes, token for token."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from chartline.llm_contract import Finished
from chartline.models.base_models import load_base
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine import Engine
from tests.models.engine_driver import REQUEST, Patient, ask, generated, start

CHANNELS = 6
QUESTIONS = [
    "\nWhat is the capital of France?",
    "\nName three organs.",
    "\nWrite the numbers from one to ten.",
    "\nWhat does a laboratory measure?",
    "\nHow many days has a week?",
    "\nSay hello in German.",
    "\nWhat is a fever?",
    "\nContinue: once upon a time",
]


def _llm() -> ConditionedLLM:
    base = load_base()
    torch.manual_seed(1)
    return ConditionedLLM.untrained(base, 384, CHANNELS).eval()


@pytest.fixture(scope="module")
def reference() -> ConditionedLLM:
    return _llm()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(_llm())
    yield engine
    engine.close()


def test_cold_and_warm(engine: Engine, reference: ConditionedLLM):
    patient = Patient.random(1, 300)
    for question in QUESTIONS[:3]:
        text, last = ask(engine, patient, question)
        assert text == generated(reference, patient, question)
    assert isinstance(last, Finished)
    assert last.reused_tokens > 300


def test_eight_at_once(engine: Engine, reference: ConditionedLLM):
    patients = [Patient.random(10 + i, 40 * i) for i in range(8)]
    asked = list(zip(patients, QUESTIONS, strict=True))
    replies = [start(engine, patient, replace(REQUEST, user_text=question)) for patient, question in asked]
    for (patient, question), reply in zip(asked, replies, strict=True):
        assert reply.all()[0] == generated(reference, patient, question)


def test_late_changed_and_reordered_events_give_the_text_of_a_cold_start(engine: Engine, reference: ConditionedLLM):
    patient = Patient.random(30, 192)
    ask(engine, patient, QUESTIONS[0])
    order = [*range(64), *range(128, 192), *range(64, 128)]
    moved = Patient(patient.embeddings[order], patient.channels[order])
    numbers = patient.channels.copy()
    numbers[100] += 1.0
    for edited in (
        moved,
        Patient(patient.embeddings, numbers),
        Patient(patient.embeddings[:150], patient.channels[:150]),
    ):
        text, last = ask(engine, edited, QUESTIONS[0])
        assert text == generated(reference, edited, QUESTIONS[0])
        assert isinstance(last, Finished)
        assert last.reused_tokens >= 64
