"""One value of a result in words, and the times of the events behind it: what answers are put together from."""

from collections.abc import Iterable

from chartline.language.dates import show
from chartline.language.numbers import duration_text, is_computed, number_text
from chartline.language.unit_words import with_unit
from chartline.record.event import Event, EventStatus, Instant, Quantity
from chartline.record.plan import Interval, Lookup, QueryPlan, TimeUnit
from chartline.record.result import Duration, PlanResult, Value


def value_text(plan: QueryPlan, value: Value) -> str:
    """One value as it stands in an answer: number and unit, time, words, duration."""
    form = value.form
    if isinstance(form, bool):
        return "yes" if form else "no"
    if isinstance(form, Quantity):
        return with_unit(number_text(form, computed=is_computed(plan)), form.unit)
    if isinstance(form, Instant):
        return show(form)
    return duration_words(plan, form) if isinstance(form, Duration) else form


def duration_words(plan: QueryPlan, duration: Duration) -> str:
    """In the plan's unit; a duration that is looked up has none: days from one day on, with the hours beside them."""
    if isinstance(plan, Interval):
        unit = TimeUnit.DAY if plan.unit in (TimeUnit.MONTH, TimeUnit.YEAR) else plan.unit
        return _duration(duration, unit)
    inner = _duration(duration, TimeUnit.HOUR)
    return inner if duration.hours < 24 else f"{_duration(duration, TimeUnit.DAY)} ({inner})"


def _duration(duration: Duration, unit: TimeUnit) -> str:
    number = duration_text(duration, unit)
    return f"{number} {unit.name.lower()}{'' if number == '1' else 's'}"


def event_times(plan: QueryPlan, result: PlanResult, value: Value) -> list[str]:
    """The distinct times of the events behind a value, as they are shown."""
    behind = (event for event in result.events if event.event_key in value.event_keys)
    return distinct(show(time) for event in behind if (time := time_of(plan, event)))


def is_preliminary(result: PlanResult, value: Value) -> bool:
    """Whether all that it rests on may still change: a result to be confirmed, a suspicion, a proposal."""
    behind = [event.status for event in result.events if event.event_key in value.event_keys]
    return bool(behind) and set(behind) == {EventStatus.PRELIMINARY}


def time_of(plan: QueryPlan, event: Event) -> Instant | None:
    """When what is read of an event was so: nobody died on admission whose visit ended in death."""
    at_the_end = isinstance(plan, Lookup) and plan.attribute.startswith("discharge")
    return event.end_time if at_the_end else event.time


def distinct(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(item for item in items if item))
