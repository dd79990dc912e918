"""The engine computes what transformers computes, whatever it keeps, however it packs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from chartline.llm_contract import Finished
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine import Engine, EngineLimits
from tests.models.engine_driver import REQUEST, Patient, ask, generated, start
from tests.models.tiny_llms import CONFIGS, write_checkpoint

Pair = tuple[Engine, ConditionedLLM]


@pytest.fixture(scope="module", params=CONFIGS)
def pair(request: pytest.FixtureRequest, tiny_bases: dict[str, Path], tmp_path_factory) -> Iterator[Pair]:
    """An engine and the same weights for transformers. 96 rows a step: every prefill here takes several."""
    folder = write_checkpoint(tmp_path_factory.mktemp("checkpoint"), tiny_bases[request.param])
    engine = Engine(ConditionedLLM.load(folder), EngineLimits(step_tokens=96))
    yield engine, ConditionedLLM.load(folder)
    engine.close()


def test_cold_and_warm_text_is_that_of_generate(pair: Pair):
    engine, reference = pair
    patient = Patient.random(1, 150)
    for question, reused in (("\nWhat?", False), ("\nAnd how many of them?", True), ("", True)):
        text, last = ask(engine, patient, question)
        assert text == generated(reference, patient, question)
        assert isinstance(last, Finished)
        assert last.prefix_tokens == 150
        assert (last.reused_tokens > 150) == reused


def test_eight_at_once_are_the_same_as_alone(pair: Pair):
    engine, reference = pair
    patients = [Patient.random(20 + i, 17 * i) for i in range(8)]
    replies = [
        start(engine, patient, replace(REQUEST, user_text=f"\nQ{i}" * (i + 1))) for i, patient in enumerate(patients)
    ]
    for i, (patient, reply) in enumerate(zip(patients, replies, strict=True)):
        assert reply.all()[0] == generated(reference, patient, f"\nQ{i}" * (i + 1))


@pytest.mark.parametrize("right", [0, 3, 11, 16])
def test_a_draft_changes_no_text(pair: Pair, right: int):
    """Whether all of it is what the model writes, its beginning or nothing."""
    engine, reference = pair
    patient = Patient.random(30, 70)
    text = generated(reference, patient, "\nWhat?")
    tokens = reference.tokenizer(text, add_special_tokens=False)["input_ids"]
    draft = reference.tokenizer.decode(tokens[:right]) + (" quite another text" if right < 16 else "")
    steps, kept = engine.counts.steps, engine.counts.draft_kept_tokens
    assert ask(engine, patient, "\nWhat?", draft=draft)[0] == text
    kept = engine.counts.draft_kept_tokens - kept
    assert (kept > 8) == (right >= 11)
    assert 16 <= engine.counts.steps - steps + kept <= 18  # each token kept saves a step


def test_what_a_draft_left_behind_is_not_kept(pair: Pair):
    """A wrong guess was computed behind the text; what is said next is as if it had never been."""
    engine, _ = pair
    patient = Patient.random(31, 70)
    text, _ = ask(engine, patient, "\nWhat?", draft=" quite another text, and a long one")
    more, warm = ask(engine, patient, "\nWhat?", assistant_text=text)
    anew, cold = ask(engine, patient, "\nWhat?", assistant_text=text, cache_scope="another")
    assert isinstance(warm, Finished)
    assert isinstance(cold, Finished)
    assert warm.reused_tokens > cold.reused_tokens == 0
    assert more == anew


def test_two_questions_about_one_patient_at_once(pair: Pair):
    engine, reference = pair
    patient = Patient.random(40, 130)
    ask(engine, patient, "\nfirst")
    warm = replace(REQUEST, content_from_block=3)
    replies = [start(engine, patient, replace(warm, user_text=question)) for question in ("\none", "\ntwo")]
    for question, reply in zip(("\none", "\ntwo"), replies, strict=True):
        assert reply.all()[0] == generated(reference, patient, question)


def _edited(patient: Patient, change: str) -> Patient:
    other = Patient.random(99, 64)
    rows, numbers = patient.embeddings, patient.channels
    if change == "appended":
        return Patient(np.vstack([rows, other.embeddings]), np.vstack([numbers, other.channels]))
    if change == "cut":
        return Patient(rows[:100], numbers[:100])
    if change == "changed":
        rows, numbers = rows.copy(), numbers.copy()
        numbers[70] += 1.0
        return Patient(rows, numbers)
    order = np.r_[0:64, 128:192, 64:128]
    return Patient(rows[order], numbers[order])


@pytest.mark.parametrize("change", ["appended", "cut", "changed", "out of order"])
def test_after_an_edit_the_logits_are_those_of_a_cold_start(pair: Pair, change: str):
    engine, reference = pair
    before = Patient.random(60, 192)
    after = _edited(before, change)
    logits: list[torch.Tensor] = []
    head = engine._llm.llm.lm_head.register_forward_hook(lambda module, inputs, output: logits.append(output[0, -1]))
    ask(engine, before, "\nWhat?")
    logits.clear()
    warm, last = ask(engine, after, "\nWhat?", max_new_tokens=1)
    assert isinstance(last, Finished)
    assert 64 <= last.reused_tokens < last.prompt_tokens
    warm_logits = logits[-1]
    cold, last = ask(engine, after, "\nWhat?", max_new_tokens=1, cache_scope=change)
    head.remove()
    assert isinstance(last, Finished)
    assert last.reused_tokens == 0
    torch.testing.assert_close(warm_logits, logits[-1], atol=1e-4, rtol=0)
    assert warm == cold == generated(reference, after, "\nWhat?", most=1)


def test_what_was_written_is_kept_for_what_is_said_next(pair: Pair):
    engine, _ = pair
    patient = Patient.random(61, 64)
    plan, first = ask(engine, patient, "\nWhat?", max_new_tokens=8)
    text, last = ask(engine, patient, "\nWhat?", assistant_text=plan + " so", content_from_block=1)
    cold, _ = ask(engine, patient, "\nWhat?", assistant_text=plan + " so", cache_scope="nothing kept")
    assert isinstance(first, Finished)
    assert isinstance(last, Finished)
    assert last.reused_tokens > first.prompt_tokens
    assert text == cold
