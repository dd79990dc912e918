"""Step 8 for narrative questions: executes `read` on a chart's notes, and on what changed where that is asked.

notes in the plan's windows ──▶ their passages near the question ──▶ quotations
"what changed overnight"    ──▶ events of those hours that are news ──▶ descriptions
"""

from collections.abc import Iterator
from dataclasses import replace

from chartline.language.asking import Ask, read_ask
from chartline.language.quoting import Near, Quote, find_quotes
from chartline.language.verbalizer import mention
from chartline.record.changes import find_changes
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
from services.encoder.charts import ChartView
from services.encoder.index import ExactSearch
from services.encoder.vectors import SentenceVectors

#: What changed is asked from one day to the next; the night is from seven to seven.
_LAST_DAY = RecentWindow(24, TimeUnit.HOUR)
_LAST_NIGHT = CalendarWindow(Relation.IN, CalendarDate(day_offset=-1, hour=19), CalendarDate(day_offset=0, hour=6))
_MOST_CHANGES = 16


class Narrator:
    """Thread safe on a CPU."""

    def __init__(self, vectors: SentenceVectors, index: ExactSearch) -> None:
        self._vectors = vectors
        self._index = index

    def read(self, view: ChartView, plan: Retrieve, now: Instant | None, encounter: str, linker: Linker) -> PlanResult:
        """Values are quotations and descriptions, each with its event. Raises Exhausted when the encoder is full."""
        ask = read_ask(plan.query)
        if ask.changes and not plan.windows:
            plan = replace(plan, windows=(_LAST_NIGHT if ask.at_night else _LAST_DAY,))
        inside = execute(plan, view.chart, now, encounter, linker)
        quotes = find_quotes(inside.events, ask, self._near(view, ask)) if inside.events else []
        changes = self._changes(view, plan, inside, encounter, linker) if ask.changes else []
        shown = changes[:_MOST_CHANGES]
        return replace(
            inside,
            outcome=PlanOutcome.FOUND if quotes or shown else _nothing(inside),
            values=(*map(_quoted, quotes), *map(_described, shown)),
            events=tuple({id(event): event for event in [*(quote.event for quote in quotes), *shown]}.values()),
            events_searched=len(inside.events),
            truncated=len(changes) > len(shown) or any(quote.cut for quote in quotes),
        )

    def _near(self, view: ChartView, ask: Ask) -> Iterator[Near]:
        """Every passage of the chart, the nearest first."""
        block = view.sentences()
        found = self._index.nearest(self._vectors.of_queries([ask.text])[0], block.vectors, len(block.passages))
        for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
            if (passage := block.passages[row]) is not None:
                yield Near(passage, block.events[row], score)

    def _changes(
        self, view: ChartView, plan: Retrieve, inside: PlanResult, encounter: str, linker: Linker
    ) -> list[Event]:
        assert inside.now is not None
        selecting = Selecting(view.chart, inside.now, encounter, linker)
        return find_changes(view.chart, selecting.select(Selection(windows=plan.windows)))


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
