from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from language_events import SOURCE, any_event

from chartline.language.channels import CHANNELS, channels, time_origin
from chartline.record.event import Event, Instant, Quantity
from chartline.record.kinds import EventKind

HOUR = 3_600_000_000
LAB = Event("Patient/1", EventKind.LABORATORY, SOURCE, "k")


@given(st.lists(any_event(), max_size=8))
def test_finite_and_bounded_whatever_the_event_says(events: list[Event]) -> None:
    out = channels(events, time_origin(events))
    assert out.shape == (len(events), CHANNELS)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert np.abs(out).max(initial=0) <= 10


@given(st.lists(any_event(), min_size=1, max_size=8), st.lists(any_event(), max_size=4))
def test_a_row_depends_on_nothing_behind_it(events: list[Event], later: list[Event]) -> None:
    origin = time_origin(events)
    if origin is not None:
        assert time_origin([*events, *later]) == origin
    assert np.array_equal(channels([*events, *later], origin)[: len(events)], channels(events, origin))


def test_value_masks_and_flags() -> None:
    absent, zero, low, text = channels(
        [
            LAB,
            replace(LAB, quantity=Quantity("0")),
            replace(LAB, quantity=Quantity("-1.5"), interpretation="LL"),
            replace(LAB, quantity=Quantity("abc")),
        ],
        None,
    )
    assert absent[:3].tolist() == [0, 0, 0]
    assert zero[:3].tolist() == [1, 0, 0]
    assert low[0] == 1
    assert low[1] < 0
    assert low[3:7].tolist() == [1, 0, 1, 1]
    assert text[0] == 0
    assert absent[21:].tolist() == [float(k == EventKind.LABORATORY) for k in range(1, EventKind.DEATH + 1)]


def test_kinds_that_the_projector_never_saw_have_no_column() -> None:
    rows = channels([replace(LAB, kind=kind) for kind in EventKind], None)
    assert rows.shape == (len(EventKind), CHANNELS)
    assert rows[:, 21:].sum(axis=1).tolist() == [float(kind <= EventKind.DEATH) for kind in EventKind]


def test_times_and_durations() -> None:
    origin = Instant(10 * HOUR)
    first = replace(LAB, time=origin, end_time=Instant(34 * HOUR), available_time=Instant(11 * HOUR))
    second = replace(LAB, time=Instant(12 * HOUR))
    rows = channels([first, second], origin)
    logs = np.log1p([24.0, 1.0, 2.0]) / 8
    assert np.allclose(rows[0, [20, 18]], logs[:2])
    assert rows[0, 19] == 1
    assert np.allclose(rows[1, [8, 17]], logs[2])
    assert rows[1, 18:21].tolist() == [0, 0, 0]
