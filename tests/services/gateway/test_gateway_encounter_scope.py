"""A question that names a visit is about that visit alone, and its answer says so."""

import pytest

from chartline.language.plan_text import load_plan
from chartline.language.plan_writer import dump_plan
from chartline.language.rendering import render
from chartline.language.verification import checked_answer
from chartline.record.chart import Chart
from chartline.record.event import Attribute, Event, Quantity, Source
from chartline.record.execute import execute
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.times import parse_instant
from services.gateway.encounter_scope import of_stays, within_visit


@pytest.mark.parametrize(
    ("plan", "scoped"),
    [
        ("get duration of visit", "get duration of visit during hospital"),
        ("count lab", "count lab during hospital"),
        ('get value of last lab "k" in "today"', 'get value of last lab "k" in "today" during hospital'),
        ('exists lab "k" during first icu', 'exists lab "k" during first icu'),
        ("get time of last visit", "get time of last visit"),
        ("get gender of patient", "get gender of patient"),
        ("get name of allergy", "get name of allergy"),
        (
            'greater (get value of last lab "k") (get value of first lab "k" during first hospital)',
            'greater (get value of last lab "k" during hospital) (get value of first lab "k" during first hospital)',
        ),
        (
            "exists lab after (procedure) within 2 day",
            "exists lab after (procedure during hospital) within 2 day during hospital",
        ),
        ("hours from (first lab) to now", "hours from (first lab during hospital) to now"),
        ('read "the plan"', 'read "the plan" during hospital'),
        ('read "the plan" during last hospital', 'read "the plan" during last hospital'),
        ("refuse knowledge", "refuse knowledge"),
    ],
)
def test_what_names_no_stay_is_held_to_the_visit(plan: str, scoped: str) -> None:
    assert dump_plan(within_visit(load_plan(plan), "The last and the first?")) == scoped


@pytest.mark.parametrize(
    ("plan", "scoped"),
    [
        ("get admission_type of last visit", "get admission_type of visit during hospital"),
        ("count lab during last hospital", "count lab during hospital"),
        ("count lab during day 2 first hospital", "count lab during day 2 hospital"),
        ("get value of last lab during icu", "get value of last lab during icu"),
    ],
)
def test_an_order_of_visits_that_nobody_said_means_the_visit(plan: str, scoped: str) -> None:
    assert dump_plan(within_visit(load_plan(plan), "How was she admitted?")) == scoped
    assert dump_plan(within_visit(load_plan(plan), "The latest visit: how was she admitted?")) == plan


@pytest.mark.parametrize(
    ("said", "plan", "scoped"),
    [
        (["How long was his last stay?"], "get duration of last visit", "get duration of last visit during hospital"),
        (["What for?", "His last stay?"], "get reason of last visit", "get reason of last visit during hospital"),
        (["How often was she admitted?"], "count visit", "count visit during hospital"),
        (["Days since discharge?"], "days from (last visit) to now", "days from (last visit during hospital) to now"),
        (["How long was his last visit?"], "get duration of last visit", ""),
        (["What for?", "The last visit?", "Any stay?"], "get reason of last visit", ""),
        (["How long was the last emergency stay?"], 'get duration of last visit "emergency"', ""),
        (["Admissions in 2100?"], 'count visit in "2100"', ""),
        (["Labs of the last stay?"], "get name of lab during last hospital", ""),
        (["When?"], "get time of last visit", ""),
        (["The reason, in the hospital visit before?"], "get reason of last 2 visit", ""),
    ],
)
def test_a_stay_is_no_visit_to_an_office(said: list[str], plan: str, scoped: str) -> None:
    assert dump_plan(of_stays(load_plan(plan), said)) == (scoped or plan)


def test_who_was_never_in_hospital_stayed_where_the_visits_were() -> None:
    office = event("v", EventKind.ENCOUNTER, "2100-01-01 08:00:00", "v", attributes=(Attribute("class", "AMB"),))
    ward = event("w", EventKind.ENCOUNTER, "2100-02-01 08:00:00", "w", attributes=(Attribute("class", "IMP"),))
    plan = of_stays(load_plan("count visit"), ["How many stays?"])
    for events in ([office], [office, ward]):
        result = execute(plan, Chart.build(events), None, "", LexicalLinker())
        text = render(plan, result)
        assert text == "There was 1 hospital visit."
        assert checked_answer(plan, result, "How many stays?", text).text == text


def event(key: str, kind: EventKind, time: str, visit: str, **facts: object) -> Event:
    given = parse_instant(time)
    source = Source("test", "test", key)
    return Event("Patient/1", kind, source, key, visit, time=given, available_time=given, event_key=key, **facts)  # type: ignore[arg-type]


def visit(name: str, start: str, end: str, kind: str) -> Event:
    admission = (Attribute("admission_type", kind), Attribute("discharge_location", "HOME"))
    over = {"end_time": parse_instant(end), "attributes": admission, "display": "hospital visit"}
    return event(name, EventKind.ENCOUNTER, start, name, **over)


def potassium(key: str, time: str, value: str, of: str) -> Event:
    return event(key, EventKind.LABORATORY, time, of, display="Potassium", quantity=Quantity(value, "mmol/L"))


CHART = Chart.build(
    [
        visit("a", "2100-01-01 08:00:00", "2100-01-05 12:00:00", "URGENT"),
        visit("b", "2100-03-01 08:00:00", "2100-03-03 12:00:00", "ELECTIVE"),
        potassium("1", "2100-01-02 06:00:00", "3.1", "a"),
        potassium("2", "2100-01-04 06:00:00", "3.9", "a"),
        potassium("3", "2100-03-02 06:00:00", "4.4", "b"),
        event("c", EventKind.PATIENT, "2040-01-01 00:00:00", "", attributes=(Attribute("gender", "F"),)),
    ]
)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("get duration of visit", "The hospital visit lasted 4.167 days (100 hours)."),
        ("get admission_type of visit", "The admission type of the hospital visit was URGENT on 2100-01-01 08:00."),
        (
            "get discharge_location of visit",
            "The discharge location of the hospital visit was HOME on 2100-01-05 12:00.",
        ),
        ("count lab", "There were 2 laboratory tests during the hospital visit."),
        ('max lab "potassium"', "The maximum potassium during the hospital visit was 3.9 mmol/L on 2100-01-04 06:00."),
        (
            'get value of last lab "potassium" in "past 48 hours"',
            "The last potassium in the last 48 hours during the hospital visit was 3.9 mmol/L on 2100-01-04 06:00.",
        ),
        ('exists lab "potassium" during current hospital', "Yes, there is a record of laboratory tests of potassium"),
        ("get gender of patient", "The gender of the patient was F"),
    ],
)
def test_the_answer_is_of_that_visit(asked: str, answer: str) -> None:
    plan = within_visit(load_plan(asked), "The last?")
    result = execute(plan, CHART, None, "Encounter/a", LexicalLinker())
    text = render(plan, result)
    assert text.startswith(answer)
    assert checked_answer(plan, result, "?", text).text == text
