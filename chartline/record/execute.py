"""Step 8: executes a plan on one patient's chart; what comes back is the answer, and the events that support it.

The result depends on the plan, the chart, now, the encounter and the linker alone: not on the machine's clock or zone.
"""

from dataclasses import replace

from chartline.errors import InvalidRequest
from chartline.record.aggregating import aggregate
from chartline.record.answer import MOST, Findings, Found, as_result
from chartline.record.chart import STAY_KINDS, Chart, Indices
from chartline.record.comparing import compare
from chartline.record.event import Instant, Quantity
from chartline.record.fields import NAMELESS, Form, present, read, time_between, within_one_date
from chartline.record.kinds import EventKind
from chartline.record.linking import Linker
from chartline.record.plan import (
    Aggregate,
    Compare,
    Exists,
    Field,
    Function,
    Interval,
    Lookup,
    Operand,
    OutOfScope,
    PlanOutcome,
    QueryPlan,
    Retrieve,
    Selection,
    Which,
    Window,
)
from chartline.record.result import Duration, PlanResult
from chartline.record.selecting import Selecting, Unresolved
from chartline.record.stay_windows import end_of_visit, knows_visit
from chartline.record.times import NO_TIME, moment_of
from chartline.record.windows import Mask, covered

_NARRATIVE = (EventKind.NOTE, EventKind.REPORT)
#: Times, and the places of the events at each.
Points = dict[Instant, tuple[int, ...]]

_COUNTS = (Function.COUNT, Function.COUNT_DISTINCT)


def execute(plan: QueryPlan, chart: Chart, now: Instant | None, encounter: str, linker: Linker) -> PlanResult:
    """Raises InvalidRequest for a plan that names numbers or comparators which cannot be, and for an unknown encounter.

    `now` None is the latest available_time. `encounter` is the visit the question is about, empty for none; of a
    visit that is over, now is its end.
    """
    if encounter and not knows_visit(chart, encounter):
        raise InvalidRequest("the record knows no such encounter; name one of the patient's", field="encounter")
    moment = _asked_at(now or chart.as_of or chart.last_known or Instant(0), chart, encounter)
    if isinstance(plan, OutOfScope):
        return PlanResult(PlanOutcome.EMPTY, now=moment)
    counts = isinstance(plan, Aggregate) and plan.function in _COUNTS
    asks = isinstance(plan, Exists)
    selecting = Selecting(
        *(chart, moment, encounter, linker),
        tolerant=counts or asks,
        wide=asks,
        lists=isinstance(plan, Lookup),
        lasting=_asks_of_all(plan),
    )
    try:
        result = _Execution(selecting).run(plan)
    except Unresolved as unresolved:
        result = PlanResult(unresolved.outcome)
    start, end = covered(_windows(plan), selecting.frame())
    return replace(
        result,
        concepts=tuple(selecting.concepts),
        events_searched=selecting.searched,
        now=moment,
        window_start=start,
        window_end=end,
    )


def _asks_of_all(plan: QueryPlan) -> bool:
    """Whether there was any; what is put in order or counted goes by its start."""
    if not isinstance(plan, Exists):
        return False
    chosen = plan.selection
    return chosen.which in (Which.ALL, Which.CURRENT) and not chosen.extremum and not chosen.min_occurrences


def _asked_at(now: Instant, chart: Chart, encounter: str) -> Instant:
    end = end_of_visit(chart, encounter) if encounter else None
    return now if end is None or chart.clock(now) <= end else Instant(end, chart.offset_minutes)


def _windows(plan: QueryPlan) -> tuple[Window, ...]:
    """In which the answer's events lie; a comparison or an interval has several selections and names none."""
    if isinstance(plan, Lookup | Aggregate | Exists):
        return plan.selection.windows
    return plan.windows if isinstance(plan, Retrieve) else ()


