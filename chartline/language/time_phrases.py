"""Time phrases as people write them ("12/29/this year", "since 3 days ago") become calendar windows, by rule.

The model copies the phrase from the question; what it means is arithmetic and is not left to it. Dates of three
numbers are read year first (ISO 8601) or month first (12/29/2100) unless the first number cannot be a month.
"""

import re

from chartline.record.plan import CalendarDate, CalendarWindow, RecentWindow, Relation, TimeUnit


class TimePhraseError(ValueError):
    """The phrase names no time by the rules of this module."""


_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "(?P<name>" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in _MONTHS) + r")\.?"
_UNITS = {unit.name.lower(): unit for unit in TimeUnit} | {
    "min": TimeUnit.MINUTE,
    "hr": TimeUnit.HOUR,
    "h": TimeUnit.HOUR,
}
_UNIT = r"(?P<unit>minute|min|hour|hr|h|day|week|month|year)s?"
_YEAR = r"(?P<year>\d{4}|(?:this|current|last|previous|the previous|next) year)"
_NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_NUMBER_WORDS |= {"ten": 10, "eleven": 11, "twelve": 12}
_CLOCK = r"(?:[ t]+(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?"
_OFFSETS = {"this": 0, "current": 0, "last": -1, "previous": -1, "the previous": -1, "next": 1}

_DAY_WORDS = {"today": 0, "yesterday": -1, "tomorrow": 1, "day before yesterday": -2}


def _number(text: str) -> int:
    return _NUMBER_WORDS[text] if text in _NUMBER_WORDS else int(text)


def _year(text: str) -> dict[str, int]:
    if text.isdigit():
        return {"year": int(text)}
    return {"year_offset": _OFFSETS[text.rsplit(" ", 1)[0]]}


def _month_name(text: str) -> int:
    return 1 + next(i for i, month in enumerate(_MONTHS) if month.startswith(text[:3]))


def _clock(match: re.Match[str]) -> dict[str, int]:
    parts = match.groupdict()
    return {name: int(parts[name]) for name in ("hour", "minute", "second") if parts.get(name)}


def _iso(match: re.Match[str]) -> CalendarDate:
    parts = {n: int(match[n]) for n in ("year", "month", "day") if match[n]}
    return CalendarDate(**parts, **_clock(match))


def _numeric(match: re.Match[str]) -> CalendarDate:
    month, day = int(match["a"]), int(match["b"])
    if month > 12:
        month, day = day, month
    return CalendarDate(month=month, day=day, **_year(match["year"]), **_clock(match))


def _numeric_month(match: re.Match[str]) -> CalendarDate:
    return CalendarDate(month=int(match["month"]), **_year(match["year"]))


def _relative_month_day(match: re.Match[str]) -> CalendarDate:
    return CalendarDate(month_offset=_OFFSETS[match["which"]], day=int(match["day"]), **_clock(match))


def _named(match: re.Match[str]) -> CalendarDate:
    day = {"day": int(match["day"])} if match["day"] else {}
    year = _year(match["year"]) if match["year"] else {}
    return CalendarDate(month=_month_name(match["name"]), **day, **year, **_clock(match))


def _relative_unit(match: re.Match[str]) -> CalendarDate:
    return CalendarDate(**{f"{match['unit']}_offset": _OFFSETS[match["which"]]})


def _ago(match: re.Match[str]) -> CalendarDate:
    unit = match["unit"]
    if unit not in ("day", "month", "year"):
        raise TimePhraseError(f"a period of one {unit} has no calendar name")
    return CalendarDate(**{f"{unit}_offset": -_number(match["amount"])})


