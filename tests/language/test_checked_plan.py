"""Plans of follow-ups: what was said lends names, numbers and orders; what is taken back or said aside asks nothing."""

import pytest

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_rules import PlanRefused
from chartline.language.turns import Turn

LAST = Turn(
    "What was the last sodium of the last visit?", "The last sodium during the last hospital visit was 133 mmol/L."
)
FOURTH_DAY = Turn("And on the fourth day?", "The sodium on day 4 of the hospital visit was 135 mmol/L.")
PREVIOUS = Turn("And the one before?", "The previous sodium was 137 mmol/L.")


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("And the last potassium?", 'get value of last lab "potassium" during last hospital'),
        ("What about potassium?", 'get value of last lab "potassium" during last hospital'),
        ("And on admission to the first visit?", 'get value of first lab "sodium" during first hospital'),
        ("When she came in for the first visit?", 'get value of first lab "sodium" during first hospital'),
        ("And at discharge from the last visit?", 'get value of last lab "sodium" during last hospital'),
    ],
)
def test_an_order_may_come_from_an_earlier_question(question: str, plan: str) -> None:
    checked_plan(plan, question, [LAST])


def test_an_order_of_the_answer_alone_is_none() -> None:
    turn = Turn("Any sodium?", "Yes, the last sodium during the last hospital visit was 133 mmol/L.")
    with pytest.raises(PlanRefused, match="last less often"):
        checked_plan('get value of last lab "sodium" during last hospital', "And the last visit?", [turn])


@pytest.mark.parametrize(
    ("turns", "question", "plan"),
    [
        ([LAST], "The one before that?", 'get value of last 2 lab "sodium"'),
        ([LAST, PREVIOUS], "And before that?", 'get value of last 3 lab "sodium"'),
        ([LAST, PREVIOUS, PREVIOUS], "And before that?", 'get value of last 4 lab "sodium"'),
        ([FOURTH_DAY], "The day before?", 'get value of lab "sodium" during day 3 hospital'),
        ([FOURTH_DAY], "And the next day?", 'get value of lab "sodium" during day 5 hospital'),
        ([FOURTH_DAY], "Is that above 133?", 'greater (get value of lab "sodium" during day 4 hospital) 133'),
        ([], "And on the last day of the stay?", 'get value of lab "sodium" during end 24 hospital'),
        ([], "Urine in the first forty-eight hours?", 'sum output "urine" during start 48 hospital'),
        ([], "How often above one hundred and forty?", "count lab with value > 140"),
        ([], "Highest of the 1st visit?", "max lab during first hospital"),
    ],
)
def test_a_number_may_be_a_step_from_what_was_said(turns: list[Turn], question: str, plan: str) -> None:
    checked_plan(plan, question, turns)


