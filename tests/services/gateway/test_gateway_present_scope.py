"""A question in the present about drugs is about those taken now, and its answer says so."""

import pytest

from chartline.language.plan_text import load_plan
from chartline.language.plan_writer import dump_plan
from chartline.language.rendering import render
from chartline.language.verification import checked_answer
from chartline.record.chart import Chart
from chartline.record.event import Attribute, Event, Source
from chartline.record.execute import execute
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.times import parse_instant
from services.gateway.present_scope import at_present

ON = 'exists prescription "x"'


@pytest.mark.parametrize(
    "question",
    [
        "Is she on x?",
        "Is the patient currently on x?",
        "Is he still taking x?",
        "Are they on x right now?",
        "Isn't the patient receiving x",
        "Does she take x?",
        "Is Mrs Miller being given x?",
        "x at the moment?",
        "She’s on x, right?",
        "Any active orders of x?",
        "Is she on x during this visit?",
        "Is she still on the x that was started on admission?",
        "Is he taking the x now that he had at home?",
    ],
)
def test_the_present_is_now(question: str) -> None:
    assert dump_plan(at_present(load_plan(ON), question)) == 'exists current prescription "x"'


@pytest.mark.parametrize(
    "question",
    [
        "Was x ordered?",
        "Has she been on x until now?",
        "Did he get x on the current hospital visit?",
        "Is there any x that the patient has received?",
        "Is x on the record?",
        "Is there x on her chart?",
        "Did she ever have active x?",
        "Was she currently on x?",
        "What was she on before now?",
        "Had they been on x at this point?",
        "Is there any information on x?",
        "Are there reports on x?",
        "Is anything on x there?",
    ],
)
def test_what_is_asked_of_the_past_or_of_the_record_stays(question: str) -> None:
    assert dump_plan(at_present(load_plan(ON), question)) == ON


@pytest.mark.parametrize(
    ("plan", "held"),
    [
        ("get name of prescription", "get name of current prescription"),
        ('get value of last statement "x"', 'get value of current statement "x"'),
        ('count administration "x"', 'count current administration "x"'),
        ('exists prescription "x" during current hospital', 'exists current prescription "x" during current hospital'),
        ('exists prescription "x" in "today"', 'exists prescription "x" in "today"'),
        ('exists prescription "x" during last icu', 'exists prescription "x" during last icu'),
        ('get value of last 2 prescription "x"', 'get value of last 2 prescription "x"'),
        ('exists diagnosis "x"', 'exists current diagnosis "x"'),
        ("get name of allergy", "get name of current allergy"),
        ('exists procedure "x"', 'exists procedure "x"'),
        ('hours from (first prescription "x") to now', 'hours from (first prescription "x") to now'),
        ("refuse knowledge", "refuse knowledge"),
    ],
)
def test_only_what_lasts_and_has_no_time_of_its_own_is_held_to_it(plan: str, held: str) -> None:
    assert dump_plan(at_present(load_plan(plan), "Is she on x now?")) == held
    assert dump_plan(load_plan(held)) == held


@pytest.mark.parametrize(
    ("question", "plan", "held"),
    [
        ("What conditions does he have now?", "get name of diagnosis", "get name of current diagnosis"),
        ("Active problems?", "get name of diagnosis", "get name of current diagnosis"),
        ("What diagnoses does he have?", "get name of diagnosis", "get name of diagnosis"),
        ("Has she had long-term (current) use of x?", 'exists diagnosis "long-term (current) use of x"', ""),
        ("Any active tuberculosis?", 'exists diagnosis "active tuberculosis"', ""),
    ],
)
def test_problems_go_on_too_and_a_name_is_no_time(question: str, plan: str, held: str) -> None:
    assert dump_plan(at_present(load_plan(plan), question)) == (held or plan)