_DATES = (
    (re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})" + _CLOCK + ")?)?"), _iso),
    (re.compile(rf"(?P<a>\d{{1,2}})[/-](?P<b>\d{{1,2}})[/-]{_YEAR}{_CLOCK}"), _numeric),
    (re.compile(rf"(?P<month>\d{{1,2}})[/-]{_YEAR}"), _numeric_month),
    (
        re.compile(rf"(?P<which>this|current|last|previous|next) month[/-](?P<day>\d{{1,2}}){_CLOCK}"),
        _relative_month_day,
    ),
    (re.compile(rf"{_MONTH}(?: (?P<day>\d{{1,2}})(?:st|nd|rd|th)?)?,?(?: (?:of )?{_YEAR})?{_CLOCK}"), _named),
    (re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},?(?: (?:of )?{_YEAR})?{_CLOCK}"), _named),
    (re.compile(r"(?P<which>this|current|last|the previous|previous|next) (?P<unit>day|month|year)"), _relative_unit),
    (re.compile(r"(?P<unit>year|month|day) (?P<which>this|last)"), _relative_unit),
    (re.compile(rf"(?P<amount>\d+|{'|'.join(_NUMBER_WORDS)}) {_UNIT} (?:ago|before|back)"), _ago),
)
_RECENT = re.compile(
    rf"(?:the )?(?:(?:last|past|previous|recent) (?P<amount>\d+|{'|'.join(_NUMBER_WORDS)})[ -]?{_UNIT}"
    rf"|past (?P<single>minute|hour|day|week|month|year))"
)
_AGO = re.compile(rf"(?P<amount>\d+|{'|'.join(_NUMBER_WORDS)}) {_UNIT} (?:ago|before|back)")


def _clean(phrase: str) -> str:
    return re.sub(r"\s+", " ", phrase.strip().strip(".,?!;").lower())


def parse_date(phrase: str) -> CalendarDate:
    """A date phrase as a CalendarDate. Raises TimePhraseError."""
    text = _clean(phrase)
    if text in _DAY_WORDS:
        return CalendarDate(day_offset=_DAY_WORDS[text])
    for pattern, read in _DATES:
        if match := pattern.fullmatch(text):
            return _checked(read(match), phrase)
    raise TimePhraseError(f"no date: {phrase!r}")


def is_date(phrase: str) -> bool:
    try:
        parse_date(phrase)
    except TimePhraseError:
        return False
    return True


def _checked(date: CalendarDate, phrase: str) -> CalendarDate:
    limits = ((date.month, 1, 12), (date.day, 1, 31), (date.hour, 0, 23), (date.minute, 0, 59), (date.second, 0, 59))
    if any(value is not None and not low <= value <= high for value, low, high in limits):
        raise TimePhraseError(f"no date: {phrase!r}")
    return date


def parse_window(relation: Relation, phrase: str, end: str | None = None) -> CalendarWindow | RecentWindow:
    """`relation` and a phrase, or two for a range, as a window. Raises TimePhraseError.

    "since 3 months ago" and "in the past 24 hours" are recent windows: they end at now and need no calendar unit.
    """
    if end is not None:
        return CalendarWindow(relation, parse_date(phrase), parse_date(end))
    text = _clean(phrase)
    if relation is Relation.SINCE and (match := _AGO.fullmatch(text)):
        return RecentWindow(_number(match["amount"]), _UNITS[match["unit"]])
    if relation is not Relation.BEFORE and (match := _RECENT.fullmatch(text)):
        if match["single"]:
            return RecentWindow(1, _UNITS[match["single"]])
        return RecentWindow(_number(match["amount"]), _UNITS[match["unit"]])
    return CalendarWindow(relation, parse_date(text))


_SAY_OFFSET = {0: "this", -1: "last", 1: "next"}
_SAY_DAY = {offset: word for word, offset in _DAY_WORDS.items()}


def say_date(date: CalendarDate) -> str:
    """A phrase that parse_date reads back as the same date."""
    if date.day_offset is not None:
        return _SAY_DAY.get(date.day_offset) or f"{-date.day_offset} days ago"
    clock = "" if date.hour is None else f" {date.hour:02}:{date.minute or 0:02}"
    clock += "" if date.second is None else f":{date.second:02}"
    if date.month_offset is not None:
        month = _SAY_OFFSET.get(date.month_offset)
        if date.day is not None and month:
            return f"{month} month/{date.day:02}{clock}"
        return f"{month} month" if month else f"{-date.month_offset} months ago"
    if date.year_offset is not None and date.month is None:
        year = _SAY_OFFSET.get(date.year_offset)
        return f"{year} year" if year else f"{-date.year_offset} years ago"
    if date.year_offset is not None:
        day = "" if date.day is None else f"/{date.day:02}"
        return f"{date.month:02}{day}/{_SAY_OFFSET[date.year_offset]} year{clock}"
    if date.year is None and date.month is not None:
        return _MONTHS[date.month - 1].capitalize() + ("" if date.day is None else f" {date.day}") + clock
    parts = [f"{date.year:04}", *(f"{p:02}" for p in (date.month, date.day) if p is not None)]
    return "-".join(parts) + clock


def say_recent(window: RecentWindow) -> str:
    return f"past {window.amount} {window.unit.name.lower()}s"
