"""Writes a query plan as plan text; `plan_text.load_plan` reads it back as the same plan."""

from enum import IntEnum
from typing import TypeVar

from chartline.language import plan_words as words
from chartline.language.time_phrases import say_date, say_recent
from chartline.record.event import Quantity
from chartline.record.plan import (
    Aggregate,
    CalendarWindow,
    Comparator,
    Compare,
    EventWindow,
    Exists,
    Field,
    Filter,
    Interval,
    Lookup,
    Operand,
    OutOfScope,
    QueryPlan,
    RecentWindow,
    Relation,
    Retrieve,
    Selection,
    StayWindow,
    TimeUnit,
    Which,
    Window,
)

_Enum = TypeVar("_Enum", bound=IntEnum)


def dump_plan(plan: QueryPlan) -> str:
    """One line without its newline. Quotes inside concepts become blanks: plan text cannot hold them."""
    match plan:
        case Lookup() | Aggregate():
            return _reading(plan)
        case Exists():
            return f"exists {_selection(plan.selection)}"
        case Compare():
            return f"{_word(words.COMPARISONS, plan.comparator)} {_operand(plan.left)} {_operand(plan.right)}"
        case Interval():
            end = "now" if plan.end is None else f"({_selection(plan.end)})"
            return f"{_word(words.UNITS, plan.unit)}s from ({_selection(plan.start)}) to {end}"
        case Retrieve():
            return f"read {_quoted(plan.query)}{_windows(plan.windows)}"
        case OutOfScope():
            return f"refuse {_word(words.REASONS, plan.reason)}"


def _word(table: dict[str, _Enum], value: _Enum) -> str:
    return next(word for word, meaning in table.items() if meaning is value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', " ") + '"'


def _reading(plan: Lookup | Aggregate) -> str:
    field = plan.attribute if plan.field is Field.ATTRIBUTE else _word(words.FIELDS, plan.field)
    if isinstance(plan, Lookup):
        return f"get {field} of {_selection(plan.selection)}"
    of = "" if plan.field is Field.VALUE else f"{field} of "
    by = "" if plan.bucket is None else f" by {_word(words.UNITS, plan.bucket)}"
    return f"{_word(words.FUNCTIONS, plan.function)} {of}{_selection(plan.selection)}{by}"


def _operand(operand: Operand) -> str:
    return operand.value if isinstance(operand, Quantity) else f"({_reading(operand)})"


def _selection(selection: Selection) -> str:
    kind = next(word for word, kind in words.KINDS.items() if kind is selection.kind)
    extremum = f"{_word(words.EXTREMA, selection.extremum)} " if selection.extremum else ""
    concepts = " or ".join(_quoted(concept) for concept in selection.concepts)
    often = "exactly" if selection.exact_occurrences else "repeated"
    repeated = f" {often} {selection.min_occurrences}" if selection.min_occurrences else ""
    new = f" new{_window(selection.absent_in)}" if selection.absent_in else ""
    return (
        f"{extremum}{_which(selection.which, selection.nth)}{kind}{' ' * bool(concepts)}{concepts}"
        f"{''.join(map(_filter, selection.filters))}{_windows(selection.windows)}{repeated}{new}"
    )


def _which(which: Which, nth: int) -> str:
    if which is Which.ALL:
        return ""
    return f"{_word(words.STAY_WHICH, which)} " + (f"{nth} " if nth > 1 else "")


def _filter(condition: Filter) -> str:
    if condition.field is Field.INTERPRETATION:
        return f" with interpretation {condition.value}"
    field = condition.attribute if condition.field is Field.ATTRIBUTE else _word(words.FIELDS, condition.field)
    if condition.comparator is Comparator.PRESENT:
        return f" with {field} present"
    number = condition.value.removeprefix("-").replace(".", "", 1).isdecimal()
    value = condition.value if number else _quoted(condition.value)
    return f" with {field} {_word(words.FILTER_SIGNS, condition.comparator)} {value}"


def _windows(windows: tuple[Window, ...]) -> str:
    return "".join(map(_window, windows))


def _window(window: Window) -> str:
    match window:
        case CalendarWindow():
            end = "" if window.end is None else f" to {_quoted(say_date(window.end))}"
            return f" {_word(words.CALENDAR_RELATIONS, window.relation)} {_quoted(say_date(window.start))}{end}"
        case RecentWindow():
            return f" in {_quoted(say_recent(window))}"
        case StayWindow():
            return f" during {_part(window)}{_which(window.which, window.nth)}{_word(words.STAYS, window.stay)}"
        case EventWindow():
            anchor = f" {_word(words.EVENT_RELATIONS, Relation(window.relation))} ({_selection(window.anchor)})"
            return anchor + _within(window)


def _part(window: StayWindow) -> str:
    if window.first_hours is not None:
        return f"start {window.first_hours:g} "
    if window.last_hours is not None:
        return f"end {window.last_hours:g} "
    if window.day is not None:
        return f"day {window.day} "
    return "" if window.at_hour is None else f"hour {window.at_hour} "


def _within(window: EventWindow) -> str:
    if window.within_stay is not None:
        return f" within same {_word(words.STAYS, window.within_stay)}"
    if window.within_unit is None:
        return ""
    amount = "same" if window.same_calendar_unit else str(window.within_amount)
    return f" within {amount} {_word(words.UNITS, TimeUnit(window.within_unit))}"
