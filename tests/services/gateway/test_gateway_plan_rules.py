"""What is refused before it is executed, and that what makes sense is not."""

from itertools import islice

import pytest

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_numbers import check_numbers
from chartline.language.plan_rules import PlanRefused, check_plan
from chartline.language.plan_text import load_plan
from chartline.language.plan_wording import check_wording
from chartline.learning.generation.questions import generate
from chartline.record.event import Quantity
from chartline.record.kinds import EventKind
from chartline.record.plan import (
    Aggregate,
    CalendarDate,
    CalendarWindow,
    Comparator,
    Compare,
    EventWindow,
    Exists,
    Field,
    Filter,
    Function,
    Interval,
    Lookup,
    QueryPlan,
    RecentWindow,
    Relation,
    Retrieve,
    Selection,
    StayType,
    StayWindow,
    TimeUnit,
    Which,
    Window,
)

LAB = Selection(EventKind.LABORATORY, ("creatinine",))


def within(*windows: Window) -> Exists:
    return Exists(Selection(EventKind.LABORATORY, windows=windows))


def dates(relation: Relation, *parts: int) -> CalendarWindow:
    return CalendarWindow(relation, CalendarDate(**dict(zip(("year", "month", "day", "hour"), parts, strict=False))))


def chain(length: int) -> Selection:
    selection = LAB
    for _ in range(length):
        selection = Selection(EventKind.LABORATORY, windows=(EventWindow(Relation.AFTER, selection),))
    return selection


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (Lookup(LAB, Field.ATTRIBUTE, "route"), "laboratory has no route"),
        (Lookup(Selection(EventKind.ENCOUNTER), Field.VALUE), "encounter has no value"),
        (Lookup(LAB, Field.DURATION), "laboratory has no duration"),
        (Lookup(Selection(EventKind.PROCEDURE), Field.INTERPRETATION), "no interpretation"),
        (Aggregate(Selection(EventKind.CONDITION), Function.MEAN), "condition has no value"),
        (Aggregate(LAB, Function.SUM, Field.NAME), "not numbers"),
        (Compare(Quantity("1"), Comparator.LESS, Quantity("2")), "nothing of the record"),
        (Compare(Lookup(LAB, Field.VALUE), Comparator.PRESENT, Quantity("2")), "compared"),
        (Exists(Selection(EventKind.LABORATORY, ("",))), "empty"),
        (Exists(Selection(EventKind.LABORATORY, ("sodium", "the patient's"))), "no name of a thing"),
        (Exists(Selection(EventKind.LABORATORY, which=Which.CURRENT)), "only what goes on"),
        (Exists(Selection(EventKind.LABORATORY, tuple("abcdefghijklmnopq"))), "too many"),
        (Exists(Selection(EventKind.LABORATORY, filters=(Filter(Field.VALUE, Comparator.DIFFERENCE, "1"),))), "diff"),
        (Exists(Selection(EventKind.LABORATORY, filters=(Filter(Field.VALUE, Comparator.LESS, "low"),))), "number"),
        (Exists(Selection(EventKind.TRANSFER, filters=(Filter(Field.VALUE, Comparator.LESS, "1"),))), "no value"),
        (load_plan('count lab "mch" with specimen = "mch"'), "a condition repeats the name"),
        (load_plan('count administration "insulin" with route = "drip, insulin"'), "a route is no drug"),
        (load_plan('count prescription "k" with route = "40 meq"'), "a number is no route"),
        (load_plan('count micro "06/this year"'), "a date is no name"),
        (Exists(Selection(EventKind.LABORATORY, ("last month",))), "a date is no name"),
        (within(dates(Relation.SINCE, 2105), dates(Relation.BEFORE, 2104)), "exclude"),
        (within(dates(Relation.IN, 2105, 3), dates(Relation.IN, 2105, 4)), "exclude"),
        (within(dates(Relation.AFTER, 2105)), "in, since or before"),
        (within(dates(Relation.IN, 2105, 2, 30)), "no calendar"),
        (within(dates(Relation.IN)), "empty"),
        (within(CalendarWindow(Relation.IN, CalendarDate(year=2105), CalendarDate(year=2104))), "exclude"),
        (within(RecentWindow(0, TimeUnit.DAY)), "1 to 10,000"),
        (within(StayWindow(StayType.ICU, first_hours=24.0, day=2)), "one part"),
        (within(StayWindow(StayType.ICU, day=0)), "empty"),
        (within(EventWindow(Relation.IN, LAB)), "at, after"),
        (within(EventWindow(Relation.AFTER, LAB, within_amount=2)), "unit"),
        (Exists(chain(2)), "tied"),
    ],
)
def test_a_plan_that_cannot_mean_what_it_says_is_refused(plan: QueryPlan, why: str) -> None:
    with pytest.raises(PlanRefused, match=why):
        check_plan(plan)


