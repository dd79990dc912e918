"""Reads one field of one event as the value that an answer may hold."""

import numpy as np
import numpy.typing as npt

from chartline.record.chart import Chart, Indices
from chartline.record.event import Event, Instant, Quantity, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.meaning import reading
from chartline.record.plan import Field, TimeUnit
from chartline.record.result import Duration
from chartline.record.times import DAY, HOUR, interval_end, local_micros, moment_of, parse_instant, start_of
from chartline.record.units import amount_of, decimal_of
from chartline.record.vocabulary.tables import Domain

#: What an answer's value may be.
Form = Quantity | Instant | str | bool | Duration

#: Fields that say what an event is; the others say how it came out, and equal ones of two names stay two values.
NAMELESS = frozenset({Field.NAME, Field.TIME, Field.END_TIME, Field.AGE, Field.ATTRIBUTE})
_YEAR = "a"


def read(chart: Chart, index: int, field: Field, attribute: str, now: Instant) -> Form | None:
    """None where the event has no such thing."""
    event = chart.events[index]
    if field is Field.VALUE:
        return amount_of(event) or event.text_value or None
    if field is Field.NAME:
        return event.name or None
    if field is Field.TIME:
        return event.time
    if field is Field.END_TIME:
        return event.end_time
    if field is Field.INTERPRETATION:
        return event.interpretation or None
    if field is Field.ATTRIBUTE:
        return event.attribute(attribute) or (_sample_of_name(event) if attribute == "specimen" else None)
    return _duration(chart, index) if field is Field.DURATION else age(chart, event, _alive(chart, event.time or now))


def _sample_of_name(event: Event) -> str | None:
    """ "Glucose, Urine" says itself of what it is."""
    is_test = event.kind is EventKind.LABORATORY
    return (reading(event.name, Domain.MEASUREMENT).specimen or None) if is_test else None


def holds_number(form: Form | None) -> bool:
    """Whether it is a text that tells a number and is none: "180/110", "7-Mod to Severe"."""
    return isinstance(form, str) and any(c.isdigit() for c in form) and decimal_of(Quantity(form.strip())) is None


def present(chart: Chart, indices: Indices, field: Field, attribute: str, now: Instant) -> npt.NDArray[np.bool_]:
    """bool[len(indices)]: whether the event has such a field."""
    found = (read(chart, index, field, attribute, now) is not None for index in indices.tolist())
    return np.fromiter(found, dtype=np.bool_, count=len(indices))


def age(chart: Chart, event: Event, at: Instant) -> Quantity | None:
    """Completed years: what the event itself says, else from the birth date; None where neither is known."""
    told = event.attribute("age")
    said = Quantity(told) if isinstance(told, str) else told
    if isinstance(said, Quantity) and decimal_of(said) is not None:
        return Quantity(said.value, said.unit or _YEAR)
    born = birth(chart)
    if born is None or at.unix_micros < born.unix_micros:
        return None
    return Quantity(str(_completed_years(born, at)), _YEAR)


def _alive(chart: Chart, at: Instant) -> Instant:
    """Then, or at death: nobody grows older than they became."""
    deaths = chart.of_kind(EventKind.DEATH)
    times: list[Instant] = [time for i in deaths[chart.happened[deaths]].tolist() if (time := chart.events[i].time)]
    return min([at, *map(moment_of, times)], key=chart.clock)


def birth(chart: Chart) -> Instant | None:
    """The birth date, else the birth year as a partial date."""
    for name in ("birth_date", "birth_year"):
        for index in chart.of_kind(EventKind.PATIENT).tolist():
            told = _as_instant(chart.events[index].attribute(name))
            if told is not None:
                return told
    return None


def _as_instant(told: str | Quantity | Instant | None) -> Instant | None:
    if isinstance(told, Instant) or told is None:
        return told
    text = told.value if isinstance(told, Quantity) else told
    try:
        return parse_instant(text)
    except ValueError:
        return None


def _completed_years(born: Instant, at: Instant) -> int:
    """From a birth year alone, the age reached in the course of the year, as MIMIC's anchor_age counts it."""
    birthday, today = local_micros(born), local_micros(at)
    years = _year(today) - _year(birthday)
    if born.precision is TimePrecision.YEAR:
        return years
    return years - (_day_of_year(today) < _day_of_year(birthday))


def _year(local: int) -> int:
    return int(np.datetime64(local, "us").astype("datetime64[Y]").astype(int)) + 1970


def _day_of_year(local: int) -> tuple[int, int]:
    """(month, day), both from 0."""
    moment = np.datetime64(local, "us")
    month = moment.astype("datetime64[M]")
    return int(month.astype(int)) % 12, int((moment - month.astype("datetime64[us]")).astype(int)) // DAY


def time_between(chart: Chart, start: Instant, end: Instant) -> Duration | None:
    """Whole days where either is only a date: from the 5th to the 11th are six.

    None where one lies in the other, or is only a month or a year.
    """
    if within_one_date(chart, start, end) or min(start.precision, end.precision) < TimePrecision.DAY:
        return None
    if min(start.precision, end.precision) <= TimePrecision.DAY:
        return Duration(_days(start, end) * DAY / HOUR)
    return Duration((chart.clock(end) - chart.clock(start)) / HOUR)


def within_one_date(chart: Chart, one: Instant, other: Instant) -> bool:
    """Whether a partial date holds the other time, so that nobody knows which was first."""
    lengths = [interval_end(time) - time.unix_micros for time in (one, other)]
    first, second = chart.clock(one), chart.clock(other)
    return any(lengths) and first < second + max(lengths[1], 1) and second < first + max(lengths[0], 1)


def _days(start: Instant, end: Instant) -> int:
    return (start_of(local_micros(end), TimeUnit.DAY) - start_of(local_micros(start), TimeUnit.DAY)) // DAY


def _duration(chart: Chart, index: int) -> Duration | None:
    event = chart.events[index]
    return None if event.time is None or event.end_time is None else time_between(chart, event.time, event.end_time)
