"""What a plan must hold to before it is executed: the model is confident where it is wrong, so a rule refuses for it.

The grammar makes plans well formed; these rules make them mean something: the kind has that field, the windows do not
contradict each other, the bounds of query_plan.proto are kept. Whether a concept exists is the record's to say.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any

from chartline.language.unfit_names import unfit_name
from chartline.record.chart import STAY_KINDS
from chartline.record.event import Quantity
from chartline.record.kinds import ATTRIBUTES, EventKind
from chartline.record.plan import (
    Aggregate,
    CalendarDate,
    CalendarWindow,
    Comparator,
    Compare,
    EventWindow,
    Field,
    Filter,
    Function,
    Interval,
    Lookup,
    QueryPlan,
    RecentWindow,
    Relation,
    Selection,
    StayWindow,
    Which,
)


class PlanRefused(ValueError):
    """The plan cannot mean what it says; the message tells the model why, in words of plans alone."""


#: Ordered, given, stated and dispensed.
MEDICATION_KINDS = frozenset(kind for kind in EventKind if kind.name.startswith("MEDICATION_"))
_MEASURED = frozenset({EventKind.LABORATORY, EventKind.VITAL, EventKind.MICROBIOLOGY, EventKind.REPORT})
_LASTING = MEDICATION_KINDS | {
    *STAY_KINDS,
    EventKind.INTAKE,
    EventKind.PROCEDURE,
    EventKind.CONDITION,
    EventKind.ALLERGY,
}
#: What goes on for a time, so that one may ask for what does now.
CURRENT_KINDS = MEDICATION_KINDS.union(STAY_KINDS, {EventKind.CONDITION, EventKind.ALLERGY})
_NAMED_ONLY = frozenset({*STAY_KINDS, EventKind.PATIENT, EventKind.CONDITION, EventKind.ALLERGY, EventKind.DEATH})

#: Fields that only some kinds have; the others every kind has.
KINDS_OF_FIELD: dict[Field, frozenset[EventKind]] = {
    Field.VALUE: frozenset(EventKind) - _NAMED_ONLY,
    Field.END_TIME: _LASTING,
    Field.DURATION: _LASTING,
    Field.INTERPRETATION: _MEASURED,
}
_ARITHMETIC = frozenset({Function.SUM, Function.MINIMUM, Function.MAXIMUM, Function.MEAN})
_ORDERED = frozenset({Comparator.LESS, Comparator.GREATER, Comparator.LESS_OR_EQUAL, Comparator.GREATER_OR_EQUAL})
_MAX_DEPTH = 1


def check_plan(plan: QueryPlan) -> None:
    """Raises PlanRefused."""
    for node, depth in _nodes(plan, 0):
        if depth > _MAX_DEPTH:
            raise PlanRefused("events are tied to events that are tied to events")
        if (rule := _RULES.get(type(node))) is not None:
            rule(node)


def selections(plan: QueryPlan) -> Iterator[Selection]:
    """All of them, nested ones too."""
    return (node for node, _ in _nodes(plan, 0) if isinstance(node, Selection))


def _nodes(node: Any, depth: int) -> Iterator[tuple[Any, int]]:
    """Every dataclass of the tree with the number of event windows around it."""
    yield node, depth
    inner = depth + isinstance(node, EventWindow)
    for item in fields(node):
        value = getattr(node, item.name)
        for child in value if isinstance(value, tuple) else (value,):
            if is_dataclass(child):
                yield from _nodes(child, inner)


def _check_field(kind: EventKind | None, field: Field, attribute: str) -> None:
    if kind is None:
        return
    name = kind.name.lower().replace("_", " ")
    if field is Field.ATTRIBUTE and attribute not in ATTRIBUTES[kind]:
        raise PlanRefused(f"a {name} has no {attribute.replace('_', ' ')}")
    if kind not in KINDS_OF_FIELD.get(field, frozenset(EventKind)):
        raise PlanRefused(f"a {name} has no {field.name.lower().replace('_', ' ')}")


def _check_lookup(lookup: Lookup) -> None:
    _check_field(lookup.selection.kind, lookup.field, lookup.attribute)


def _check_aggregate(aggregate: Aggregate) -> None:
    if aggregate.function in _ARITHMETIC:
        _check_field(aggregate.selection.kind, aggregate.field, aggregate.attribute)
        if aggregate.field in (Field.NAME, Field.INTERPRETATION):
            raise PlanRefused("names are not numbers")


def _check_compare(compare: Compare) -> None:
    if compare.comparator is Comparator.PRESENT:
        raise PlanRefused("two values are compared, not looked for")
    if isinstance(compare.left, Quantity) and isinstance(compare.right, Quantity):
        raise PlanRefused("two numbers of the question are compared, and nothing of the record")
    names = any(isinstance(side, Lookup) and side.field is Field.NAME for side in (compare.left, compare.right))
    if names and compare.comparator is not Comparator.EQUAL:
        raise PlanRefused("names have no difference")
    if compare.left == compare.right:
        raise PlanRefused("a thing is compared with itself")


def _check_interval(interval: Interval) -> None:
    """Of two stays that are called the same, one is not the other for lying in another stay."""
    start, end = interval.start, interval.end
    stays = end is not None and start.kind in STAY_KINDS and replace(start, windows=()) == replace(end, windows=())
    if start == end or stays:
        raise PlanRefused("no time passes from a thing to itself")


def _check_selection(selection: Selection) -> None:
    if len(selection.concepts) > 16 or len(selection.filters) > 8 or len(selection.windows) > 4:
        raise PlanRefused("too many conditions")
    if complaint := unfit_name(selection):
        raise PlanRefused(complaint)
    if any(_is_past_its_end(selection, w) for w in selection.windows if isinstance(w, EventWindow)):
        raise PlanRefused("nothing comes after its last or before its first")
    if selection.which is Which.CURRENT and selection.kind not in CURRENT_KINDS | {None}:
        raise PlanRefused("only what goes on for a time is current")
    for condition in selection.filters:
        _check_field(selection.kind, condition.field, condition.attribute)
    _check_intersection(selection)


def _is_past_its_end(selection: Selection, window: EventWindow) -> bool:
    anchor, ends = window.anchor, {Relation.AFTER: Which.LAST, Relation.BEFORE: Which.FIRST}
    last = replace(selection, windows=(), filters=(), extremum=anchor.extremum, which=anchor.which, nth=1)
    return anchor == last and not anchor.extremum and ends.get(window.relation) is anchor.which


def _check_filter(condition: Filter) -> None:
    if condition.comparator is Comparator.DIFFERENCE:
        raise PlanRefused("a difference is no condition")
    if condition.comparator in _ORDERED and not condition.value.lstrip("-").replace(".", "", 1).isdigit():
        raise PlanRefused("less and greater need a number")


def _check_intersection(selection: Selection) -> None:
    """Windows of absolute dates must leave something; relative ones are known only when they are executed."""
    spans = [span for window in selection.windows if isinstance(window, CalendarWindow) and (span := _span(window))]
    if spans and max(start for start, _ in spans) >= min(end for _, end in spans):
        raise PlanRefused("the dates exclude each other")


def _span(window: CalendarWindow) -> tuple[date, date] | None:
    """[start, end) in days, None where a part is relative to now."""
    start, end = _days(window.start), _days(window.end or window.start)
    if start is None or end is None:
        return None
    if window.relation is Relation.BEFORE:
        return date.min, start[0] if window.start.hour is None else start[1]
    return start[0], end[1] if window.relation is Relation.IN else date.max


def _days(day: CalendarDate) -> tuple[date, date] | None:
    """First day and the day after the last. Raises PlanRefused for a date no calendar has."""
    if day.year is None or day.month_offset is not None or day.day_offset is not None:
        return None
    try:
        first = date(day.year, day.month or 1, day.day or 1)
        month = day.month or 12
        last = date(day.year, month, day.day or monthrange(day.year, month)[1])
        return first, last + timedelta(days=1)
    except (ValueError, OverflowError):
        raise PlanRefused("no calendar has that date") from None


def _check_calendar(window: CalendarWindow) -> None:
    if window.relation not in (Relation.IN, Relation.SINCE, Relation.BEFORE):
        raise PlanRefused("a date is in, since or before")
    if all(getattr(window.start, item.name) is None for item in fields(CalendarDate)):
        raise PlanRefused("a date is empty")
    start, end = _days(window.start), _days(window.end or window.start)
    if start and end and start[0] >= end[1]:
        raise PlanRefused("a period ends before it begins")


def _check_recent(window: RecentWindow) -> None:
    if not 1 <= window.amount <= 10_000:
        raise PlanRefused("a recent period has 1 to 10,000 units")


def _check_stay(window: StayWindow) -> None:
    parts = (window.first_hours, window.last_hours, window.day, window.at_hour)
    if sum(part is not None for part in parts) > 1:
        raise PlanRefused("a window is one part of a stay")
    if any(isinstance(part, float | int) and part <= 0 for part in parts):
        raise PlanRefused("a part of a stay is empty")


def _check_event(window: EventWindow) -> None:
    if window.relation is Relation.IN:
        raise PlanRefused("a window lies at, after, before or since an event")
    if (window.within_amount is not None or window.same_calendar_unit) and window.within_unit is None:
        raise PlanRefused("a distance has a unit")


_RULES: dict[type, Callable[[Any], None]] = {
    Lookup: _check_lookup,
    Aggregate: _check_aggregate,
    Compare: _check_compare,
    Interval: _check_interval,
    Selection: _check_selection,
    Filter: _check_filter,
    CalendarWindow: _check_calendar,
    RecentWindow: _check_recent,
    StayWindow: _check_stay,
    EventWindow: _check_event,
}
