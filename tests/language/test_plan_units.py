"""The unit behind a number of the question is part of what is asked."""

import pytest

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import load_plan
from chartline.language.plan_units import in_units
from chartline.language.rendering import render
from chartline.record.event import Event, Quantity
from chartline.record.kinds import EventKind
from chartline.record.plan import Compare, Filter, Lookup, PlanOutcome
from tests.record.record_charts import event, icu_stay, lab, run, said

TEMPERATURE = 'exists vital "temperature" with value > {}'
GLUCOSE = 'greater (get value of last lab "glucose") {}'


def filters(text: str, *said: str) -> tuple[Filter, ...]:
    plan = in_units(load_plan(text), said)
    assert not isinstance(plan, Compare)
    assert hasattr(plan, "selection")
    return tuple(plan.selection.filters)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Was the temperature ever above 38 C?", "38 C"),
        ("Was the temperature ever above 38°C in January?", "38 °C"),
        ("temp > 38 degrees celsius on 03/2100?", "38 degrees celsius"),
        ("Was it above 38 in the last 2 days?", "38"),
        ("Was it above thirty-eight degrees Fahrenheit?", "38 degrees Fahrenheit"),
        ("Was it above 38?", "38"),
        ("Was it above 38 C or 38 F?", "38"),
    ],
)
def test_a_filter_has_the_unit_behind_its_number(question: str, value: str) -> None:
    assert [condition.value for condition in filters(TEMPERATURE.format(38), question)] == [value]


def test_days_are_no_unit_of_what_is_measured() -> None:
    text = 'count lab "creatinine" with value > 2 in "last 2 days"'
    assert filters(text, "How often was the creatinine above 2 in the last 2 days?")[0].value == "2"
    assert filters(text, "How often was the creatinine above 2 mg/dL in the last 2 days?")[0].value == "2 mg/dL"


def test_an_earlier_turn_lends_its_unit() -> None:
    assert filters(TEMPERATURE.format(38), "And in the ICU?", "Was it above 38 C?")[0].value == "38 C"


def test_how_often_has_no_unit() -> None:
    plan = in_units(load_plan('greater (count diagnosis "fever") 2'), ["Did she have fever on more than 2 days?"])
    assert isinstance(plan, Compare)
    assert plan.right == Quantity("2")


def fahrenheit(value: str) -> Event:
    return event(EventKind.VITAL, "temperature", "2100-01-01 10:00:00", value, "[degF]")


@pytest.mark.parametrize(("value", "there"), [("98.6", False), ("101.3", True)])
def test_degrees_celsius_are_held_to_degrees_fahrenheit(value: str, *, there: bool) -> None:
    question = "Was the temperature ever above 38 C?"
    plan = checked_plan(TEMPERATURE.format(38), question)
    result = run(plan, [fahrenheit(value)])
    assert result.values[0].form is there
    assert "greater than 38 C" in render(plan, result)


@pytest.mark.parametrize(("number", "unit", "above"), [("10", "mmol/L", False), ("5", "mmol/L", True)])
def test_a_comparison_is_made_in_the_unit_that_was_said(number: str, unit: str, *, above: bool) -> None:
    plan = checked_plan(GLUCOSE.format(number), f"Was the last glucose above {number} {unit}?")
    result = run(plan, [lab("glucose", "2100-01-01 10:00:00", "108")])
    assert result.values[0].form is above
    assert f"{number} {unit}" in render(plan, result)


def test_a_stay_of_36_hours_does_not_last_two_days() -> None:
    plan = checked_plan("greater (get duration of last icu) 2", "Did the last ICU stay last longer than 2 days?")
    assert run(plan, [icu_stay("1", "2100-01-01 10:00:00", "2100-01-02 22:00:00")]).values[0].form is False


def test_units_that_have_nothing_in_common_are_not_compared() -> None:
    plan = checked_plan(TEMPERATURE.format(38), "Was the temperature ever above 38 C?")
    unknown = event(EventKind.VITAL, "temperature", "2100-01-01 10:00:00", "98.6")
    result = run(plan, [unknown])
    assert result.outcome is PlanOutcome.INCOMPARABLE
    assert "no certain comparison" in render(plan, result)
    assert run(plan, [unknown, fahrenheit("101.3")]).values[0].form is True


def test_a_number_without_a_unit_is_of_the_unit_of_the_record_if_it_has_one() -> None:
    plan = checked_plan('get value of lab "glucose" with value > 100', "Which glucose values were above 100?")
    assert isinstance(plan, Lookup)
    in_one = [lab("glucose", "2100-01-01 10:00:00", "108"), lab("glucose", "2100-01-02 10:00:00", "90")]
    assert said(run(plan, in_one)) == ["108 mg/dL"]
    in_two = [*in_one, lab("glucose", "2100-01-03 10:00:00", "7", "mmol/L")]
    assert run(plan, in_two).outcome is PlanOutcome.INCOMPARABLE


def test_only_times_are_counted_one_further() -> None:
    assert checked_plan('exists vital "temperature" repeated 39', "Was the temperature taken more than 38 times?")
    with pytest.raises(PlanRefused):
        checked_plan('exists vital "temperature" with value >= 39', "Was the temperature ever above 38 C?")
