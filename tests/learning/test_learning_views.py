"""A view shows what was known at one moment, and nothing that came after it."""

import random

from generation_parts import train_view, views

from chartline.learning.generation.charts import generate_chart
from chartline.learning.generation.views import SHORT, draw_now, draw_view
from chartline.record.event import Instant
from chartline.record.kinds import EventKind
from chartline.record.times import LATEST, interval_end
from chartline.record.versions import states


def test_a_view_holds_only_what_was_known_at_its_moment() -> None:
    for view in (*views(), *views(True)):
        until = interval_end(view.known_until)
        for event in view.chart.events:
            assert event.available_time is None or interval_end(event.available_time) <= until


def test_a_stay_that_lasts_has_no_end_yet() -> None:
    """Of charts cut in mid-stay neither the end nor where the patient went is known."""
    lasting = 0
    for view in views():
        for index in view.chart.of_kind(EventKind.ENCOUNTER).tolist():
            event = view.chart.events[index]
            assert event.end_time is None or event.end_time.unix_micros <= view.known_until.unix_micros
            if view.chart.ends[index] == LATEST:
                lasting += 1
                assert event.attribute("discharge_location") is None
    assert lasting > 5


def test_billed_diagnoses_are_not_known_before_the_stay_is_over() -> None:
    chart = generate_chart(3, 200)
    billed = [event for event in chart if event.attribute("rank")]
    assert billed
    for event in billed:
        assert event.time is not None
        just_before = Instant(event.time.unix_micros + 1, event.time.offset_minutes)
        assert event.event_key not in {known.event_key for known in states(chart, just_before)}


def test_a_short_view_is_short_and_has_many_kinds() -> None:
    assert all(len(view.chart.events) <= SHORT and view.short for view in views(True))
    kinds = [len(view.chart.by_kind) for view in views(True)]
    assert sum(kinds) / len(kinds) > 7


def test_a_question_is_asked_when_all_of_the_view_is_known() -> None:
    rng = random.Random(1)
    nows = [draw_now(train_view(), rng).unix_micros for _ in range(200)]
    last = train_view().known_until.unix_micros
    assert min(nows) == last
    assert nows.count(last) < 150


def test_the_same_draw_gives_the_same_view() -> None:
    chart = generate_chart(5, 120)
    one, other = (draw_view("Patient/5", 1, chart, random.Random(9), short=True) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.chart.events == other.chart.events
    assert {event.patient for event in one.chart.events} == {"Patient/5#1"}


def test_a_record_of_next_to_nothing_gives_no_view() -> None:
    chart = generate_chart(5, 60)[:4]
    assert draw_view("Patient/5", 1, chart, random.Random(1), short=True) is None
