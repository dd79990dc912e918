"""Times in running text: ISO, "3 December 2100, 02:37", "December 3, 2100 at 2:37 PM", "December 2100"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chartline.language.dates import clock
from chartline.record.event import Instant, TimePrecision
from chartline.record.plan import TimeUnit
from chartline.record.times import add, local_micros

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "(?P<name>" + "|".join(f"{m[:3]}(?:{m[3:]})?" if m != "may" else m for m in _MONTHS) + r")\.?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
_AFTER = r"(?:(?:T|,?\s*(?:at\s+)?|\s*\((?:at\s+)?)" + _CLOCK + ")?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = (
    r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d)" + _AFTER + ")?",
    _DAY + r"\s+(?:of\s+)?" + _MONTH + r",?\s+(?P<year>\d{4})" + _AFTER,
    _MONTH + r"\s+" + _DAY + r",?\s+(?P<year>\d{4})" + _AFTER,
    _MONTH + r",?\s+(?:of\s+)?(?P<year>\d{4})",
)
_END = r"(?![\w/])(?!:\d)(?!-\d)(?!\.\d)(?!,\d)"
_PATTERNS = [re.compile(rf"(?<![\w./:-]){form}{_END}", re.IGNORECASE) for form in _DATES]
_CLOCK_FIRST = re.compile(_CLOCK + r"\s+on\s+(?=\w)", re.IGNORECASE)
_UNITS = {
    TimePrecision.YEAR: TimeUnit.YEAR,
    TimePrecision.MONTH: TimeUnit.MONTH,
    TimePrecision.DAY: TimeUnit.DAY,
    TimePrecision.MINUTE: TimeUnit.MINUTE,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """The interval a time names on the local clock, in microseconds: [start, end)."""

    start: int
    end: int

    @classmethod
    def of(cls, instant: Instant) -> Moment:
        """The interval of what `dates.show` shows: a minute where the seconds are zero."""
        start, moment = local_micros(instant), clock(instant)
        if instant.precision > TimePrecision.MINUTE and not moment.second and not moment.microsecond:
            return cls.at(start, TimePrecision.MINUTE)
        return cls.at(start, instant.precision)

    @classmethod
    def at(cls, start: int, precision: TimePrecision) -> Moment:
        if precision is TimePrecision.MICROSECOND:
            return cls(start, start + 1)
        unit = _UNITS.get(precision)
        return cls(start, add(start, 1, unit) if unit else start + 1_000_000)

    def covers(self, other: Moment) -> bool:
        return self.start <= other.start and other.end <= self.end


def read_moment(text: str, position: int) -> tuple[Moment, int] | None:
    """The time that begins at `position` and where it ends; None where none begins."""
    before = _CLOCK_FIRST.match(text, position)
    match = _longest_date(text, before.end() if before else position)
    if match is None:
        return None
    parts = match.groupdict()
    if before:
        if parts.get("hour"):
            return None
        parts |= before.groupdict()
    moment = _moment(parts)
    end = match.end()
    if moment and "(" in match[0] and text[end : end + 1] == ")":
        end += 1
    return (moment, end) if moment else None


def read_year(text: str) -> Moment | None:
    """Four digits alone; what stands before them must say that they are a year."""
    return _moment({"year": text}) if re.fullmatch(r"(?:1[89]|2\d)\d\d", text) else None


def _longest_date(text: str, position: int) -> re.Match[str] | None:
    matches = [match for pattern in _PATTERNS if (match := pattern.match(text, position))]
    return max(matches, key=lambda match: match.end(), default=None)


def _moment(parts: dict[str, str | None]) -> Moment | None:
    name = parts.get("name")
    month = 1 + [m[:3] for m in _MONTHS].index(name[:3].lower()) if name else int(parts.get("month") or 1)
    try:
        moment = datetime(int(parts["year"] or 0), month, int(parts.get("day") or 1), *_time(parts), tzinfo=UTC)
    except ValueError:
        return None
    return Moment.at((moment - _EPOCH) // _MICROSECOND, _precision(parts, bool(name or parts.get("month"))))


def _time(parts: dict[str, str | None]) -> tuple[int, int, int]:
    hour, half = int(parts.get("hour") or 0), (parts.get("half") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(parts.get("minute") or 0), int(parts.get("second") or 0)


def _precision(parts: dict[str, str | None], has_month: bool) -> TimePrecision:
    if parts.get("hour"):
        return TimePrecision.SECOND if parts.get("second") else TimePrecision.MINUTE
    if parts.get("day"):
        return TimePrecision.DAY
    return TimePrecision.MONTH if has_month else TimePrecision.YEAR
