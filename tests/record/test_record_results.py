"""Results depend on what was known and on nothing else: not on delivery, not on the future, not on the machine."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_charts import START, histories, moments

from chartline.record.chart import Chart
from chartline.record.event import Event, Instant, Quantity
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
    Function,
    Interval,
    Lookup,
    QueryPlan,
    RecentWindow,
    Relation,
    Retrieve,
    Selection,
    TimeUnit,
    Which,
)
from chartline.record.result import PlanResult
from chartline.record.times import DAY
from chartline.rpc.messages import result_to_message

LAB = EventKind.LABORATORY
CREATININE = Selection(LAB, ("creatinine",))
LAST, FIRST = replace(CREATININE, which=Which.LAST), replace(CREATININE, which=Which.FIRST, nth=2)
TODAY = CalendarWindow(Relation.IN, CalendarDate(day_offset=0))
PLANS: tuple[QueryPlan, ...] = (
    Lookup(LAST, Field.VALUE),
    Lookup(Selection(windows=(TODAY,)), Field.NAME),
    Lookup(Selection(LAB, extremum=Extremum.MAXIMUM, min_occurrences=2), Field.TIME),
    Lookup(Selection(LAB, windows=(EventWindow(Relation.AFTER, FIRST, 12, TimeUnit.HOUR),)), Field.VALUE),
    Aggregate(Selection(LAB, windows=(RecentWindow(1, TimeUnit.DAY),)), Function.SUM, bucket=TimeUnit.DAY),
    Aggregate(Selection(LAB), Function.COUNT_DISTINCT),
    Exists(Selection(EventKind.VITAL, ("pulse",))),
    Compare(Lookup(LAST, Field.VALUE), Comparator.GREATER, Lookup(FIRST, Field.VALUE)),
    Compare(Lookup(LAST, Field.VALUE), Comparator.LESS, Quantity("2")),
    Interval(FIRST, LAST),
    Retrieve("anything"),
)
#: The end of time in the random histories.
NOW = Instant(START.unix_micros + 5 * DAY)


def executed(plan: QueryPlan, history: list[Event], as_of: Instant | None) -> PlanResult:
    return execute(plan, Chart.build(history, as_of), as_of or NOW, "", LexicalLinker())


def as_bytes(history: list[Event], as_of: Instant | None) -> list[bytes]:
    """The results of all plans."""
    results = (executed(plan, history, as_of) for plan in PLANS)
    return [result_to_message(result).SerializeToString(deterministic=True) for result in results]


@given(history=histories(), later=histories(retractions=False), as_of=moments(st.integers(0, 90)))
def test_what_is_known_later_changes_no_byte(history: list[Event], later: list[Event], as_of: Instant) -> None:
    late = [replace(e, available_time=Instant(as_of.unix_micros + 1)) for e in later]
    assert as_bytes([*late, *history], as_of) == as_bytes(history, as_of)


@given(history=histories(), random=st.randoms(use_true_random=False), as_of=st.none() | moments(st.integers(0, 90)))
def test_delivery_changes_no_byte(history: list[Event], random, as_of: Instant | None) -> None:
    delivered = history + history[: len(history) // 2]
    random.shuffle(delivered)
    assert as_bytes(delivered, as_of) == as_bytes(history, as_of)


@given(history=histories(), as_of=moments(st.integers(0, 90)))
def test_no_result_shows_an_event_that_was_not_known(history: list[Event], as_of: Instant) -> None:
    for plan in PLANS:
        result = executed(plan, history, as_of)
        assert all(e.available_time is None or e.available_time.unix_micros <= as_of.unix_micros for e in result.events)
        keys = {e.event_key for e in result.events}
        assert all(set(value.event_keys) <= keys for value in result.values)


@given(history=histories())
def test_the_zone_of_the_machine_is_not_asked(history: list[Event]) -> None:
    before = as_bytes(history, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        after = as_bytes(history, None)
    time.tzset()
    assert before == after
