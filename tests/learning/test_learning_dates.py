"""Words for a moment name a time in which it lies, whatever the moment and whenever they are said."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chartline.language.time_phrases import parse_window
from chartline.learning.generation.dates import (
    ago_words,
    date_words,
    day_words,
    period_ago_words,
    period_words,
    recent_words,
)
from chartline.record.calendar_windows import calendar_span
from chartline.record.plan import CalendarWindow, RecentWindow, Relation
from chartline.record.times import add

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PASSED = st.one_of(
    st.timedeltas(timedelta(minutes=1), timedelta(days=3)), st.timedeltas(timedelta(days=3), timedelta(days=900))
)
SEEDS = st.integers(0, 10_000)


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def lies_in(at: datetime, now: datetime, relation: Relation, phrase: str) -> bool:
    window = parse_window(relation, phrase)
    if isinstance(window, RecentWindow):
        return add(micros(now), -window.amount, window.unit) <= micros(at) <= micros(now)
    assert isinstance(window, CalendarWindow)
    span = calendar_span(window, micros(now))
    return span is not None and span.start <= micros(at) < span.end


@given(MOMENTS, PASSED, SEEDS)
def test_a_date_names_its_moment(now: datetime, passed: timedelta, seed: int) -> None:
    at = now - passed
    assert lies_in(at, now, Relation.IN, date_words(at, now, random.Random(seed)))


@given(MOMENTS, PASSED, SEEDS)
def test_a_day_as_people_say_it_names_its_moment(now: datetime, passed: timedelta, seed: int) -> None:
    at = now - passed
    said = day_words(at, now, random.Random(seed))
    assert lies_in(at, now, Relation.IN, said)
    assert str(at.year) in said or at.year == now.year


@given(MOMENTS, PASSED, SEEDS)
def test_what_was_ago_lies_in_the_time_since(now: datetime, passed: timedelta, seed: int) -> None:
    at = now - passed
    assert lies_in(at, now, Relation.SINCE, ago_words(at, now, random.Random(seed)))
    assert lies_in(at, now, Relation.IN, recent_words(at, now, random.Random(seed)))


@given(MOMENTS, st.timedeltas(timedelta(days=70), timedelta(days=290)), SEEDS)
def test_a_period_so_long_ago_holds_its_moment(now: datetime, passed: timedelta, seed: int) -> None:
    at = now - passed
    assert lies_in(at, now, Relation.IN, period_ago_words(at, now, random.Random(seed)))


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=300)), SEEDS)
def test_a_named_period_holds_its_moment(now: datetime, passed: timedelta, seed: int) -> None:
    at = now - passed
    assert lies_in(at, now, Relation.IN, period_words(at, now, random.Random(seed)))
