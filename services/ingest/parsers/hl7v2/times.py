"""HL7 v2's date and time as an `Instant`, as precise as it was sent: HL7 v2.8, chapter 2A.3.22 (DTM).

A time without an offset has the offset of MSH-7, which the standard (2.14.9.7) makes the whole message's default. Where
MSH-7 has none either, the time is the sender's local clock without a zone; no table of sites is guessed from. A date
has no offset, and `202603` is a month.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from chartline.record.event import Instant, TimePrecision
from chartline.record.times import DAY, HOUR, MINUTE, check_instant, interval_end, parse_instant

_FORM = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.?(\d{1,9})|\.)?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)
_EPOCH = date(1970, 1, 1).toordinal()
#: TS.2 of versions before 2.6: how much of the text is meant.
_DEGREES = {"Y": 4, "L": 6, "D": 8}


@lru_cache(maxsize=4096)  # the results of a message share their times
def parse_time(text: str, offset: int | None = None, degree: str = "") -> Instant:
    """`offset` in minutes is the message's default. Raises ValueError for what is no time.

    Dates with dashes or slashes are no HL7, and sent all the same: those that FHIR would read are read.
    """
    text = text.strip()
    match = _FORM.fullmatch(text)
    if match is None:
        return parse_instant(text)
    if degree in _DEGREES:
        match = _FORM.fullmatch(text[: _DEGREES[degree]]) or match
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    days = date(int(year), int(month or 1), int(day or 1)).toordinal() - _EPOCH
    if hour is None:
        return Instant(days * DAY, None, _date_precision(month, day))
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
        raise ValueError("no such time of day")
    local = days * DAY + int(hour) * HOUR + int(minute or 0) * MINUTE + int(second or 0) * 1_000_000
    micros = int((fraction or "")[:6].ljust(6, "0"))
    minutes = _offset(zone) if zone else offset
    instant = Instant(local + micros - (minutes or 0) * MINUTE, minutes, _time_precision(second, fraction))
    check_instant(instant)
    return instant


def parse_offset(text: str) -> int | None:
    """The offset in minutes at the end of a time of day; None where there is none, or no such zone."""
    match = _FORM.fullmatch(text.strip())
    if match is None or not match[8] or not match[4]:
        return None
    try:
        return _offset(match[8])
    except ValueError:
        return None


def day_of(instant: Instant) -> Instant:
    """The date alone, for a birth that is sent with a midnight."""
    if instant.precision <= TimePrecision.DAY:
        return instant
    local = instant.unix_micros + (instant.offset_minutes or 0) * MINUTE
    return Instant(local // DAY * DAY, None, TimePrecision.DAY)


def latest(*instants: Instant | None) -> Instant | None:
    return max(filter(None, instants), key=interval_end, default=None)


def known_at(stated: Iterable[Instant | None], happened: Instant | None) -> Instant | None:
    """From when the chart knew a fact: the latest of what is stated, never before what happened was over."""
    known = latest(*stated, happened)
    if known is None or known.precision > TimePrecision.DAY:
        return known
    return replace(known, unix_micros=interval_end(known), precision=TimePrecision.SECOND)


def _offset(zone: str) -> int:
    hours, minutes = int(zone[1:3]), int(zone[3:])
    if minutes > 59 or hours > 18:
        raise ValueError("no such time zone")
    return (-1 if zone[0] == "-" else 1) * (hours * 60 + minutes)


def _date_precision(month: str | None, day: str | None) -> TimePrecision:
    if day:
        return TimePrecision.DAY
    return TimePrecision.MONTH if month else TimePrecision.YEAR


def _time_precision(second: str | None, fraction: str | None) -> TimePrecision:
    if fraction:
        return TimePrecision.MICROSECOND
    return TimePrecision.SECOND if second else TimePrecision.MINUTE
