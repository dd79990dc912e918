"""For all tests: property tests are the same on CI each time, networks are computed by one thread, and no test works in
the call that another one began.
"""

import os
from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings

from chartline.rpc import context

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure() -> None:
    """Networks as small as those of tests are slower on two threads, which wait for each other where others compute."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def outside_any_call() -> Iterator[None]:
    """`begin_call` in a test that is no task stays in the main context, and with it a deadline that soon is over."""
    yield
    context._call.set(None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of parallel processes one runs all tests of a file, and one all of the cluster: what they share starts once."""
    for item in items:
        folder, file = item.path.parent, item.path
        item.add_marker(pytest.mark.xdist_group("cluster" if folder.name == "cluster" else str(file)))
