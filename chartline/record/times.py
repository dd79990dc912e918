"""Clock and calendar: how a source's time becomes an `Instant`, and how windows are reckoned on a local clock.

Three kinds of integers, all microseconds: *unix* (UTC), *local* (what the clock on the wall showed, read as if it were
UTC) and durations. Calendar words (today, this month) belong to the local clock; nothing here asks for the machine's.
"""

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from chartline.record.event import Instant, TimePrecision
from chartline.record.plan import TimeUnit

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

#: What stands for "no time" in arrays, and the open ends of windows.
NO_TIME = int(np.iinfo(np.int64).min)
EARLIEST = NO_TIME + 1
LATEST = int(np.iinfo(np.int64).max)

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Units of calendar or duration that may be added at once.
LONGEST = 100_000

_FIRST = (date(1, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY
_LAST = (date(9999, 12, 31).toordinal() - _EPOCH_ORDINAL + 1) * DAY - 1
_NEVER = (date(9999, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY
_LARGEST_OFFSET = 18 * 60
# FHIR R4 dateTime, and the same with a blank as SQL writes it; seconds and zone may be missing as some sources do.
_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s?(Z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII
)
_PARTIAL_UNIT = {
    TimePrecision.YEAR: TimeUnit.YEAR,
    TimePrecision.MONTH: TimeUnit.MONTH,
    TimePrecision.DAY: TimeUnit.DAY,
}
_FIXED = {
    TimeUnit.MINUTE: MINUTE,
    TimeUnit.HOUR: HOUR,
    TimeUnit.DAY: DAY,
    TimeUnit.WEEK: 7 * DAY,
}


# --- text ------------------------------------------------------------------------------------------------------------


def parse_instant(text: str) -> Instant:
    """Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `YYYY-MM-DD[T ]hh:mm[:ss[.ffffff]][Z|±hh:mm]`.

    Digits beyond microseconds are cut. Raises ValueError for anything else.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a date or time")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    days = date(int(year), int(month or 1), int(day or 1)).toordinal() - _EPOCH_ORDINAL
    if hour is None:
        return Instant(days * DAY, None, _date_precision(month, day))
    local = days * DAY + _time_of_day(int(hour), int(minute), int(second or 0), fraction or "")
    offset = _offset_minutes(zone) if zone else None
    return Instant(local - (offset or 0) * MINUTE, offset, _time_precision(second, fraction))


def _date_precision(month: str | None, day: str | None) -> TimePrecision:
    if day:
        return TimePrecision.DAY
    return TimePrecision.MONTH if month else TimePrecision.YEAR


def _time_precision(second: str | None, fraction: str | None) -> TimePrecision:
    if fraction:
        return TimePrecision.MICROSECOND
    return TimePrecision.SECOND if second else TimePrecision.MINUTE


def _time_of_day(hour: int, minute: int, second: int, fraction: str) -> int:
    if hour > 23 or minute > 59 or second > 60:  # 60 is a leap second
        raise ValueError("no such time of day")
    return hour * HOUR + minute * MINUTE + second * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def _offset_minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    if int(zone[-2:]) > 59 or minutes > _LARGEST_OFFSET:
        raise ValueError("no such time zone")
    return -minutes if zone[0] == "-" else minutes


def format_instant(instant: Instant) -> str:
    """The instant on its own local clock, exactly as precise as it is known; `parse_instant` reads it back."""
    moment = _EPOCH + timedelta(microseconds=local_micros(instant))
    text = f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"
    if instant.precision <= TimePrecision.DAY:
        return text[: {TimePrecision.YEAR: 4, TimePrecision.MONTH: 7, TimePrecision.DAY: 10}[instant.precision]]
    text += f"T{moment.hour:02d}:{moment.minute:02d}"
    if instant.precision >= TimePrecision.SECOND:
        text += f":{moment.second:02d}"
    if instant.precision == TimePrecision.MICROSECOND:
        text += f".{moment.microsecond:06d}"
    return text + _format_offset(instant.offset_minutes)


def _format_offset(offset: int | None) -> str:
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    return f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"


# --- local clock -----------------------------------------------------------------------------------------------------


def local_micros(instant: Instant) -> int:
    """What the clock on the wall showed."""
    return instant.unix_micros + (instant.offset_minutes or 0) * MINUTE


def check_instant(instant: Instant) -> None:
    """Raises ValueError for an instant outside the years 1 to 9999 or with an offset that no zone has."""
    offset = instant.offset_minutes or 0
    if abs(offset) > _LARGEST_OFFSET or not _FIRST <= instant.unix_micros + offset * MINUTE <= _LAST:
        raise ValueError("an instant lies outside the calendar")


def is_never(instant: Instant) -> bool:
    """Whether it lies in the year 9999, which databases write for the end of what is open and for what never was."""
    return local_micros(instant) >= _NEVER


def instant_at(local: int, like: Instant, precision: TimePrecision = TimePrecision.SECOND) -> Instant:
    """The instant at which the clock of `like` shows `local`."""
    return Instant(local - (like.offset_minutes or 0) * MINUTE, like.offset_minutes, precision)


def interval_end(instant: Instant) -> int:
    """Unix microseconds at which the interval that a partial date names is over; a clock time is its own end.

    A fact dated 2024-03 was certainly known only when March was over. The calendar ends with the year 9999.
    """
    unit = _PARTIAL_UNIT.get(instant.precision)
    if unit is None:
        return instant.unix_micros
    return instant.unix_micros + min(add(local_micros(instant), 1, unit), _LAST) - local_micros(instant)


def moment_of(instant: Instant) -> Instant:
    """The last microsecond of what a partial date names, as with a now or an as_of; a clock time itself."""
    if instant.precision > TimePrecision.DAY:
        return instant
    return Instant(interval_end(instant) - 1, instant.offset_minutes, TimePrecision.MICROSECOND)


# --- calendar --------------------------------------------------------------------------------------------------------


def start_of(local: int, unit: TimeUnit) -> int:
    """Start of the minute, hour, day, ISO week, month or year in which `local` lies."""
    return int(starts_of(np.array([local], dtype=np.int64), unit)[0])


def starts_of(local: npt.NDArray[np.int64], unit: TimeUnit) -> npt.NDArray[np.int64]:
    """`start_of` for int64[N]."""
    if unit in (TimeUnit.MONTH, TimeUnit.YEAR):
        code = "M" if unit == TimeUnit.MONTH else "Y"
        floored = local.view("datetime64[us]").astype(f"datetime64[{code}]")
        return floored.astype("datetime64[us]").astype(np.int64)
    # 1 January 1970 was a Thursday; ISO weeks start on Monday.
    shift = 3 * DAY if unit == TimeUnit.WEEK else 0
    length = _FIXED[unit]
    return (local + shift) // length * length - shift


def add(local: int, amount: int, unit: TimeUnit) -> int:
    """`amount` units later; a month or year later is the same day, or the month's last where there is none.

    Amounts beyond `LONGEST` are cut to it: no chart is that long, and integers have an end.
    """
    amount = max(-LONGEST, min(amount, LONGEST))
    if unit in _FIXED:
        return local + amount * _FIXED[unit]
    month_start = start_of(local, TimeUnit.MONTH)
    months = np.datetime64(month_start, "us").astype("datetime64[M]") + amount * (12 if unit == TimeUnit.YEAR else 1)
    target = int(months.astype("datetime64[us]").astype(np.int64))
    following = int((months + 1).astype("datetime64[us]").astype(np.int64))
    into_month = local - month_start
    last_day = following - DAY + into_month % DAY
    return min(target + into_month, last_day)
