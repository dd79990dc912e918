"""Token buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartline.errors import Exhausted
from chartline.rpc.quotas import Quotas


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_one_by_one() -> None:
    clock = Clock()
    quotas = Quotas(2.0, 3, clock)
    for _ in range(3):
        quotas.take("north")
    with pytest.raises(Exhausted) as failed:
        quotas.take("north")
    assert failed.value.retry_after == pytest.approx(0.5)
    quotas.take("south")
    clock.now += failed.value.retry_after
    quotas.take("north")
    with pytest.raises(Exhausted):
        quotas.take("north")


def test_zero_is_no_quota() -> None:
    quotas = Quotas(0.0, 1)
    for _ in range(1000):
        quotas.take("north")


@given(st.lists(st.floats(0, 2), max_size=200), st.integers(1, 5), st.floats(0.5, 10))
def test_never_more_than_the_burst_and_the_rate(pauses: list[float], burst: int, rate: float) -> None:
    clock, taken, waits = Clock(), 0, []
    quotas = Quotas(rate, burst, clock)
    for pause in pauses:
        clock.now += pause
        try:
            quotas.take("north")
            taken += 1
        except Exhausted as refused:
            waits.append(refused.retry_after)
    assert all(0 < wait <= 1 / rate + 1e-9 for wait in waits)
    assert taken <= burst + rate * clock.now + 1e-6
