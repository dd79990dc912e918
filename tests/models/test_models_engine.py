"""How the engine behaves towards many callers: who waits, who is refused, who is let go."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chartline.errors import Exhausted, InvalidRequest, Unavailable
from chartline.llm_contract import Failed, Finished, MissingBlocks, Text
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine import Engine, EngineLimits
from chartline.models.engine_prompt import PrefixTensors
from tests.models.engine_driver import REQUEST, Patient, Reply, ask, generated, start
from tests.models.tiny_llms import write_checkpoint

NOBODY = Patient.random(0, 0)
LONG = replace(REQUEST, max_new_tokens=2000, grammar="start: /[a-z]{3000}/")  # no end before its limit


@pytest.fixture(scope="module")
def checkpoint(tiny_bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint"), tiny_bases["llama"])


@pytest.fixture
def make_engine(checkpoint: Path) -> Iterator[Callable[..., Engine]]:
    engines = []

    def make(**limits: int) -> Engine:
        engines.append(Engine(ConditionedLLM.load(checkpoint), EngineLimits(**limits)))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


@pytest.fixture
def engine(make_engine: Callable[..., Engine]) -> Engine:
    return make_engine()


class Gate:
    """Holds the engine before its next step until opened."""

    def __init__(self, engine: Engine) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()
        self._hook = engine._llm.llm.register_forward_pre_hook(self._wait)

    def _wait(self, *_: object) -> None:
        self.reached.set()
        self._open.wait(60)

    def open(self) -> None:
        self._hook.remove()
        self._open.set()


def test_a_short_request_does_not_wait_for_a_long_one(engine: Engine):
    slow = start(engine, NOBODY, LONG)
    assert isinstance(slow.chunks.get(timeout=60), Text)
    text, last = start(engine, NOBODY, REQUEST).all()
    assert isinstance(last, Finished)
    assert text
    slow.cancelled = True
    assert slow.all()[1] == Failed("Unavailable", "cancelled by the caller")


def test_a_cancelled_request_ends_within_two_steps(engine: Engine):
    gate = Gate(engine)
    reply = start(engine, NOBODY, LONG)
    assert gate.reached.wait(60)
    reply.cancelled = True
    gate.open()
    text, last = reply.all()
    assert isinstance(last, Failed)
    assert len(text) <= 1


def test_a_full_queue_is_an_error_not_a_wait(make_engine: Callable[..., Engine]):
    engine = make_engine(max_running=1, max_waiting=2)
    gate = Gate(engine)
    replies = [start(engine, NOBODY, REQUEST)]
    assert gate.reached.wait(60)
    replies += [start(engine, NOBODY, REQUEST) for _ in range(2)]
    with pytest.raises(Exhausted, match="2 requests are waiting"):
        start(engine, NOBODY, REQUEST)
    gate.open()
    assert all(isinstance(reply.all()[1], Finished) for reply in replies)


def test_a_deadline_before_the_first_token_is_an_error_and_after_it_an_end(engine: Engine):
    _, last = start(engine, NOBODY, replace(REQUEST, deadline_seconds=0.0)).all()
    assert last == Failed("DeadlineExceeded", "no token before the deadline")
    text, last = start(engine, NOBODY, replace(LONG, deadline_seconds=0.5)).all()
    assert isinstance(last, Finished)
    assert last.reason == "deadline"
    assert len(text) == last.completion_tokens


def test_a_failed_step_ends_its_requests_and_no_others(engine: Engine):
    patient = Patient.random(5, 64)
    before, _ = ask(engine, patient, "\nWhat?")

    def fail(*_: object) -> None:
        hook.remove()
        raise RuntimeError("out of memory")

    hook = engine._llm.llm.register_forward_pre_hook(fail)
    assert ask(engine, patient, "\nWhat?")[1] == Failed("Unavailable", "the engine failed; try again")
    assert ask(engine, patient, "\nWhat?")[0] == before


def test_closing_ends_what_runs(make_engine: Callable[..., Engine]):
    engine = make_engine()
    reply = start(engine, NOBODY, LONG)
    assert isinstance(reply.chunks.get(timeout=60), Text)
    engine.close()
    assert reply.all()[1] == Failed("Unavailable", "the engine is closing")
    with pytest.raises(Unavailable):
        start(engine, NOBODY, REQUEST)


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_blocks_are_asked_for_once(engine: Engine):
    patient = Patient.random(1, 200)
    assert ask(engine, patient, "\nWhat?", content_from_block=4)[1] == MissingBlocks(0)
    cold, _ = ask(engine, patient, "\nWhat?")
    warm, last = ask(engine, patient, "\nWhat?", content_from_block=4)
    assert warm == cold
    assert isinstance(last, Finished)
    assert last.reused_tokens == last.prompt_tokens - 1


def test_requests_that_come_together_compute_their_chart_once(engine: Engine):
    patient, other = Patient.random(1, 200), Patient.random(2, 200)
    gate = Gate(engine)
    first = start(engine, patient)
    assert gate.reached.wait(60)
    replies = [start(engine, patient, replace(REQUEST, user_text=f"\nQ{i}", content_from_block=4)) for i in range(3)]
    another = start(engine, other)
    gate.open()
    assert isinstance(another.all()[1], Finished)
    for reply in (first, *replies):
        text, last = reply.all()
        assert text
        assert isinstance(last, Finished)
        assert (last.reused_tokens >= 200) == (reply is not first)


def test_a_chart_whose_request_ends_early_is_computed_by_the_next(engine: Engine):
    patient = Patient.random(1, 600)
    gate = Gate(engine)
    first, second = start(engine, patient), start(engine, patient)
    assert gate.reached.wait(60)
    first.cancelled = True
    gate.open()
    assert isinstance(first.all()[1], Failed)
    last = second.all()[1]
    assert isinstance(last, Finished)
    assert last.reused_tokens < 600


def test_another_scope_shares_nothing(engine: Engine):
    patient = Patient.random(1, 200)
    ask(engine, patient, "\nWhat?")
    last = ask(engine, patient, "\nWhat?", content_from_block=4, cache_scope="another tenant")[1]
    assert last == MissingBlocks(0)


def test_kept_kv_stays_within_its_bytes_and_the_oldest_goes_first(make_engine: Callable[..., Engine], checkpoint: Path):
    token = 2 * 3 * 2 * 16 * 4
    engine = make_engine(kv_bytes=3 * 768 * token)
    reference = ConditionedLLM.load(checkpoint)
    for i in range(4):
        assert ask(engine, Patient.random(i, 256), "\nWhat?")[0] == generated(
            reference, Patient.random(i, 256), "\nWhat?"
        )
        assert engine.counts.kept_bytes <= 3 * 768 * token
    assert engine.counts.kept_prefixes == 3
    assert isinstance(ask(engine, Patient.random(3, 256), "\nWhat?", content_from_block=4)[1], Finished)
    assert ask(engine, Patient.random(0, 256), "\nWhat?", content_from_block=4)[1] == MissingBlocks(0)


def test_what_cannot_run_together_runs_one_after_the_other(make_engine: Callable[..., Engine]):
    engine = make_engine(kv_bytes=768 * 2 * 3 * 2 * 16 * 4)
    replies = [start(engine, Patient.random(i, 128), REQUEST) for i in range(3)]
    assert [type(reply.all()[1]) for reply in replies] == [Finished] * 3
    with pytest.raises(InvalidRequest, match="do not fit"):
        start(engine, Patient.random(9, 1024), REQUEST)


def test_counts_tell_what_happened(engine: Engine):
    patient = Patient.random(1, 64)
    ask(engine, patient, "\nWhat?")
    ask(engine, patient, "\nWhat?")
    ask(engine, Patient.random(2, 64), "\nWhat?", content_from_block=1)
    counts = engine.counts
    assert counts.outcomes == {"length": 2, "missing": 1}
    assert counts.completion_tokens == 32
    assert counts.prompt_tokens - counts.reused_tokens == counts.prompt_tokens // 2 + 1
    assert (counts.first_tokens, counts.running, counts.waiting) == (2, 0, 0)


# --- what is refused -------------------------------------------------------------------------------------------------


def _prefix(**changes: object) -> PrefixTensors:
    return replace(Patient.random(1, 100).prefix(), **changes)  # type: ignore[arg-type]


ROWS = Patient.random(1, 100)
NOT_FINITE = np.where(np.arange(600).reshape(100, 6) == 7, np.nan, ROWS.channels).astype(np.float32)


@pytest.mark.parametrize(
    ("prefix", "field"),
    [
        (_prefix(block_events=np.array([64], np.int32)), "BLOCK_EVENTS"),
        (_prefix(block_events=np.array([65, 35], np.int32)), "BLOCK_EVENTS"),
        (_prefix(block_events=np.array([100, 0], np.int32)), "BLOCK_EVENTS"),
        (_prefix(block_events=np.array([64, 36], np.int64)), "BLOCK_EVENTS"),
        (_prefix(block_events=np.array([64, 35], np.int32)), "EVENT_EMBEDDINGS"),
        (_prefix(embeddings=ROWS.embeddings[:, :383]), "EVENT_EMBEDDINGS"),
        (_prefix(embeddings=ROWS.embeddings.astype(np.float64)), "EVENT_EMBEDDINGS"),
        (_prefix(channels=ROWS.channels[:99]), "EVENT_CHANNELS"),
        (_prefix(channels=NOT_FINITE), "EVENT_CHANNELS"),
    ],
)
def test_wrong_tensors_are_refused_by_name(engine: Engine, prefix: PrefixTensors, field: str):
    with pytest.raises(InvalidRequest) as refused:
        engine.submit(REQUEST, prefix, Reply())
    assert refused.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"max_new_tokens": 0},
        {"max_new_tokens": 1 << 40},
        {"content_from_block": 3},
        {"content_from_block": -1},
        {"grammar": "start: ("},
        {"grammar": 'start: "x"', "draft": "x"},
        {"user_text": "x" * 5000},
    ],
)
def test_wrong_requests_are_refused(engine: Engine, changes: dict[str, object]):
    with pytest.raises(InvalidRequest):
        engine.submit(replace(REQUEST, **changes), _prefix(), Reply())  # type: ignore[arg-type]


def test_text_ends_with_the_context(engine: Engine):
    text, last = start(engine, NOBODY, replace(LONG, user_text="x" * 4020)).all()
    assert isinstance(last, Finished)
    assert last.reason == "length"
    assert last.prompt_tokens + len(text) == 4096