@pytest.mark.parametrize(
    "plan",
    [
        Lookup(LAB, Field.VALUE),
        Lookup(Selection(), Field.ATTRIBUTE, "route"),
        Lookup(Selection(EventKind.MEDICATION_REQUEST), Field.ATTRIBUTE, "route"),
        Lookup(Selection(EventKind.ICU_STAY, which=Which.CURRENT), Field.DURATION),
        Aggregate(Selection(EventKind.CONDITION), Function.COUNT),
        Aggregate(Selection(EventKind.ENCOUNTER), Function.MEAN, Field.DURATION),
        Interval(LAB, chain(1)),
        Retrieve("walk", (dates(Relation.IN, 2105),)),
        within(dates(Relation.SINCE, 2104), dates(Relation.BEFORE, 2105)),
        within(dates(Relation.IN, 2104, 2, 29), dates(Relation.IN, 2104)),
        within(dates(Relation.IN, 2104, 2, 29, 10), dates(Relation.BEFORE, 2104, 2, 29, 12)),
        within(CalendarWindow(Relation.IN, CalendarDate(year_offset=-1)), dates(Relation.IN, 2104)),
        within(StayWindow(StayType.ICU, at_hour="9.28")),
    ],
)
def test_a_plan_that_makes_sense_passes(plan: QueryPlan) -> None:
    check_plan(plan)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("What was the last creatinine?", 'get value of last lab "creatinine"'),
        ("The second to last weight since 03/2100?", 'get value of last 2 vital "weight" since "03/2100"'),
        ("pH at 9.28 hours?", 'get value of lab "ph" during hour 9.28 hospital'),
        ("Heparin in the first 2 days?", 'count prescription "heparin" during start 48 hospital'),
        ("Heparin at -10.77 hours?", 'get route of prescription "heparin" during hour -10.77 hospital'),
        ("Any drug more than 3 times?", "get name of prescription repeated 4"),
        ("The patient with type 2 diabetes?", 'exists diagnosis "type 2 diabetes"'),
        ("How was 1 thing in note 7?", 'read "thing"'),
        ("What do 500 others have?", "refuse other_patients"),
        (
            "Change from the previous weight?",
            'difference (get value of last vital "w") (get value of last 2 vital "w")',
        ),
    ],
)
def test_numbers_that_belong_together_pass(question: str, plan: str) -> None:
    load_plan(plan)
    check_numbers(plan, question)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("What was the last creatinine?", 'get value of lab "creatinine" during day 7 hospital'),
        ("Creatinine above 3.5?", 'exists lab "creatinine" with value > 4'),
        ("Creatinine above 3.5?", 'exists lab "creatinine"'),
        ("Heparin since 03/2100?", 'exists prescription "heparin"'),
        ("Heparin in the first 2 days?", 'count prescription "heparin" during start 2 hospital'),
        ("Heparin in the first two days?", 'count prescription "heparin" during start 2 hospital'),
        ("Heparin at -10.77 hours?", 'get route of prescription "heparin" during hour 10.77 hospital'),
    ],
)
def test_a_number_out_of_nowhere_or_left_out_is_refused(question: str, plan: str) -> None:
    with pytest.raises(PlanRefused):
        check_numbers(plan, question)


