"""Constrained text obeys its grammar, and forced tokens change nothing but the time."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer

from chartline.llm_contract import Failed, Finished
from chartline.models.chat_prompt import prompt_ids
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine import Engine
from chartline.models.grammar import GrammarCompiler
from tests.models.engine_driver import SYSTEM, Patient, ask
from tests.models.tiny_llms import write_checkpoint

PLAN = """
start: "select " KIND " where name is \\"" SPAN "\\" and " WINDOW
KIND: "lab" | "vital" | "drug"
WINDOW: /[0-9]{1,3}/ " days ago"
SPAN: %regex {"substring_words": "the last serum creatinine of the first stay"}
"""
PLAN_PATTERN = re.compile(r'select (lab|vital|drug) where name is "([a-z ]*)" and [0-9]{1,3} days ago')


@pytest.fixture(scope="module")
def checkpoint(tiny_bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint"), tiny_bases["qwen2"])


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> Iterator[Engine]:
    engine = Engine(ConditionedLLM.load(checkpoint))
    yield engine
    engine.close()


@torch.inference_mode()
def _one_by_one(llm: ConditionedLLM, patient: Patient, question: str) -> str:
    """The likeliest allowed token each time, one forward pass over everything for each."""
    tokenizer = from_tokenizer(llm.tokenizer)
    matcher = LLMatcher(tokenizer, PLAN)
    head, ids = prompt_ids(llm.tokenizer, SYSTEM, question)
    start = len(ids)
    soft = llm.soft_tokens(torch.from_numpy(patient.embeddings), torch.from_numpy(patient.channels))
    while not matcher.is_stopped():
        inputs = torch.cat([llm.tokens(head), soft, llm.tokens(ids)]).unsqueeze(0)
        logits = llm.llm(inputs_embeds=inputs).logits[0, -1]
        allowed = torch.frombuffer(bytearray(matcher.compute_logit_bias()), dtype=torch.uint8)[: len(logits)] > 0
        token = int(torch.where(allowed, logits[: len(allowed)], float("-inf")).argmax())
        matcher.consume_token(token)
        ids.append(token)
    return llm.tokenizer.decode(ids[start:])


@pytest.mark.parametrize("seed", range(4))
def test_constrained_text_is_that_of_one_pass_per_token(engine: Engine, checkpoint: Path, seed: int):
    patient = Patient.random(seed, 40)
    steps = engine.counts.steps
    text, last = ask(engine, patient, "\nWhat?", grammar=PLAN, max_new_tokens=200)
    assert PLAN_PATTERN.fullmatch(text), text
    assert text == _one_by_one(ConditionedLLM.load(checkpoint), patient, "\nWhat?")
    assert isinstance(last, Finished)
    assert last.reason == "stop"
    assert engine.counts.steps - steps < last.completion_tokens / 2  # forced tokens took no step of their own


def test_the_limit_holds_for_forced_tokens_too(engine: Engine):
    text, last = ask(engine, Patient.random(1, 10), "\nWhat?", grammar=PLAN, max_new_tokens=5)
    assert text == "selec"
    assert isinstance(last, Finished)
    assert last.reason == "length"


def test_text_outside_the_questions_words_is_impossible(engine: Engine):
    for seed in range(6):
        text, _ = ask(engine, Patient.random(seed, 30), f"\n{seed}", grammar=PLAN, max_new_tokens=200)
        matched = PLAN_PATTERN.fullmatch(text)
        assert matched
        assert matched[2] in "the last serum creatinine of the first stay"


def test_a_grammar_beyond_the_limits_fails_its_request_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    class Broken:
        complete, failed = True, True

        def mask(self, logits: torch.Tensor) -> torch.Tensor:
            return logits

        def accept(self, token: int) -> list[int]:
            return []

    monkeypatch.setattr(GrammarCompiler, "constraint", lambda self, grammar: Broken())
    assert ask(engine, Patient.random(1, 10), "\nWhat?", grammar="x")[1] == Failed(
        "InvalidRequest", "the grammar is too complex"
    )
