"""An order says of no dose that it was given, whatever was asked and whatever a model makes of it."""

import pytest

from chartline.language.plan_text import load_plan
from chartline.language.rendering import render
from chartline.language.verification import checked_answer
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome
from tests.record.record_charts import drug, event, run, said

TIME = "2100-01-01 10:00:00"


def given(name: str) -> Event:
    return event(EventKind.MEDICATION_ADMINISTRATION, name, TIME, "5000", "U")


@pytest.mark.parametrize("plan", ['exists administration "heparin"', 'count administration "heparin"'])
def test_an_order_is_no_dose(plan: str) -> None:
    result = run(load_plan(plan), [drug("Heparin", TIME, "5000", "U")])
    assert result.outcome is PlanOutcome.AMBIGUOUS
    assert render(load_plan(plan), result) == (
        "In this record there are prescriptions of heparin and no drug administrations; "
        "please ask for those if they are meant."
    )


def test_a_dose_is_one() -> None:
    plan = load_plan('exists administration "heparin"')
    assert said(run(plan, [drug("Heparin", TIME, "5000", "U"), given("Heparin")])) == [True]


def test_a_dose_that_was_asked_for_as_an_order_is_called_a_dose() -> None:
    plan = load_plan('exists prescription "heparin"')
    result = run(plan, [given("Heparin")])
    assert "drug administrations of heparin" in render(plan, result)
    answer = checked_answer(plan, result, "Was heparin ordered?", "Yes, heparin was prescribed on 2100-01-01 10:00.")
    assert answer.replaced
