"""Ordinals that a plan may hold: counted in the conversation, or one step from those of its plans."""

import pytest

from chartline.language.plan_ordinals import check_ordinals, ordinals_written
from chartline.language.plan_rules import PlanRefused
from chartline.language.turns import Turn


def after(*plans: str) -> list[Turn]:
    return [Turn("What about it?", "4.1.", plan) for plan in plans]


@pytest.mark.parametrize(
    ("question", "turns", "ordinals"),
    [
        ("What was the last creatinine?", [], []),
        ("Sodium above 3 in the last 24 hours, two days before?", [], [2]),
        ("The second visit?", [], [2]),
        ("The 3rd to last sodium, on the fourth day?", [], [3, 4]),
        ("The last two weights?", [], [2]),
        ("The first 5?", [], [5]),
        ("Days between visit one and visit two?", [], [2]),
        ("The stay two before the last?", [], [2, 3]),
        ("The visit before last?", [], [2]),
        ("The penultimate sodium?", [], [2]),
        ("The scond visit, not the preivous one?", [], [2]),
        ("And the one before?", after('get value of last lab "sodium"'), [2]),
        ("And the one before?", after('get value of last 3 lab "sodium"'), [2, 3, 4]),
        ("When was he admitted again?", after("get time of first visit"), [2]),
        ("What followed?", after("get time of first 2 visit"), [2, 3]),
        ("And potassium?", after('get value of last 3 lab "sodium"'), [3]),
        ("And potassium?", after('get value of last lab "sodium" during last 2 hospital'), [2]),
        ("And the second?", after('get value of first 5 lab "sodium"', ""), [2, 5]),
        ("Prev?", [Turn("The last sodium?", "133."), Turn("And before that?", "135.")], [2, 3]),
    ],
)
def test_ordinals_have_a_ground(question: str, turns: list[Turn], ordinals: list[int]) -> None:
    assert ordinals_written(question, turns) == ordinals


def test_a_hint_tells_of_ordinals_in_words_and_the_plan_it_refuses_does_not() -> None:
    hints = ("The third visit is meant.", "Not 'get time of last 4 visit': the question says no 4.")
    assert ordinals_written("When?", hints=hints) == [3]


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("When was the second visit?", "get time of first 3 visit"),
        ("Sodium on the second visit?", 'get value of lab "sodium" during first 3 hospital'),
        ("The last sodium in the ICU?", 'get value of last 2 lab "sodium" during icu'),
        ("The third?", 'get value of lab "sodium" after (first 4 procedure "biopsy")'),
    ],
)
def test_an_ordinal_that_nobody_counted_to_is_refused(question: str, plan: str) -> None:
    with pytest.raises(PlanRefused, match="the question says no"):
        check_ordinals(plan, question)


def test_a_number_of_another_kind_or_within_a_name_is_no_ordinal() -> None:
    check_ordinals('get value of last lab "the first 5 days" during start 48 first hospital repeated 3', "Sodium?")


@pytest.mark.parametrize("said", ["second to last", "2nd-to-last", "next to the last", "penultimate", "last but one"])
def test_what_counts_from_the_last_does_not_count_from_the_first(said: str) -> None:
    question = f"What was the {said} sodium, not the second?"
    check_ordinals('get value of last 2 lab "sodium" during first hospital', question)
    with pytest.raises(PlanRefused, match="counts from the last"):
        check_ordinals('get value of first 2 lab "sodium"', question)