@pytest.mark.parametrize(
    "question", ["What is her weight?", "what's her temp", "How much does he weigh?", "How’s the K?"]
)
def test_a_measurement_in_the_present_is_the_last(question: str) -> None:
    held = at_present(load_plan('get value of vital "x"'), question)
    assert dump_plan(held) == 'get value of last vital "x"'


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("What were his weights?", 'get value of vital "x"'),
        ("What is the course of her weight?", 'get value of vital "x"'),
        ("What is her first weight?", 'get value of first vital "x"'),
        ("What is her weight today?", 'get value of vital "x" in "today"'),
        ("What is her highest weight?", 'get value of highest vital "x"'),
        ("What is the number of weights?", 'count vital "x"'),
        ("What is the reason?", "get reason of visit"),
        ("Since when is she on warfarin?", 'get time of first prescription "x"'),
    ],
)
def test_what_names_another_or_several_is_left(question: str, plan: str) -> None:
    assert dump_plan(at_present(load_plan(plan), question)) == plan


def drug(
    name: str, start: str, end: str = "", status: str = "", kind: EventKind = EventKind.MEDICATION_REQUEST
) -> Event:
    given, over = parse_instant(start), parse_instant(end) if end else None
    standing = (Attribute("order_status", status),) if status else ()
    return Event(
        *("Patient/1", kind, Source("test", "test", name), name),
        **{"time": given, "end_time": over, "available_time": given, "event_key": name, "display": name},  # type: ignore[arg-type]
        attributes=standing,
    )


CHART = Chart.build(
    [
        drug("warfarin", "2100-01-01 08:00:00", "2100-01-09 08:00:00"),
        drug("digoxin", "2100-03-01 08:00:00", "2100-03-09 08:00:00"),
        drug("metoprolol", "2099-03-01 08:00:00", status="active"),
        drug("lisinopril", "2099-03-01 08:00:00"),
        drug("insulin", "2100-03-01 08:00:00", "2100-09-01 08:00:00", "stopped"),
        drug("aspirin", "2100-03-01 08:00:00", status="completed"),
        drug("heparin", "2100-03-02 07:00:00", kind=EventKind.MEDICATION_ADMINISTRATION),
        drug("propofol", "2100-03-02 07:00:00", "2100-03-02 10:00:00", kind=EventKind.MEDICATION_ADMINISTRATION),
        drug("furosemide", "2100-03-05 08:00:00", "2100-03-09 08:00:00"),
    ]
)
NOW = parse_instant("2100-03-02 08:00:00")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ('exists prescription "warfarin"', "No, there is no record of current prescriptions of warfarin."),
        (
            'exists prescription "digoxin"',
            "Yes, there is a record of current prescriptions of digoxin, on 2100-03-01 08:00.",
        ),
        ('exists prescription "insulin"', "No, there is no record of current prescriptions of insulin."),
        ('exists prescription "furosemide"', "No, there is no record of current prescriptions of furosemide."),
        ("get name of prescription", "The current prescriptions were lisinopril, metoprolol and digoxin."),
        ("get name of last administration", "The current drug administration was propofol on 2100-03-02 07:00."),
        ('exists administration "heparin"', "No, there is no record of current drug administrations of heparin."),
        ('get time of prescription "warfarin"', "There is no record of current prescriptions of warfarin."),
    ],
)
def test_what_has_ended_is_not_taken_and_the_answer_says_so(asked: str, answer: str) -> None:
    plan = at_present(load_plan(asked), "Now?")
    result = execute(plan, CHART, NOW, "", LexicalLinker())
    text = render(plan, result)
    assert text == answer
    assert checked_answer(plan, result, "Now?", text).text == text


@pytest.mark.parametrize(
    "text", ["No, there is no record of prescriptions of warfarin.", "Warfarin was never prescribed."]
)
def test_an_answer_about_now_does_not_speak_of_ever(text: str) -> None:
    plan = at_present(load_plan('exists prescription "warfarin"'), "Is she on warfarin?")
    result = execute(plan, CHART, NOW, "", LexicalLinker())
    assert checked_answer(plan, result, "Is she on warfarin?", text).text == render(plan, result)
