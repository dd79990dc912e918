"""Times as sources write them: in a form of their own, or as an offset from another time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from chartline.record.event import Instant, TimePrecision
from chartline.record.times import DAY, HOUR, MINUTE, check_instant, format_instant, parse_instant

#: Unit of an offset → its microseconds, and how precise a time is that it was added to.
UNITS = {
    "days": (DAY, TimePrecision.DAY),
    "hours": (HOUR, TimePrecision.MINUTE),
    "minutes": (MINUTE, TimePrecision.MINUTE),
    "seconds": (1_000_000, TimePrecision.SECOND),
}
#: A directive of strptime → the ISO 8601 text up to it; the last that a form has decides.
_ISO = (
    ("%f", "%Y-%m-%dT%H:%M:%S.%f"),
    ("%S", "%Y-%m-%dT%H:%M:%S"),
    ("%T", "%Y-%m-%dT%H:%M:%S"),
    ("%M", "%Y-%m-%dT%H:%M"),
    ("%H", "%Y-%m-%dT%H:%M"),
    ("%I", "%Y-%m-%dT%H:%M"),
    ("%d", "%Y-%m-%d"),
    ("%j", "%Y-%m-%d"),
    ("%m", "%Y-%m"),
    ("%b", "%Y-%m"),
)


def read_time(text: str, forms: Iterable[str]) -> str:
    """The time as ISO 8601, as precise as the first form of `datetime.strptime` that fits; the text where none fits."""
    for form in forms:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - a form with %z says its zone
        except ValueError:
            continue
        iso = next((iso for directive, iso in _ISO if directive in form), "%Y")
        return f"{moment.year:04d}" + moment.strftime(iso.removeprefix("%Y") + ("%z" if "%z" in form else ""))
    return text


@lru_cache(maxsize=4096)  # the events of one row share it
def shifted(time: str, amounts: tuple[tuple[str, str], ...]) -> str:
    """`time` plus the amounts (unit, number), as ISO 8601.

    Raises ValueError or OverflowError for what is no time or no number, and for what leaves the calendar.
    """
    base = parse_instant(time)
    micros, precision = base.unix_micros, base.precision
    for unit, amount in amounts:
        size, fineness = UNITS[unit]
        micros += round(float(amount) * size)
        precision = max(precision, fineness)
    moved = Instant(micros, base.offset_minutes, precision)
    check_instant(moved)
    return format_instant(moved)
