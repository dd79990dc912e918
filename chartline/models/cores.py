"""All cores for the one thread that serves a model, and none for those that only load it.

libgomp keeps a pool of threads for every thread that has ever computed on several cores. Once a process has more of
them than cores, it puts them to sleep between any two loops instead of letting them wait a moment (libgomp's
`gomp_throttled_spin_count`), and a model has a thousand loops a token: tokens took twice as long.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_core() -> Iterator[None]:
    """What torch computes in here leaves no pool behind; threads that begin later compute on all cores again."""
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(cores)
