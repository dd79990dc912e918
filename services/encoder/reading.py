"""Reads one patient's chart for the gateway: pages of events, executed plans, the prefix (steps 6 and 8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chartline.language.blocks import Block, prefix_order, prefix_place
from chartline.record.event import Event, Instant
from chartline.record.execute import execute
from chartline.record.linking import Linker
from chartline.record.mentioned import mentioned
from chartline.record.plan import QueryPlan, Retrieve
from chartline.record.result import PlanResult
from services.encoder.charts import Charts, ChartView
from services.encoder.guard import check_result, is_owned
from services.encoder.narrative import Narrator
from services.encoder.search import EventSearch, Hit, SearchFilter, SearchOrder

MakeLinker = Callable[[ChartView], Linker]


@dataclass(frozen=True, slots=True)
class Prefix:
    """The patient prefix and what the gateway needs beside it."""

    patient: str
    blocks: tuple[Block, ...]
    last_available_time: Instant | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The events that a chart shows, and as of when."""

    events: tuple[Event, ...]
    as_of: Instant | None


class ChartReader:
    """Thread safe. Every method raises NotFound for an unknown patient and Unavailable without the database."""

    def __init__(self, charts: Charts, search: EventSearch, narrator: Narrator, make_linker: MakeLinker) -> None:
        self._charts = charts
        self._search = search
        self._narrator = narrator
        self._make_linker = make_linker

    def list_events(
        self,
        tenant: str,
        patient: str,
        only: SearchFilter,
        as_of: Instant | None,
        with_withdrawn: bool,
        after: str,
        limit: int,
    ) -> tuple[list[Event], str]:
        """A page in the order of the prefix and the place where it ends, "" at the end of the chart."""
        view = self._charts.view(tenant, patient, as_of)
        listed = prefix_order([*view.chart.events, *(view.withdrawn() if with_withdrawn else ())])
        admitted = [e for e in only.admitted(listed, view.chart) if is_owned(view.patient, e)]
        start = _start_of_page(admitted, after)
        page = admitted[start : start + limit]
        return page, place_of(page[-1]) if start + limit < len(admitted) else ""

    def execute(
        self, tenant: str, patient: str, plan: QueryPlan, as_of: Instant | None, now: Instant | None, encounter: str
    ) -> PlanResult:
        """Now is the request's, else as_of, else the last available_time. Raises Exhausted as `search` does."""
        view = self._charts.view(tenant, patient, as_of)
        linker = self._make_linker(view)
        if isinstance(plan, Retrieve):
            result = self._narrator.read(view, plan, now, encounter, linker)
        else:
            result = execute(plan, view.chart, now, encounter, linker)
        return check_result(view.patient, result)

    def search(
        self,
        tenant: str,
        patient: str,
        query: str,
        only: SearchFilter,
        as_of: Instant | None,
        order: SearchOrder,
        limit: int,
    ) -> list[Hit]:
        """Raises Exhausted when the text encoder is full."""
        return self._search.find(self._charts.view(tenant, patient, as_of), query, only, order, limit)

    def prefix(self, tenant: str, patient: str, as_of: Instant | None, texts: Sequence[str]) -> Prefix:
        """With the names of the chart that `texts` hold."""
        view = self._charts.view(tenant, patient, as_of)
        return Prefix(view.patient.canonical, view.prefix(), view.chart.last_known, mentioned(view.chart, texts))

    def chart(self, tenant: str, patient: str, as_of: Instant | None) -> Shown:
        """What was known then; without a time at the last one that the chart knows, if it knows any."""
        view = self._charts.view(tenant, patient, as_of)
        if as_of is None and view.chart.last_known is not None:
            view = self._charts.view(tenant, patient, view.chart.last_known)
        return Shown(tuple(e for e in view.chart.events if is_owned(view.patient, e)), view.chart.as_of)


def place_of(event: Event) -> str:
    """Where an event stands in the order of the prefix, for a page token."""
    has_time, available, key = prefix_place(event)
    return f"{int(has_time)}:{available}:{key}"


def _start_of_page(events: Sequence[Event], after: str) -> int:
    """Behind the last event at or before `after`; the chart may have changed since."""
    if not after:
        return 0
    has_time, available, key = after.split(":")
    place = (has_time == "1", int(available), key)
    return sum(prefix_place(e) <= place for e in events)
