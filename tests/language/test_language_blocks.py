from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_events import SOURCE, any_event

from chartline.language.blocks import BLOCK_EVENTS, Block, prefix_blocks, prefix_order, window_start
from chartline.record.event import Event, Instant, Quantity
from chartline.record.kinds import EventKind

HOUR = 3_600_000_000


def chart(size: int, kind: EventKind = EventKind.LABORATORY, step: int = HOUR // 4) -> list[Event]:
    times = [Instant(i * step) for i in range(size)]
    return [
        Event("Patient/1", kind, SOURCE, str(i), display="Sodium", time=t, available_time=t, event_key=f"{i:032x}")
        for i, t in enumerate(times)
    ]


def digests(blocks: tuple[Block, ...]) -> list[bytes]:
    return [b.digest for b in blocks]


@settings(max_examples=40, deadline=None)
@given(st.lists(any_event(), min_size=1, max_size=6), st.integers(0, 140), st.data())
def test_appending_changes_no_full_block(odd: list[Event], size: int, data: st.DataObject) -> None:
    ordered = prefix_order([*chart(size), *odd])
    cut = data.draw(st.integers(0, len(ordered)))
    before, after = prefix_blocks(ordered[:cut]), prefix_blocks(ordered)
    full = cut // BLOCK_EVENTS
    assert digests(before)[:full] == digests(after)[:full]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_correction_changes_its_block_and_those_behind(size: int, data: st.DataObject) -> None:
    events = chart(size)
    at = data.draw(st.integers(0, size - 1))
    corrected = [*events[:at], replace(events[at], quantity=Quantity("9", "mmol/L")), *events[at + 1 :]]
    before, after = digests(prefix_blocks(events)), digests(prefix_blocks(corrected))
    same = [a == b for a, b in zip(before, after, strict=True)]
    assert same == [i < at // BLOCK_EVENTS for i in range(len(before))]


@given(st.permutations(chart(70)))
def test_order_of_arrival_does_not_matter(shuffled: list[Event]) -> None:
    assert digests(prefix_blocks(shuffled)) == digests(prefix_blocks(chart(70)))


def test_blocks_carry_their_events() -> None:
    blocks = prefix_blocks(chart(150))
    assert [len(b.events) for b in blocks] == [64, 64, 22]
    assert all(b.channels.shape[0] == len(b.events) == len(b.sentences) for b in blocks)
    assert [e for b in blocks for e in b.events] == chart(150)
    assert np.isfinite(np.concatenate([b.channels for b in blocks])).all()
    assert prefix_blocks([]) == ()


def test_over_budget_charted_rows_are_thinned_to_one_an_hour() -> None:
    vitals = chart(400, EventKind.VITAL)
    rows = [e for b in prefix_blocks(vitals, budget=256) for e in b.events]
    assert rows == vitals[::4]
    assert sum(b.events.__len__() for b in prefix_blocks(vitals, budget=400)) == 400


@pytest.mark.parametrize("budget", [64, 256, 2048])
def test_the_window_moves_in_whole_blocks_and_rarely(budget: int) -> None:
    starts = [window_start(rows, budget) for rows in range(4 * budget)]
    assert all(start % BLOCK_EVENTS == 0 for start in starts)
    assert all(rows - start <= budget for rows, start in enumerate(starts))
    assert starts == sorted(starts)
    assert len(set(starts)) <= 14
    assert all(rows - start > 0 for rows, start in enumerate(starts) if rows)


def test_within_a_window_appending_changes_no_full_block() -> None:
    events = chart(700)
    start = window_start(600, 256)
    last = max(rows for rows in range(600, 700) if window_start(rows, 256) == start)
    before, after = digests(prefix_blocks(events[:600], 256)), digests(prefix_blocks(events[:last], 256))
    full = (600 - start) // BLOCK_EVENTS
    assert before[:full] == after[:full]