@pytest.mark.parametrize(
    ("turns", "question", "plan"),
    [
        ([LAST], "And the one before?", 'get value of last 5 lab "sodium"'),
        ([LAST], "What about the sodium?", 'get value of last 3 lab "sodium"'),
        ([], "And the one before?", 'get value of last 4 lab "sodium"'),
        ([], "Sodium above a hundred?", 'exists lab "sodium" with value > 150'),
        ([], "Any sodium after a day?", 'exists lab "sodium" during start 48 hospital'),
    ],
)
def test_more_steps_than_were_taken_are_a_number_out_of_nowhere(turns: list[Turn], question: str, plan: str) -> None:
    with pytest.raises(PlanRefused, match="the question says no"):
        checked_plan(plan, question, turns)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("No, not the first one, the last.", 'get value of last lab "sodium"'),
        ("The last one, not the first.", 'get value of last lab "sodium"'),
        ("The last rather than the first?", 'get value of last lab "sodium"'),
        ("Sorry, not the average, the maximum.", 'max lab "sodium"'),
        ("Not in the ICU, over the whole stay.", 'max lab "sodium" during hospital'),
        ("Sorry, not above 150, above 145.", 'count lab "sodium" with value > 145'),
        ("I mean the highest.", 'max lab "sodium"'),
        ("First, how high was it?", 'get value of lab "sodium"'),
        ("And how long did it last?", "get duration of icu"),
        ("How many days did it last?", "get duration of visit"),
        ("Did it last longer than 2 days?", "greater (get duration of visit) 48"),
        ("Within 30 min of that?", 'exists lab "sodium" after (visit) within 30 minute'),
        ("And on his last day, 25 January?", 'get value of lab "sodium" in "25 January"'),
        ("Anemia, not otherwise specified, for the first time?", 'get time of first diagnosis "anemia"'),
    ],
)
def test_what_a_question_takes_back_or_says_aside_asks_for_nothing(question: str, plan: str) -> None:
    checked_plan(plan, question, [Turn("What was the first sodium in the ICU?", "")])


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("Is it not the highest?", 'get value of last lab "sodium"'),
        ("The last one, no?", 'get value of lab "sodium"'),
        ("What does the mean look like?", 'max lab "sodium"'),
        ("And the last one then?", 'get value of lab "sodium"'),
        ("The 1st, not the last?", 'get value of lab "sodium"'),
        (
            "Anemia, not otherwise specified, in the first 48 hours?",
            'exists diagnosis "anemia, not otherwise specified"',
        ),
    ],
)
def test_what_is_not_taken_back_is_still_asked_for(question: str, plan: str) -> None:
    with pytest.raises(PlanRefused, match="the question says"):
        checked_plan(plan, question, [Turn("What was the first sodium in the ICU?", "")])


@pytest.mark.parametrize(
    ("question", "plan", "said"),
    [
        (
            "Is the hr at 2024-05-03 21:00 less than that at 20:00?",
            'less (get value of vital "hr" in "2024-05-03 21:00") (get value of vital "hr" in "2024-05-03 21:00")',
            "compared with itself",
        ),
        (
            "The change of the pulse measured at 2024-05-20 21:00 compared to the value at 20:00?",
            'difference (get value of vital "pulse" in "2024-05-20 21:00") (get value of first vital "pulse")',
            "the question says 20:00",
        ),
        ("How long from the biopsy to it?", 'hours from (procedure "biopsy") to (procedure "biopsy")', "to itself"),
    ],
)
def test_a_plan_that_takes_one_time_for_two_is_refused(question: str, plan: str, said: str) -> None:
    with pytest.raises(PlanRefused, match=said):
        checked_plan(plan, question)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("prev?", 'get value of last lab "sodium" in "2024-03-22 01:08"'),
        ("And below 130, ever?", 'exists lab "sodium" with value < 130 since "2024-03-22"'),
    ],
)
def test_a_date_of_an_answer_that_the_question_does_not_point_at_is_refused(question: str, plan: str) -> None:
    with pytest.raises(PlanRefused, match="nothing of 2024-03-22"):
        checked_plan(plan, question, [Turn("Last sodium?", "The last sodium was 133 mmol/L on 2024-03-22 01:08.")])


@pytest.mark.parametrize(
    ("turns", "question", "plan"),
    [
        (
            [Turn("Last sodium?", "133 mmol/L on 2024-03-22.")],
            "And potassium that day?",
            'get value of lab "potassium" in "2024-03-22"',
        ),
        (
            [Turn("Last sodium?", "133 mmol/L on 2024-03-22.")],
            "And before that?",
            'exists lab "sodium" before "2024-03-22"',
        ),
        (
            [Turn("Sodium in March  2024?", "133 mmol/L.")],
            "And potassium?",
            'get value of lab "potassium" in "March 2024"',
        ),
        ([], "Sodium from 3/1/2024 to 3/5/2024?", 'get value of lab "sodium" in "3/1/2024" to "3/5/2024"'),
    ],
)
def test_a_date_that_was_asked_for_or_is_pointed_at_passes(turns: list[Turn], question: str, plan: str) -> None:
    checked_plan(plan, question, turns)
