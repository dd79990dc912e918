"""Clock and calendar: text to instants and back, and arithmetic on the local clock."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from chartline.record.event import Instant, TimePrecision
from chartline.record.plan import TimeUnit
from chartline.record.times import (
    DAY,
    add,
    check_instant,
    format_instant,
    instant_at,
    interval_end,
    is_never,
    local_micros,
    parse_instant,
    start_of,
    starts_of,
)

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the oracle reckons on a naive local clock, as the code does
MOMENTS = st.datetimes(min_value=datetime(1850, 1, 1), max_value=datetime(2250, 1, 1))  # noqa: DTZ001
OFFSETS = st.none() | st.integers(-14 * 60, 14 * 60)


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T10:15", "2024-03-05T10:15"),
        ("2024-03-05 10:15:07", "2024-03-05T10:15:07"),
        ("2024-03-05T10:15:07Z", "2024-03-05T10:15:07Z"),
        ("2024-03-05T10:15:07.5-05:00", "2024-03-05T10:15:07.500000-05:00"),
        ("2024-03-05 10:15:07 +0530", "2024-03-05T10:15:07+05:30"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_each_form_is_read_and_written_as_precisely_as_it_came(text: str, expected: str) -> None:
    assert format_instant(parse_instant(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-13",
        "2024-02-30",
        "2024-3-5",
        "2024-03-05T24:00:00",
        "2024-03-05T10",
        "0000-01-01",
        "12:30",
        "2024-03-05T10:15:07+19:00",
        "2024-03-05T10:15:07+05:75",
        "20240305",
        "２０２４",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_instant(text)


@given(MOMENTS, OFFSETS, st.sampled_from(TimePrecision))
def test_text_keeps_every_instant(moment: datetime, offset: int | None, precision: TimePrecision) -> None:
    unit = {1: TimeUnit.YEAR, 2: TimeUnit.MONTH, 3: TimeUnit.DAY, 4: TimeUnit.MINUTE}.get(precision)
    local = micros(moment)
    if unit is not None:
        local = start_of(local, unit)
    elif precision == TimePrecision.SECOND:
        local = local // 1_000_000 * 1_000_000
    like = Instant(0, None if precision <= TimePrecision.DAY else offset)
    instant = instant_at(local, like, precision)
    assert parse_instant(format_instant(instant)) == instant
    assert local_micros(instant) == local


@pytest.mark.parametrize(
    ("text", "end"),
    [("2024", "2025-01-01"), ("2024-02", "2024-03-01"), ("2024-12-31", "2025-01-01"), ("2024-02-01 10:15", None)],
)
def test_a_partial_date_is_known_at_the_end_of_the_interval_it_names(text: str, end: str | None) -> None:
    assert interval_end(parse_instant(text)) == parse_instant(end or text).unix_micros


@pytest.mark.parametrize("text", ["9999", "9999-12", "9999-12-31"])
def test_no_interval_ends_beyond_the_calendar(text: str) -> None:
    check_instant(Instant(interval_end(parse_instant(text)), None))


def test_the_year_9999_is_never() -> None:
    assert all(map(is_never, map(parse_instant, ("9999", "9999-12-31", "9999-12-31T23:59:59-05:00"))))
    assert not is_never(parse_instant("9998-12-31T23:59:59-05:00"))


@given(MOMENTS, st.integers(-500, 500), st.sampled_from([TimeUnit.DAY, TimeUnit.WEEK, TimeUnit.MONTH, TimeUnit.YEAR]))
def test_adding_agrees_with_dateutil(moment: datetime, amount: int, unit: TimeUnit) -> None:
    if unit == TimeUnit.YEAR:
        amount //= 5
    step = {
        TimeUnit.DAY: relativedelta(days=amount),
        TimeUnit.WEEK: relativedelta(weeks=amount),
        TimeUnit.MONTH: relativedelta(months=amount),
        TimeUnit.YEAR: relativedelta(years=amount),
    }[unit]
    assert add(micros(moment), amount, unit) == micros(moment + step)


@given(MOMENTS)
def test_starts_agree_with_datetime(moment: datetime) -> None:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    local = micros(moment)
    assert start_of(local, TimeUnit.HOUR) == micros(moment.replace(minute=0, second=0, microsecond=0))
    assert start_of(local, TimeUnit.DAY) == micros(day)
    assert start_of(local, TimeUnit.WEEK) == micros(day - timedelta(days=day.weekday()))
    assert start_of(local, TimeUnit.MONTH) == micros(day.replace(day=1))
    assert start_of(local, TimeUnit.YEAR) == micros(day.replace(month=1, day=1))


def test_starts_of_many() -> None:
    local = np.array([0, DAY - 1, DAY, -1], dtype=np.int64)
    assert starts_of(local, TimeUnit.DAY).tolist() == [0, 0, DAY, -DAY]


def test_an_instant_outside_the_calendar_is_refused() -> None:
    check_instant(parse_instant("9999-12-31T23:59:59-12:00"))
    for wrong in (Instant(2**62), Instant(-(2**62)), Instant(0, 18 * 60 + 1)):
        with pytest.raises(ValueError):
            check_instant(wrong)
