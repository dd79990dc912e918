"""Moments in the words in which people name them: a day, month or year, by itself or by now."""

import calendar
import random
from datetime import datetime, timedelta

_MONTH_NAMES = calendar.month_name[1:]
_RELATIVE_SHARE = 0.35
_NUMBER_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 10: "ten", 12: "twelve"}
#: Longest first; a month counts as its shortest, so that what is said to lie inside does.
_LENGTHS = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=28)),
    ("week", timedelta(days=7)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
)
_MOST_UNITS = 300
_PERIODS = (
    *("this year", "last year", "previous year", "this month", "last month", "today", "yesterday", "current year"),
    *("this month", "today", "yesterday", "current month", "previous month", "past week", "past month", "past year"),
)


def date_words(at: datetime, now: datetime, rng: random.Random) -> str:
    """A day, month or year, absolute, or by now where that names it too."""
    relative = _relative(at, now)
    return rng.choice(relative if relative and rng.random() < _RELATIVE_SHARE else _absolute(at))


def _absolute(at: datetime) -> list[str]:
    month, short = _MONTH_NAMES[at.month - 1], _MONTH_NAMES[at.month - 1][:3]
    return [
        f"{at:%m/%d/%Y}", f"{at:%m/%d/%Y}", f"{at:%m/%Y}", f"{at:%m/%Y}", f"{at:%Y}", f"{at:%Y-%m-%d}",
        f"{month} {at.year}", f"{short} {at.day}, {at.year}", f"{at.day} {month} {at.year}",
    ]  # fmt: skip


def day_words(at: datetime, now: datetime, rng: random.Random) -> str:
    """A day as people say it, such as "3rd of March"; the year is left out where it is this one."""
    month, ordinal = _MONTH_NAMES[at.month - 1], _ordinal(at.day)
    name = rng.choice((month, month, month[:3]))
    forms = (f"{at.day} {name}", f"{name} {at.day}", f"{ordinal} of {month}", f"{name} {ordinal}", f"{ordinal} {name}")
    return rng.choice(forms) if at.year == now.year else f"{rng.choice(forms)} {at.year}"


def _ordinal(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{'th' if 11 <= day <= 13 else ending}"


def _relative(at: datetime, now: datetime) -> list[str]:
    year = {0: "this", 1: "last"}.get(now.year - at.year)
    month = {0: "this", 1: "last"}.get(months_before(at, now))
    forms = [f"{at:%m/%d}/{year} year", f"{at:%m}/{year} year"] if year else []
    forms += [f"{month} month/{at:%d}"] if month else []
    return forms + ([f"{_MONTH_NAMES[at.month - 1]} {at.day}"] if at.year == now.year else [])


def months_before(at: datetime, now: datetime) -> int:
    """How many calendar months lie between them."""
    return (now.year - at.year) * 12 + now.month - at.month


def ago_words(at: datetime, now: datetime, rng: random.Random) -> str:
    """Such as "3 weeks ago": a time at or before which it lies."""
    unit, amount = _span(at, now, rng)
    return f"{_number(amount, rng)} {unit}{'s' if amount > 1 else ''} ago"


def recent_words(at: datetime, now: datetime, rng: random.Random) -> str:
    """Such as "past 48 hours": a time up to now in which it lies."""
    unit, amount = _span(at, now, rng)
    return f"{rng.choice(('last', 'past'))} {max(amount, 2)} {unit}s"


def _span(at: datetime, now: datetime, rng: random.Random) -> tuple[str, int]:
    """A unit, and how many of it reach back to the moment, or a little further."""
    passed = max(now - at, timedelta(minutes=1))
    fitting = [(unit, -(-passed // length)) for unit, length in _LENGTHS if passed / length < _MOST_UNITS]
    unit, amount = rng.choice(fitting) if fitting else ("year", _MOST_UNITS)
    return unit, amount + rng.choice((0, 0, 0, 1, rng.randint(1, 10)))


def period_ago_words(at: datetime, now: datetime, rng: random.Random) -> str:
    """Such as "two months ago": the name of the day, month or year in which it lies."""
    days, months, years = (now.date() - at.date()).days, months_before(at, now), now.year - at.year
    apart = [(unit, n) for unit, n in (("day", days), ("month", months), ("year", years)) if 2 <= n < _MOST_UNITS]
    unit, amount = rng.choice(apart) if apart else (rng.choice(("day", "month", "year")), rng.randint(2, 30))
    return f"{_number(amount, rng)} {unit}s ago"


def period_words(at: datetime, now: datetime, rng: random.Random) -> str:
    """Such as "this month": a period known by its place to now, one in which it lies if there is any."""
    months, days = months_before(at, now), (now.date() - at.date()).days
    around = {
        "this year": at.year == now.year, "current year": at.year == now.year,
        "last year": now.year - at.year == 1, "previous year": now.year - at.year == 1,
        "this month": months == 0, "current month": months == 0,
        "last month": months == 1, "previous month": months == 1,
        "today": days == 0, "yesterday": days == 1,
        "past week": days < 7, "past month": days < 28, "past year": days < 365,
    }  # fmt: skip
    return rng.choice([period for period in _PERIODS if around[period]] or list(_PERIODS))


def _number(amount: int, rng: random.Random) -> str:
    return rng.choice((str(amount), _NUMBER_WORDS.get(amount, str(amount))))
