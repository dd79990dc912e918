"""Every operation and outcome has its plain answer, and no value of a result is lost on the way into words."""

from dataclasses import replace
from decimal import Decimal

import pytest
from answer_cases import CASES, CREATININE, SERUM, Case, at, event
from hypothesis import given
from hypothesis import strategies as st

from chartline.language.dates import show, show_window
from chartline.language.numbers import rounded
from chartline.language.rendering import LONGEST_LIST, LONGEST_RESULT, render, result_text
from chartline.record.event import Instant, Quantity, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.plan import Field, Lookup, PlanOutcome, Selection, Which
from chartline.record.result import PlanResult, Value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.plain[:60])
def test_plain_answer(case: Case) -> None:
    assert render(case.plan, case.result) == case.plain


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.plain[:60])
def test_result_line_is_one_short_line(case: Case) -> None:
    line = result_text(case.plan, case.result)
    assert "\n" not in line
    assert len(line) <= LONGEST_RESULT + len(" | +200 more")
    assert line == result_text(case.plan, case.result)


@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=LONGEST_LIST, unique=True))
def test_record_values_keep_their_text(numbers: list[Decimal]) -> None:
    events = [
        event(str(i), EventKind.LABORATORY, SERUM, Quantity(str(number), "mg/dL"), at(2100, 1, 1, 0, i % 60))
        for i, number in enumerate(numbers)
    ]
    values = tuple(Value(e.quantity, SERUM, (e.event_key,)) for e in events)  # type: ignore[arg-type]
    text = render(Lookup(CREATININE, Field.VALUE), PlanResult(PlanOutcome.FOUND, values, tuple(events)))
    assert all(f" {number} mg/dL" in text for number in numbers)


def test_long_list_says_that_it_is_cut() -> None:
    plan = Lookup(Selection(EventKind.MEDICATION_REQUEST), Field.NAME)
    values = tuple(Value(f"drug {i}") for i in range(LONGEST_LIST + 12))
    text = render(plan, PlanResult(PlanOutcome.FOUND, values))
    assert text.endswith("… and 12 more.")
    assert result_text(plan, PlanResult(PlanOutcome.FOUND, values)).endswith(" more")


def test_a_value_without_a_name_says_of_what_it_is() -> None:
    out = Value(Quantity("60", "mL"), "foley")
    unnamed = Lookup(Selection(EventKind.OUTPUT, which=Which.LAST), Field.VALUE)
    assert render(unnamed, PlanResult(PlanOutcome.FOUND, (out,))) == "The last output was foley: 60 mL."
    named = replace(unnamed, selection=replace(unnamed.selection, concepts=("foley",)))
    assert render(named, PlanResult(PlanOutcome.FOUND, (out,))) == "The last foley was 60 mL."


@pytest.mark.parametrize(
    ("concept", "text"),
    [
        ("check up", "The last check up visit was on 2100-12-03 02:37."),
        ("well child visit", "The last well child visit was on 2100-12-03 02:37."),
        ("", "The last hospital visit was on 2100-12-03 02:37."),
    ],
)
def test_a_visit_is_called_one_once(concept: str, text: str) -> None:
    concepts = (concept,) if concept else ()
    plan = Lookup(Selection(EventKind.ENCOUNTER, concepts, which=Which.LAST), Field.TIME)
    assert render(plan, PlanResult(PlanOutcome.FOUND, (Value(at(2100, 12, 3, 2, 37)),))) == text


@given(st.decimals(-10_000, 10_000, allow_nan=False))
def test_rounding_rule(number: Decimal) -> None:
    error = abs(Decimal(rounded(number)) - number)
    assert error <= Decimal("0.0005") or error <= abs(number) * Decimal("0.005")
    assert "E" not in rounded(number)


def test_times_show_what_is_known() -> None:
    moment = at(2100, 12, 3, 2, 37, 5)
    assert show(moment) == "2100-12-03 02:37:05"
    assert show(at(2100, 12, 3)) == "2100-12-03 00:00"
    for precision, text in (
        (TimePrecision.YEAR, "2100"),
        (TimePrecision.MONTH, "2100-12"),
        (TimePrecision.DAY, "2100-12-03"),
    ):
        assert show(Instant(moment.unix_micros, None, precision)) == text
    assert show(Instant(moment.unix_micros, 60)) == "2100-12-03 03:37:05"


def test_windows_are_named() -> None:
    assert show_window(at(2100, 1, 1), at(2101, 1, 1)) == "in 2100"
    assert show_window(at(2100, 12, 1), at(2101, 1, 1)) == "in 2100-12"
    assert show_window(at(2100, 12, 3), at(2100, 12, 4)) == "on 2100-12-03"
    assert show_window(at(2100, 12, 3), at(2100, 12, 9)) == "from 2100-12-03 to 2100-12-08"
    assert show_window(at(2100, 12, 3), at(2100, 12, 3, 9)) == "between 2100-12-03 and 2100-12-03 09:00"
    assert show_window(at(2100, 12, 3, 5), None) == "since 2100-12-03 05:00"
    assert show_window(None, at(2100, 12, 3)) == "before 2100-12-03"
    assert show_window(None, None) == ""
