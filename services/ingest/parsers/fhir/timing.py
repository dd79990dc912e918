"""Timing: how often something is done, on which days, at what times, and for how long.

The outer dates of a Timing (`boundsPeriod`) are no words: they are the time of what is ordered.
"""

from decimal import Decimal

from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import Range, Timing, TimingRepeat

_DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def timing_words(timing: Timing) -> str:
    """`BID`, `2 times every 1 d`, `every 4 to 6 h`, `on Monday, Friday at 08:00 for 10 d`.

    A code is the whole of the timing but for its bounds: hl7.org/fhir/R4/datatypes.html#Timing.
    """
    repeat = timing.repeat or TimingRepeat()
    events = f"at {', '.join(timing.event)}" if timing.event else ""
    bounds = reading.amount_words(repeat.bounds_duration) or reading.range_words(repeat.bounds_range or Range())
    said = reading.words(timing.code) or _repeat_words(repeat) or events
    return _spaced(said, f"for {bounds}" if bounds else "")


def _repeat_words(repeat: TimingRepeat) -> str:
    duration = _between(repeat.duration, repeat.duration_max)
    return _spaced(
        _times(repeat),
        _every(repeat),
        f"on {', '.join(_DAYS.get(day, day) for day in repeat.day_of_week)}" if repeat.day_of_week else "",
        f"at {', '.join(time[:5] for time in repeat.time_of_day)}" if repeat.time_of_day else "",
        f"{repeat.offset} min" if repeat.offset else "",
        *repeat.when,
        f"over {duration} {repeat.duration_unit}" if duration else "",
        _in_all(repeat),
    )


def _times(repeat: TimingRepeat) -> str:
    once = repeat.frequency in (None, 1) and repeat.frequency_max is None
    return "" if once else f"{_between(repeat.frequency, repeat.frequency_max)} times"


def _every(repeat: TimingRepeat) -> str:
    """The days of the week that are named are the days on which it is done."""
    period = _between(repeat.period, repeat.period_max)
    daily = (period, repeat.period_unit) == ("1", "d")
    return f"every {period} {repeat.period_unit}" if period and not (daily and repeat.day_of_week) else ""


def _in_all(repeat: TimingRepeat) -> str:
    count = _between(repeat.count, repeat.count_max)
    return "once" if count == "1" else f"{count} times in all" if count else ""


def _between(least: Decimal | int | None, most: Decimal | int | None) -> str:
    """`4`, `4 to 6`, `up to 6`; empty where nothing is said."""
    if most is None:
        return "" if least is None else str(least)
    return f"up to {most}" if least is None else f"{least} to {most}"


def _spaced(*said: str) -> str:
    return " ".join(filter(None, said))