@pytest.mark.parametrize(
    ("question", "plan", "word"),
    [
        ("When was the SBP first over 127 yesterday?", 'get time of first vital "sbp" with value > 127', "yesterday"),
        ("When did SpO2 last fall on the first visit?", 'get time of first vital "spo2" during first hospital', "last"),
        ("The first sodium of the last visit?", 'get value of last lab "sodium" during last hospital', "first"),
        ("The highest pulse today?", 'get value of first vital "pulse" in "today"', "highest"),
        ("The average pulse?", 'max vital "pulse"', "average"),
        ("Sodium during the ICU stay?", 'get value of lab "sodium"', "icu"),
        ("How many drugs this month?", "count prescription", "this month"),
        ("What dose was ordered here?", 'get value of statement "lasix"', "ordered"),
        (
            "Sodium values of the first visit?",
            'get value of first lab "sodium" during first hospital',
            "first less often",
        ),
        ("The average blood glucose in athlete patients?", 'mean lab "blood glucose"', "patients"),
    ],
)
def test_a_word_of_the_question_that_the_plan_drops_is_refused(question: str, plan: str, word: str) -> None:
    load_plan(plan)
    with pytest.raises(PlanRefused, match=f"the question says {word}"):
        check_wording(plan, question)


@pytest.mark.parametrize(
    ("question", "plan", "word"),
    [
        ("The highest pulse of the visit?", 'max vital "pulse" during hospital by day', "by day"),
        ("The highest pulse in 2100?", 'max vital "pulse" in "2100" by year', "by year"),
        ("The last sodium?", 'get value of last lab "sodium" during day 1 hospital', "during day"),
        ("Sodium at the start?", 'get value of lab "sodium" during start 2 hospital', "during start"),
        ("Was a test conducted on urine?", 'exists micro "urine" with organism present', "organism present"),
    ],
)
def test_a_word_of_the_plan_that_nobody_said_is_refused(question: str, plan: str, word: str) -> None:
    load_plan(plan)
    with pytest.raises(PlanRefused, match=f"says nothing of {word}"):
        check_wording(plan, question)
    check_wording(plan, question, ["On day 1, in the first 2 hours, daily and per year, which organism?"])


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("The daily maximum of the pulse?", 'max vital "pulse" by day'),
        ("What is the sodium?", 'get value of last lab "sodium"'),
        ("The first sodium of the first visit?", 'get value of first lab "sodium" during first hospital'),
        ("The first two of the stay?", "get value of first 2 lab during first hospital"),
        ("Sodium at hour 9.28?", 'get value of lab "sodium" during hour 9.28 hospital'),
        ("Sodium in the last 3 days?", 'get value of lab "sodium" in "last 3 days"'),
        ("Drugs in the first 24 hours?", "get name of prescription during start 24 hospital"),
        ("How long did the first infusion last?", 'get duration of first procedure "infusion"'),
        ("How many patients are there?", "refuse other_patients"),
        ("How old is he today?", "get age of patient"),
        ("Most recently, on the latest ICU stay?", "get time of lowest last lab during last icu"),
        ("The patients' last sodium?", 'get value of last lab "sodium"'),
        ("Peak inspiratory pressure, max?", 'max vital "peak inspiratory pressure"'),
        ("Was the ICU transfer today?", 'exists transfer in "today"'),
        ("What did the last note say?", 'read "note"'),
        ("Was last  Year's flu shot given?", 'exists vaccine "flu" in "last year"'),
    ],
)
def test_a_word_that_the_plan_honours_in_its_way_passes(question: str, plan: str) -> None:
    load_plan(plan)
    check_wording(plan, question)


def test_the_plans_that_the_model_learns_pass() -> None:
    for example in islice(generate(seed=5), 3000):
        checked_plan(example.plan, example.question, example.conversation)


def test_what_was_said_before_lends_numbers_and_asks_for_none() -> None:
    check_numbers('get value of last 5 lab "k"', "And those?", ["The last 5 potassium values in 2100?"])
