"""Executes a plan that reads: on a chart's notes, and on what changed where that is asked.

notes in the plan's windows ──▶ their passages near the question ──▶ quotations
"what changed overnight"    ──▶ events of those hours that are news ──▶ descriptions

Serving and the making of training data read notes by these rules; each brings its own search for near passages.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from chartline.language.asking import Ask, read_ask
from chartline.language.quoting import Near, Quote, find_quotes
from chartline.language.verbalizer import mention
from chartline.record.changes import find_changes
from chartline.record.chart import Chart
from chartline.record.event import Event, Instant
from chartline.record.execute import execute
from chartline.record.linking import Linker
from chartline.record.plan import (
    CalendarDate,
    CalendarWindow,
    PlanOutcome,
    RecentWindow,
    Relation,
    Retrieve,
    Selection,
    TimeUnit,
)
from chartline.record.result import PlanResult, Value
from chartline.record.selecting import Selecting

#: What changed is asked from one day to the next; the night is from seven to seven.
_LAST_DAY = RecentWindow(24, TimeUnit.HOUR)
_LAST_NIGHT = CalendarWindow(Relation.IN, CalendarDate(day_offset=-1, hour=19), CalendarDate(day_offset=0, hour=6))
_MOST_CHANGES = 16


def read_notes(
    chart: Chart,
    plan: Retrieve,
    now: Instant | None,
    encounter: str,
    linker: Linker,
    find_near: Callable[[Ask], Iterable[Near]],
) -> PlanResult:
    """Values are quotations and descriptions, each with its event. `find_near` tells the chart's passages.

    It is only called where there are notes to be read.
    """
    ask = read_ask(plan.query)
    if ask.changes and not plan.windows:
        plan = replace(plan, windows=(_LAST_NIGHT if ask.at_night else _LAST_DAY,))
    inside = execute(plan, chart, now, encounter, linker)
    quotes = find_quotes(inside.events, ask, find_near(ask)) if inside.events else []
    changes = _changes(chart, plan, inside, encounter, linker) if ask.changes else []
    shown = changes[:_MOST_CHANGES]
    return replace(
        inside,
        outcome=PlanOutcome.FOUND if quotes or shown else _nothing(inside),
        values=(*map(_quoted, quotes), *map(_described, shown)),
        events=tuple({id(event): event for event in [*(quote.event for quote in quotes), *shown]}.values()),
        events_searched=len(inside.events),
        truncated=len(changes) > len(shown) or any(quote.cut for quote in quotes),
    )


def _changes(chart: Chart, plan: Retrieve, inside: PlanResult, encounter: str, linker: Linker) -> list[Event]:
    assert inside.now is not None
    selecting = Selecting(chart, inside.now, encounter, linker)
    return find_changes(chart, selecting.select(Selection(windows=plan.windows)))


def _nothing(inside: PlanResult) -> PlanOutcome:
    """A window around something that the record does not have stays what it is."""
    return PlanOutcome.EMPTY if inside.outcome is PlanOutcome.FOUND else inside.outcome


def _quoted(quote: Quote) -> Value:
    name = quote.event.name or quote.event.kind.name.capitalize()
    start = "start of " if quote.cut else ""
    label = f"{name}, {start}{quote.section}" if quote.section else f"{name}, {start}text" if quote.cut else name
    return Value(quote.text, label=label, event_keys=(quote.event.event_key,))


def _described(event: Event) -> Value:
    return Value(mention(event), label=event.name, event_keys=(event.event_key,))
