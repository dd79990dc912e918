"""One value of a result in words, and the times of the events behind it: what answers are put together from."""

from collections.abc import Iterable

from chartline.language.dates import show
from chartline.language.numbers import duration_text, is_computed, number_text
from chartline.language.passages import LONGEST_QUOTE, pack
from chartline.language.unit_words import with_unit
from chartline.language.wording import DOCUMENT_KINDS
from chartline.record.event import Instant, Quantity
from chartline.record.plan import Field, Interval, Lookup, QueryPlan, Retrieve, TimeUnit
from chartline.record.result import Duration, PlanResult, Value

#: Inner quotation marks; controls but the line end, and the marks of Unicode that turn the direction of writing.
_INNER: dict[int, str | None] = {ord("“"): "‘", ord("”"): "’", ord("„"): "‚", ord('"'): "'"}
_INNER |= dict.fromkeys((*range(10), *range(11, 32), *range(127, 160)))
_INNER |= dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


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


def quoted(text: str) -> str:
    """In quotation marks that nothing inside can end: inner ones are single, and no character is invisible."""
    return f"“{text.translate(_INNER)}”"


def quotes_document(plan: QueryPlan, result: PlanResult) -> bool:
    """Whether the values are what notes and reports say."""
    reads = isinstance(plan, Retrieve) or (
        isinstance(plan, Lookup) and (plan.field is Field.VALUE or plan.attribute == "conclusion")
    )
    return reads and any(event.kind in DOCUMENT_KINDS for event in result.events)


def document_words(text: str) -> str:
    """A whole document, quoted as far as an answer can hold it."""
    start, *more = pack(text, LONGEST_QUOTE, LONGEST_QUOTE) or [text]
    return f"{quoted(start)} and more" if more else quoted(start)


def event_times(result: PlanResult, value: Value) -> list[str]:
    """The distinct times of the events behind a value, as they are shown."""
    behind = (event for event in result.events if event.event_key in value.event_keys)
    return distinct(show(event.time) for event in behind if event.time)


def distinct(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(item for item in items if item))
