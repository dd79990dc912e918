"""Whatever a message can hold: every plan on every chart ends in a result or in InvalidRequest, and in nothing else."""

from hypothesis import given
from hypothesis import strategies as st
from record_charts import NOW, event, histories, lab, visit

from chartline.errors import InvalidRequest
from chartline.record.chart import Chart
from chartline.record.event import Event, Quantity
from chartline.record.execute import execute
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.plan import (
    Aggregate,
    CalendarDate,
    CalendarWindow,
    Comparator,
    Compare,
    EventWindow,
    Exists,
    Extremum,
    Field,
    Filter,
    Function,
    Interval,
    Lookup,
    RecentWindow,
    Relation,
    Retrieve,
    Selection,
    StayType,
    StayWindow,
    TimeUnit,
    Which,
)
from chartline.record.times import parse_instant

ZONED = [
    visit("1", "2100-01-01 09:00:00Z"),
    lab("creatinine", "2100-02", "3"),
    lab("a", "2100-01-01 10:00:00-05:00", "1"),
    event(EventKind.PATIENT, key="p", attributes={"birth_date": "2040-02-29", "age": "old"}),
]
TEXTS = st.sampled_from(("", "creatinine", "pulse", "3", "5 mg/dL", "1e999", "nan", "2100-01", "high", "٣", "x" * 500))
UNSIGNED = st.sampled_from((0, 1, 2, 12, 10_000, 2**32 - 1))
SIGNED = st.none() | st.sampled_from((-(2**31), -1, 0, 1, 3, 30, 2100, 2**31 - 1))
HOURS = st.none() | st.sampled_from((0.0, 1.5, -4.0, 1e300, float("inf"), float("nan")))
UNITS = st.sampled_from(TimeUnit)
STAYS = st.sampled_from(StayType)
DATES = st.builds(CalendarDate, *[SIGNED] * 9)


def selections(windows: st.SearchStrategy[object]) -> st.SearchStrategy[Selection]:
    filters = st.builds(
        Filter, st.sampled_from(Field), st.sampled_from(Comparator), TEXTS, st.sampled_from(("", "age"))
    )
    return st.builds(
        Selection,
        kind=st.none() | st.sampled_from(EventKind),
        concepts=st.lists(TEXTS, max_size=2).map(tuple),
        filters=st.lists(filters, max_size=1).map(tuple),
        windows=st.lists(windows, max_size=2).map(tuple),
        extremum=st.sampled_from(Extremum),
        which=st.sampled_from(Which),
        nth=UNSIGNED,
        min_occurrences=UNSIGNED,
        absent_in=st.none() | windows,
        exact_occurrences=st.booleans(),
    )


FREE_WINDOWS = st.one_of(
    st.builds(CalendarWindow, st.sampled_from(Relation), DATES, st.none() | DATES),
    st.builds(RecentWindow, UNSIGNED, UNITS),
    st.builds(
        StayWindow, STAYS, st.sampled_from(Which), UNSIGNED, HOURS, HOURS, st.none() | UNSIGNED,
        st.none() | st.sampled_from(("9.28", "-3", "1e9", "soon")),
    ),
)  # fmt: skip
EVENT_WINDOWS = st.builds(
    EventWindow, st.sampled_from(Relation), selections(FREE_WINDOWS), st.none() | UNSIGNED, st.none() | UNITS,
    st.booleans(), st.none() | STAYS,
)  # fmt: skip
WINDOWS = FREE_WINDOWS | EVENT_WINDOWS
SELECTIONS = selections(WINDOWS)
LOOKUPS = st.builds(Lookup, SELECTIONS, st.sampled_from(Field), st.sampled_from(("", "age")))
AGGREGATES = st.builds(
    Aggregate, SELECTIONS, st.sampled_from(Function), st.sampled_from(Field), st.just("age"), st.none() | UNITS
)
OPERANDS = st.one_of(
    LOOKUPS, AGGREGATES, st.builds(Quantity, TEXTS, st.sampled_from(("", "g/L")), st.sampled_from("<>"))
)
PLANS = st.one_of(
    LOOKUPS,
    AGGREGATES,
    st.builds(Exists, SELECTIONS),
    st.builds(Compare, OPERANDS, st.sampled_from(Comparator), OPERANDS),
    st.builds(Interval, SELECTIONS, st.none() | SELECTIONS, UNITS),
    st.builds(Retrieve, TEXTS, st.lists(WINDOWS, max_size=2).map(tuple)),
)
NOWS = st.none() | st.sampled_from((NOW, "2100-12", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+05:00"))


@given(PLANS, st.just(ZONED) | st.just([]) | histories(), NOWS, st.sampled_from(("", "1")))
def test_every_plan_ends_in_a_result(plan, events: list[Event], now: str | None, encounter: str) -> None:
    chart = Chart.build(events)
    try:
        result = execute(plan, chart, parse_instant(now) if now else None, encounter, LexicalLinker())
    except InvalidRequest:
        return
    keys = {e.event_key for e in result.events}
    assert all(set(value.event_keys) <= keys for value in result.values)
