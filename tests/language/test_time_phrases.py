import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartline.language.time_phrases import TimePhraseError, parse_date, parse_window, say_date, say_recent
from chartline.record.plan import CalendarDate, CalendarWindow, RecentWindow, Relation, TimeUnit


@pytest.mark.parametrize(
    ("phrase", "date"),
    [
        ("2100", CalendarDate(year=2100)),
        ("2100-03", CalendarDate(year=2100, month=3)),
        ("2100-03-05", CalendarDate(year=2100, month=3, day=5)),
        ("2100-01-17 14:00:00", CalendarDate(year=2100, month=1, day=17, hour=14, minute=0, second=0)),
        ("03/2100", CalendarDate(year=2100, month=3)),
        ("12/29/2100", CalendarDate(year=2100, month=12, day=29)),
        ("29/12/2100", CalendarDate(year=2100, month=12, day=29)),
        ("12/29/this year", CalendarDate(year_offset=0, month=12, day=29)),
        ("12/last year", CalendarDate(year_offset=-1, month=12)),
        ("this month/02", CalendarDate(month_offset=0, day=2)),
        ("today", CalendarDate(day_offset=0)),
        ("yesterday", CalendarDate(day_offset=-1)),
        ("the previous year", CalendarDate(year_offset=-1)),
        ("last month", CalendarDate(month_offset=-1)),
        ("December 2100", CalendarDate(year=2100, month=12)),
        ("Dec 3rd, 2100", CalendarDate(year=2100, month=12, day=3)),
        ("3 December 2100", CalendarDate(year=2100, month=12, day=3)),
        ("December 29", CalendarDate(month=12, day=29)),
        ("29 December at 10:30", CalendarDate(month=12, day=29, hour=10, minute=30)),
        ("May", CalendarDate(month=5)),
        ("march this year", CalendarDate(year_offset=0, month=3)),
        ("3 days ago", CalendarDate(day_offset=-3)),
    ],
)
def test_reads_dates_as_people_write_them(phrase: str, date: CalendarDate) -> None:
    assert parse_date(phrase) == date


@pytest.mark.parametrize("phrase", ["", "soon", "13/32/2100", "2100-13", "99:99", "03/2100 and more"])
def test_what_names_no_time_is_an_error(phrase: str) -> None:
    with pytest.raises(TimePhraseError):
        parse_date(phrase)


def test_since_some_time_ago_and_the_past_hours_end_at_now() -> None:
    assert parse_window(Relation.SINCE, "12 months ago") == RecentWindow(12, TimeUnit.MONTH)
    assert parse_window(Relation.IN, "past 24 hours") == RecentWindow(24, TimeUnit.HOUR)
    assert parse_window(Relation.IN, "last 2 days") == RecentWindow(2, TimeUnit.DAY)
    assert parse_window(Relation.IN, "last month") == CalendarWindow(Relation.IN, CalendarDate(month_offset=-1))


def test_a_range_keeps_both_ends() -> None:
    window = parse_window(Relation.IN, "03/2100", "2100-05-02")
    assert window == CalendarWindow(
        Relation.IN, CalendarDate(year=2100, month=3), CalendarDate(year=2100, month=5, day=2)
    )


_absolute = st.builds(
    CalendarDate, year=st.integers(1900, 2200), month=st.integers(1, 12), day=st.none() | st.integers(1, 31)
)
_relative = st.one_of(
    st.builds(CalendarDate, month=st.integers(1, 12), day=st.none() | st.integers(1, 31)),
    st.builds(CalendarDate, day_offset=st.integers(-400, 1)),
    st.builds(CalendarDate, month_offset=st.integers(-1, 1), day=st.none() | st.integers(1, 31)),
    st.builds(CalendarDate, year_offset=st.integers(-1, 1), month=st.none() | st.integers(1, 12)),
)


@given(_absolute | _relative)
def test_what_is_said_is_read_back(date: CalendarDate) -> None:
    assert parse_date(say_date(date)) == date


@given(st.integers(1, 9999), st.sampled_from(TimeUnit))
def test_recent_windows_are_read_back(amount: int, unit: TimeUnit) -> None:
    window = RecentWindow(amount, unit)
    assert parse_window(Relation.IN, say_recent(window)) == window


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_an_error(text: str) -> None:
    with contextlib.suppress(TimePhraseError):
        parse_date(text)