class _Execution:
    """One method an operation."""

    def __init__(self, selecting: Selecting) -> None:
        self.selecting = selecting
        self.chart = selecting.chart
        self.now = selecting.now

    def run(self, plan: QueryPlan) -> PlanResult:
        if isinstance(plan, Retrieve):
            return self.retrieve(plan)
        if isinstance(plan, Exists):
            return as_result(self.exists(plan), self.chart)
        if isinstance(plan, Interval):
            return as_result(self.interval(plan), self.chart)
        if isinstance(plan, Compare):
            left, right = self.operand(plan.left), self.operand(plan.right)
            return as_result(compare(left, plan.comparator, right, self.chart), self.chart)
        assert isinstance(plan, Lookup | Aggregate)
        return as_result(self.operand(plan), self.chart)

    def operand(self, operand: Operand) -> Findings:
        if isinstance(operand, Quantity):
            return Findings((Found(operand),))
        if isinstance(operand, Lookup):
            return self.lookup(operand)
        indices = self.selecting.select(operand.selection)
        return aggregate(operand, indices, self.chart, self.label(operand.selection, indices), self.now)

    def label(self, selection: Selection, indices: Indices) -> str:
        """What is reckoned with: the name in the record where it is one, else what the plan calls it."""
        names = {self.chart.events[i].name for i in indices.tolist()}
        return names.pop() if len(names) == 1 else ", ".join(selection.concepts)

    def lookup(self, plan: Lookup) -> Findings:
        """Equal values are one, with all the events behind them; the first event is the first that has a value.

        The first visit is the first, whatever else is known of it: why somebody came then is not why they came later.
        """

        def having(indices: Indices) -> Mask:
            return present(self.chart, indices, plan.field, plan.attribute, self.now)

        strict = plan.field is Field.ATTRIBUTE and plan.selection.kind in STAY_KINDS

        merged: dict[tuple[Form, str], list[int]] = {}
        labels: dict[tuple[Form, str], str] = {}
        for index in self.selecting.select(plan.selection, None if strict else having).tolist():
            form = read(self.chart, index, plan.field, plan.attribute, self.now)
            if form is None:
                continue
            name = self.chart.events[index].name
            key = (form, "" if plan.field in NAMELESS else name)
            merged.setdefault(key, []).append(index)
            labels[key] = name if labels.get(key, name) == name else ""
        return Findings(tuple(Found(key[0], labels[key], tuple(indices)) for key, indices in merged.items()))

    def exists(self, plan: Exists) -> Findings:
        found = self.selecting.select(plan.selection)
        return Findings((Found(len(found) > 0, "", tuple(found.tolist())),), contestable=False)

    def interval(self, plan: Interval) -> Findings:
        """From each start to now, or to the next end after it; to the only end wherever it lies.

        Where all that is known of both is one date, both are shown.
        """
        starts, now = self.points(plan.start), moment_of(self.selecting.frame().now)
        ends: Points = {now: ()} if plan.end is None else self.points(plan.end)
        pairs = [(start, end) for start in starts for end in self.following(start, list(ends))[:1]]
        spans = [self.span(time_between(self.chart, a, b), starts[a] + ends[b]) for a, b in pairs]
        if found := tuple(span for span in spans if span is not None):
            return Findings(found)
        sides = tuple(Found(a, "", starts[a]) for a, _ in pairs) + tuple(Found(b, "", ends[b]) for _, b in pairs)
        return Findings(sides, PlanOutcome.INCOMPARABLE)

    def following(self, start: Instant, ends: list[Instant]) -> list[Instant]:
        chart = self.chart
        after = [end for end in ends if chart.clock(end) >= chart.clock(start) or within_one_date(chart, start, end)]
        return after or (ends if len(ends) == 1 else [])

    def points(self, selection: Selection) -> Points:
        """The distinct times of the selected events, ascending, and the events at each."""
        indices = self.selecting.select(selection, lambda found: self.chart.starts[found] != NO_TIME)
        known: dict[tuple[int, int], Instant] = {}
        points: Points = {}
        for index in indices.tolist():
            told = self.chart.events[index].time
            assert told is not None
            time = known.setdefault((int(self.chart.starts[index]), int(self.chart.lengths[index])), told)
            points[time] = (*points.get(time, ()), index)
        return points

    def span(self, length: Duration | None, indices: tuple[int, ...]) -> Found | None:
        return None if length is None else Found(length, self.chart.events[indices[0]].name, indices)

    def retrieve(self, plan: Retrieve) -> PlanResult:
        """The notes and reports in which to look, the latest where there are too many; reading them is not for here."""
        kinds = (Selection(kind=kind, windows=plan.windows) for kind in _NARRATIVE)
        indices = sorted(i for selection in kinds for i in self.selecting.select(selection).tolist())
        outcome = PlanOutcome.FOUND if indices else PlanOutcome.EMPTY
        events = tuple(self.chart.events[i] for i in indices[-MOST:])
        return PlanResult(outcome, events=events, truncated=len(indices) > MOST)
