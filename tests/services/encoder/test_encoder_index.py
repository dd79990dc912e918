import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.encoder.index import ExactSearch


def unit_rows(randomness: np.random.Generator, rows: int) -> np.ndarray:
    vectors = randomness.normal(size=(rows, 384)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.integers(1, 64))
def test_recall_is_complete(seed: int, rows: int, count: int) -> None:
    randomness = np.random.default_rng(seed)
    block, query = unit_rows(randomness, rows), unit_rows(randomness, 1)[0]
    found = ExactSearch().nearest(query, block, count)
    scores = block @ query
    assert set(found.rows) == set(np.argsort(-scores)[:count])
    assert np.allclose(found.scores, np.sort(scores)[::-1][:count], atol=1e-5)


def test_an_empty_block_has_no_neighbours() -> None:
    found = ExactSearch().nearest(np.ones(384, np.float32), np.empty((0, 384), np.float32), 5)
    assert len(found.rows) == len(found.scores) == 0


def test_a_gpu_that_is_not_there_ends_the_start() -> None:
    faiss = pytest.importorskip("faiss")
    if hasattr(faiss, "StandardGpuResources"):
        pytest.skip("this FAISS has GPU support")
    with pytest.raises(RuntimeError):
        ExactSearch("cuda")
