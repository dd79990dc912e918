"""Rounds in which every way takes its turn, so that what else the machine does hits all of them alike."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

Measured = TypeVar("Measured")


def paired(rounds: int, ways: Mapping[str, Callable[[], Measured]]) -> dict[str, list[Measured]]:
    """What each way measured in each round; every second round runs in the reverse order, a first one warms up."""
    measured: dict[str, list[Measured]] = {name: [] for name in ways}
    for number in range(-1, rounds):
        names = list(ways) if number % 2 == 0 else list(reversed(ways))
        for name in names:
            value = ways[name]()
            if number >= 0:
                measured[name].append(value)
    return measured


def seconds(call: Callable[[], object]) -> float:
    """How long the call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def rate(work: Callable[[], int]) -> float:
    """How many a second the work does; it returns how many it did."""
    begun = time.perf_counter()
    return work() / (time.perf_counter() - begun)
