"""Rounds in which every way takes its turn, so that what else the machine does hits all of them alike."""

import time
from collections.abc import Callable, Mapping

#: Measures one way once; a rate or a duration, as the bench says.
Way = Callable[[], float]


def paired(rounds: int, ways: Mapping[str, Way], warm_up: bool = True) -> dict[str, list[float]]:
    """What each way measured in each round; every second round runs in the reverse order, a first one warms up."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-1 if warm_up else 0, rounds):
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
