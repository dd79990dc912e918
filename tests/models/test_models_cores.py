"""What only loads a model takes one core; who comes later computes on all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from chartline.models.cores import one_core


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_one_core_inside_and_all_of_them_behind() -> None:
    with one_core():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_a_failure_inside_takes_no_cores_away() -> None:
    with pytest.raises(ValueError, match="broken"), one_core():
        raise ValueError("broken")
    assert torch.get_num_threads() == 2


def test_a_thread_that_begins_later_has_all_cores() -> None:
    with one_core():
        torch.ones(1 << 16).sum()
    with ThreadPoolExecutor(1) as later:
        assert later.submit(torch.get_num_threads).result() == 2
