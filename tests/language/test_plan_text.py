import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_strategies import plans

from chartline.language.plan_text import PlanTextError, load_plan
from chartline.language.plan_writer import dump_plan
from chartline.record.kinds import EventKind
from chartline.record.plan import (
    Comparator,
    Compare,
    Field,
    Interval,
    Lookup,
    QueryPlan,
    Selection,
    StayType,
    StayWindow,
    TimeUnit,
    Which,
)


@given(plans)
@settings(max_examples=400, deadline=None)
def test_every_plan_is_read_back_from_its_text(plan: QueryPlan) -> None:
    assert load_plan(dump_plan(plan)) == plan


def test_a_comparison_of_two_measurements() -> None:
    first_icu = (StayWindow(StayType.ICU, Which.FIRST),)
    rate = Selection(EventKind.VITAL, ("heart rate",), windows=first_icu, which=Which.LAST)
    before = Selection(EventKind.VITAL, ("heart rate",), windows=first_icu, which=Which.LAST, nth=2)
    assert load_plan(
        'difference (get value of last vital "heart rate" during first icu) '
        '(get value of last 2 vital "heart rate" during first icu)'
    ) == Compare(Lookup(rate, Field.VALUE), Comparator.DIFFERENCE, Lookup(before, Field.VALUE))


def test_the_time_since_an_event() -> None:
    current = (StayWindow(StayType.HOSPITAL, Which.CURRENT),)
    assert load_plan('days from (last diagnosis "sepsis" during current hospital) to now') == Interval(
        Selection(EventKind.CONDITION, ("sepsis",), windows=current, which=Which.LAST), None, TimeUnit.DAY
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "get",
        "get value of",
        "get value of lab creatinine",
        'get value of last lab "creatinine" since "soon"',
        "exists lab and more",
        'count lab "x" since',
        "refuse because",
        "difference 1",
        "get value of last -2 lab",
        "get name of procedure repeated 2.5",
        "drop table events",
        "mean",
    ],
)
def test_what_is_no_plan_is_an_error(text: str) -> None:
    with pytest.raises(PlanTextError):
        load_plan(text)


@given(st.text(max_size=80))
def test_any_text_is_a_plan_or_an_error(text: str) -> None:
    with contextlib.suppress(PlanTextError):
        load_plan(text)
