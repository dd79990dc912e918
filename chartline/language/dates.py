"""How times are shown in an answer: the local clock at the precision the source knew, zero seconds dropped."""

from datetime import UTC, datetime, timedelta

from chartline.record.event import Instant, TimePrecision
from chartline.record.times import DAY, local_micros

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_LENGTHS = {TimePrecision.YEAR: 4, TimePrecision.MONTH: 7, TimePrecision.DAY: 10}


def clock(instant: Instant) -> datetime:
    """What the clock on the wall showed, read as if it were UTC."""
    return _EPOCH + timedelta(microseconds=local_micros(instant))


def show(instant: Instant) -> str:
    """For example 2100, 2100-12, 2100-12-03, 2100-12-03 02:37 or 2100-12-03 02:37:05; the zone is not shown."""
    moment = clock(instant)
    date = f"{moment.year:04}-{moment:%m-%d}"
    if instant.precision <= TimePrecision.DAY:
        return date[: _DATE_LENGTHS[instant.precision]]
    seconds = f":{moment:%S}" if moment.second or moment.microsecond else ""
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{date} {moment:%H:%M}{seconds}{fraction}"


def show_window(start: Instant | None, end: Instant | None) -> str:
    """A half-open window [start, end) in words; a whole calendar day, month or year by its name."""
    if start is None or end is None:
        return f"since {_edge(start)}" if start else f"before {_edge(end)}" if end else ""
    first, after = clock(start), clock(end)
    for precision, following in ((TimePrecision.YEAR, _next_year), (TimePrecision.MONTH, _next_month)):
        if first == _start_of(first, precision) and after == following(first):
            return f"in {show(Instant(start.unix_micros, start.offset_minutes, precision))}"
    if after - first in (timedelta(seconds=1), timedelta(minutes=1)):
        return f"at {show(start)}"
    if first.time() != after.time() or first.hour or first.minute or first.second:
        return f"between {_edge(start)} and {_edge(end)}"
    return _days(start, end)


def _days(start: Instant, end: Instant) -> str:
    last = Instant(end.unix_micros - DAY, end.offset_minutes, TimePrecision.DAY)
    day = _edge(start)
    return f"on {day}" if clock(last) == clock(start) else f"from {day} to {show(last)}"


def _edge(instant: Instant) -> str:
    """A bound at midnight is a day."""
    moment = clock(instant)
    midnight = not (moment.hour or moment.minute or moment.second or moment.microsecond)
    precision = min(instant.precision, TimePrecision.DAY) if midnight else instant.precision
    return show(Instant(instant.unix_micros, instant.offset_minutes, precision))


def _start_of(moment: datetime, precision: TimePrecision) -> datetime:
    month = 1 if precision is TimePrecision.YEAR else moment.month
    return datetime(moment.year, month, 1, tzinfo=UTC)


def _next_month(moment: datetime) -> datetime:
    return datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)


def _next_year(moment: datetime) -> datetime:
    return datetime(moment.year + 1, 1, 1, tzinfo=UTC)
