"""Dates as a question says them, absolute or relative to now, as a span of the local clock."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chartline.record.plan import CalendarDate, CalendarWindow, Relation, TimeUnit
from chartline.record.times import DAY, EARLIEST, HOUR, LATEST, MINUTE, add, parse_instant, start_of

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SECOND = 1_000_000
#: A day and month without a year are looked for so far back; 29 February comes at least every eighth year.
_FURTHEST_BACK = 8 * 12


@dataclass(frozen=True, slots=True)
class Happening:
    """When events happened, on one clock: int64[N] each.

    `lengths` are those of the intervals that partial dates name, `ends` until when something certainly went on, and
    the start where it did not.
    """

    starts: Times
    lengths: Times
    ends: Times
    now: int


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in microseconds; EARLIEST and LATEST are the open ends."""

    start: int
    end: int

    def holds(self, when: Happening) -> Mask:
        """bool[N]: which of the times, or intervals of partial dates, lie in it, these with all of them that is past.

        What went on is in it where any of that is.
        """
        certain = when.starts + when.lengths
        mask: Mask = (when.starts >= self.start) & (when.starts < self.end)
        if when.lengths.any():
            mask &= np.minimum(certain, np.maximum(when.starts, when.now)) <= self.end
        went_on: Mask = (certain < when.ends) & (certain < self.end) & (when.ends > self.start)
        return mask | went_on


def calendar_span(window: CalendarWindow, now: int) -> Span | None:
    """The span of local time that the window names; None for a date that no calendar has. `now` is local."""
    start = _period(window.start, now)
    if start is None or (end := _end(window, start, now)) is None:
        return None
    if window.relation is Relation.SINCE:
        return Span(start.start, LATEST if window.end is None else end.end)
    if window.relation is Relation.BEFORE:
        return Span(EARLIEST, start.start)
    if window.relation is Relation.AFTER:
        return Span(end.end, LATEST)
    return Span(start.start, end.end)


def _end(window: CalendarWindow, start: Span, now: int) -> Span | None:
    """ "March to May" ends in the May after that March; behind a year stands the last May."""
    date = window.end
    if date is None:
        return start
    named = window.start.month is not None and date.month is not None and date.year is date.year_offset is None
    return _latest(date, add(start.start, 1, TimeUnit.YEAR) - 1) if named else _period(date, now)


def _period(date: CalendarDate, now: int) -> Span | None:
    """The day, month or year; without a year (month, day) it is the last that had begun by now."""
    if date.day_offset is not None:
        return _within_day(add(start_of(now, TimeUnit.DAY), date.day_offset, TimeUnit.DAY), date)
    if date.month_offset is not None:
        first = add(start_of(now, TimeUnit.MONTH), date.month_offset, TimeUnit.MONTH)
        return _dated(first, date) if date.day is not None else _whole(first, TimeUnit.MONTH)
    if date.year_offset is not None or date.year is not None:
        return _in_year(_year(date, now), date)
    return _latest(date, now)


def _year(date: CalendarDate, now: int) -> int | None:
    if date.year_offset is None:
        return None if date.year is None else _new_year(date.year)
    return add(start_of(now, TimeUnit.YEAR), date.year_offset, TimeUnit.YEAR)


def _in_year(year: int | None, date: CalendarDate) -> Span | None:
    if year is None or (date.month is None and date.day is not None):
        return None
    if date.month is None:
        return _whole(year, TimeUnit.YEAR)
    if not 1 <= date.month <= 12:
        return None
    first = add(year, date.month - 1, TimeUnit.MONTH)
    return _dated(first, date) if date.day is not None else _whole(first, TimeUnit.MONTH)


def _dated(first: int, date: CalendarDate) -> Span | None:
    """The day in the month that starts at `first`."""
    day = first + ((date.day or 0) - 1) * DAY
    return _within_day(day, date) if first <= day < add(first, 1, TimeUnit.MONTH) else None


def _within_day(day: int, date: CalendarDate) -> Span | None:
    """The day, or the hour, minute or second of it that is named."""
    parts = ((date.hour, HOUR, 24), (date.minute, MINUTE, 60), (date.second, _SECOND, 60))
    start, length = day, DAY
    for value, unit, limit in parts:
        if value is None:
            break
        if not 0 <= value < limit:
            return None
        start, length = start + value * unit, unit
    return Span(start, start + length)


def _latest(date: CalendarDate, now: int) -> Span | None:
    """The last such month, day of a month or time of day that had begun by now."""
    if date.month is None and date.day is None:
        today = start_of(now, TimeUnit.DAY)
        named = (_within_day(today - back * DAY, date) for back in range(2)) if date.hour is not None else ()
        return next((span for span in named if span is not None and span.start <= now), None)
    unit = TimeUnit.YEAR if date.month is not None else TimeUnit.MONTH
    for back in range(_FURTHEST_BACK):
        first = add(start_of(now, unit), -back, unit)
        span = _in_year(first, date) if unit is TimeUnit.YEAR else _dated(first, date)
        if span is not None and span.start <= now:
            return span
    return None


def _whole(start: int, unit: TimeUnit) -> Span:
    return Span(start, add(start, 1, unit))


def _new_year(year: int) -> int | None:
    return parse_instant(f"{year:04d}").unix_micros if 1 <= year <= 9999 else None
