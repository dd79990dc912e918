"""A text that may not come again is left where something else was likeliest, and nothing else changes by it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer

from chartline.errors import InvalidRequest
from chartline.llm_contract import Finished
from chartline.models.chat_prompt import prompt_ids
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.detour import Detour, Exit
from chartline.models.engine import Engine, EngineLimits
from tests.models.engine_driver import SYSTEM, Patient, ask
from tests.models.tiny_llms import write_checkpoint

PLAN = """
start: FUNCTION " of " KIND " \\"" SPAN "\\"" (" since " /[0-9]{1,4}/)?
FUNCTION: "count" | "get value" | "max"
KIND: "lab" | "vital" | "drug"
SPAN: %regex {"substring_words": "the last serum creatinine of the first stay"}
"""
PLAN_PATTERN = re.compile(r'(count|get value|max) of (lab|vital|drug) "[a-z ]*"( since [0-9]{1,4})?')
QUESTION = "\nQuestion: how much creatinine?"


@pytest.fixture(scope="module")
def checkpoint(tiny_bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint"), tiny_bases["llama"])


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> Iterator[Engine]:
    engine = Engine(ConditionedLLM.load(checkpoint))
    yield engine
    engine.close()


def _written(engine: Engine, patient: Patient, other_than: str = "", grammar: str = PLAN) -> str:
    text, last = ask(engine, patient, QUESTION, grammar=grammar, other_than=other_than, max_new_tokens=160)
    assert isinstance(last, Finished)
    assert last.reason == "stop"
    return text


@torch.inference_mode()
def _by_hand(llm: ConditionedLLM, patient: Patient, refused: str) -> str:
    """The likeliest way out of the refused text, one forward pass for each token, then the likeliest tokens."""
    tokenizer = from_tokenizer(llm.tokenizer)
    head, tail = prompt_ids(llm.tokenizer, SYSTEM, QUESTION)
    soft = llm.soft_tokens(torch.from_numpy(patient.embeddings), torch.from_numpy(patient.channels))
    ids = llm.tokenizer(refused, add_special_tokens=False)["input_ids"]

    def log_p(written: list[int]) -> torch.Tensor:
        matcher = LLMatcher(tokenizer, PLAN)
        matcher.consume_tokens(written)
        inputs = torch.cat([llm.tokens(head), soft, llm.tokens([*tail, *written])]).unsqueeze(0)
        logits = llm.llm(inputs_embeds=inputs).logits[0, -1]
        allowed = torch.frombuffer(bytearray(matcher.compute_logit_bias()), dtype=torch.uint8)[: len(logits)] > 0
        return torch.log_softmax(torch.where(allowed, logits[: len(allowed)], float("-inf")), 0)

    end = llm.tokenizer.eos_token_id
    ways, so_far = [], 0.0
    for place, token in enumerate([*ids, end]):
        choice = log_p(ids[:place])
        so_far, before = so_far + float(choice[token]), so_far
        choice[token] = float("-inf")
        ways.append((before + float(choice.max()), [*ids[:place], int(choice.argmax())]))
    written = max(ways)[1]
    while (token := int(log_p(written).argmax())) != end:
        written.append(token)
    return str(llm.tokenizer.decode(written))


@pytest.mark.parametrize("seed", range(4))
def test_a_refused_text_is_left_where_something_else_was_likeliest(engine: Engine, checkpoint: Path, seed: int):
    patient = Patient.random(seed, 40)
    refused = _written(engine, patient)
    other = _written(engine, patient, refused)
    assert other == _by_hand(ConditionedLLM.load(checkpoint), patient, refused)
    assert other != refused
    assert PLAN_PATTERN.fullmatch(other)


def test_a_refused_text_read_in_many_steps_is_left_at_the_same_place(engine: Engine, checkpoint: Path):
    patient = Patient.random(5, 40)
    refused = _written(engine, patient)
    small = Engine(ConditionedLLM.load(checkpoint), EngineLimits(step_tokens=7))
    assert _written(small, patient, refused) == _written(engine, patient, refused)
    small.close()


def test_what_was_followed_stays_in_no_kept_prefix(engine: Engine):
    patient = Patient.random(6, 40)
    first = _written(engine, patient)
    other = _written(engine, patient, first)
    assert [_written(engine, patient), _written(engine, patient, first)] == [first, other]


def test_a_text_of_another_grammar_is_left_where_the_grammar_ends_it(engine: Engine):
    assert PLAN_PATTERN.fullmatch(_written(engine, Patient.random(7, 8), "count of bananas"))


def test_where_there_is_nothing_else_to_write_nothing_is_written(engine: Engine):
    assert _written(engine, Patient.random(8, 8), "count", grammar='start: "count"') == ""


def test_free_text_is_not_written_otherwise(engine: Engine):
    with pytest.raises(InvalidRequest, match="grammar"):
        ask(engine, Patient.random(9, 8), QUESTION, other_than="count")


class _Pieces:
    """Tokens that are pieces of words, as real vocabularies have them."""

    def convert_ids_to_tokens(self, tokens: list[int]) -> list[str]:
        return [("lab", "la", "b", "vital", " last")[token] for token in tokens]

    def decode(self, tokens: list[int]) -> str:
        return "".join(self.convert_ids_to_tokens(tokens))


def test_another_spelling_of_the_refused_text_is_no_other_text():
    detour = Detour([0], _Pieces(), frozenset({4}))
    detour.weigh(torch.tensor([3.0, 2.0, 1.0, 0.0, -1.0]))
    assert detour.best is not None
    assert (detour.best.followed, detour.best.token) == (0, 2)


def test_the_end_of_the_refused_text_is_no_way_out():
    detour = Detour([], _Pieces(), frozenset({4}))
    detour.weigh(torch.tensor([-9.0, float("-inf"), float("-inf"), float("-inf"), 9.0]))
    assert detour.best == Exit(0, 0, pytest.approx(-18.0, abs=1e-3))


def test_a_stop_behind_the_refused_text_is_its_end():
    detour = Detour([], _Pieces(), frozenset(), (" ", "\n"))
    detour.weigh(torch.tensor([0.0, -1.0, -2.0, -3.0, 9.0]))
    assert detour.best == Exit(0, 0, pytest.approx(-9.0, abs=1e-3))


def test_a_stop_that_the_grammar_allows_is_no_other_text(engine: Engine):
    grammar = 'start: ("count" | "max") "\\n"?'
    patient = Patient.random(10, 8)
    text, _ = ask(engine, patient, QUESTION, grammar=grammar, stop=("\n",))
    other, _ = ask(engine, patient, QUESTION, grammar=grammar, stop=("\n",), other_than=text)
    assert {text, other} == {"count", "max"}
