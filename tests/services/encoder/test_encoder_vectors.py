from collections.abc import Iterator

import numpy as np
import pytest
from encoder_events import delivery, lab
from encoder_fakes import WordEncoder
from sqlalchemy import func, select

from chartline.errors import Exhausted, Unavailable
from services.encoder.batching import EncodingWorker
from services.encoder.record.database import Database
from services.encoder.record.store import RecordStore
from services.encoder.record.tables import pending
from services.encoder.vectors import SentenceVectors


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def worker(encoder: WordEncoder) -> Iterator[EncodingWorker]:
    running = EncodingWorker(encoder, max_waiting=128)
    yield running
    encoder.gate.set()
    running.close()


def test_waiting_texts_are_encoded_together_and_each_once(encoder: WordEncoder, worker: EncodingWorker) -> None:
    encoder.gate.clear()
    first = worker.submit(["one"])
    while not encoder.calls:
        pass
    others = [worker.submit(["two", "three"]), worker.submit(["three", "one"])]
    encoder.gate.set()
    assert np.array_equal(others[1].result()[1], first.result()[0])
    assert np.array_equal(others[0].result()[1], others[1].result()[0])
    assert encoder.calls == [["one"], ["two", "three", "one"]]


def test_a_full_queue_says_so_and_a_closed_one_too(encoder: WordEncoder, worker: EncodingWorker) -> None:
    encoder.gate.clear()
    accepted = worker.submit(["a"] * 100)
    with pytest.raises(Exhausted):
        worker.submit(["b"] * 29)
    encoder.gate.set()
    assert accepted.result().shape == (100, 384)
    worker.close()
    with pytest.raises(Unavailable):
        worker.submit(["c"])


def test_a_failing_model_fails_those_who_wait_and_nobody_else(encoder: WordEncoder) -> None:
    class Failing(WordEncoder):
        def encode(self, texts: object) -> np.ndarray:
            if "bad" in texts:
                raise RuntimeError("model")
            return super().encode(texts)

    worker = EncodingWorker(Failing(), max_waiting=8)
    with pytest.raises(RuntimeError):
        worker.submit(["bad"]).result()
    assert worker.submit(["good"]).result().shape == (1, 384)
    worker.close()


def test_a_vector_is_computed_once_for_ever(database: Database, encoder: WordEncoder, worker: EncodingWorker) -> None:
    vectors = SentenceVectors(database, worker, max_in_memory=2)
    vectors.load()
    texts = [f"sentence {i}" for i in range(150)]
    first = vectors.of([*texts, texts[0]])
    assert first.shape == (151, 384)
    assert np.array_equal(first[0], first[-1])
    assert sum(map(len, encoder.calls)) == 150
    assert max(map(len, encoder.calls)) <= 64
    again = SentenceVectors(database, worker, max_in_memory=1_000)
    assert again.load() == 150
    assert np.array_equal(again.of(texts), first[:-1])
    assert sum(map(len, encoder.calls)) == 150
    assert again.of([]).shape == (0, 384)


def test_another_model_computes_all_anew(database: Database, encoder: WordEncoder, worker: EncodingWorker) -> None:
    vectors = SentenceVectors(database, worker, max_in_memory=10)
    vectors.load()
    RecordStore(database).append("t", [delivery(lab(1)), delivery(lab(2))])
    vectors.of(["text"])
    with database.writing() as connection:
        connection.execute(pending.delete())
    other_worker = EncodingWorker(WordEncoder("other"), max_waiting=8)
    other = SentenceVectors(database, other_worker, max_in_memory=10)
    assert other.load() == 0
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(pending)) == 2
    other_worker.close()
