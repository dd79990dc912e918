"""Follow-ups change one thing of the plan before them and keep the rest."""

import random
from itertools import islice

from generation_parts import ground

from chartline.language.turns import Turn
from chartline.learning.generation.conversations import after_others
from chartline.learning.generation.drawing import Example
from chartline.learning.generation.families import BY_NAME
from chartline.learning.generation.follows import Follows
from chartline.learning.generation.questions import generate


def drawn(family: str) -> list[tuple[Example, Turn]]:
    """Follow-ups with the last turn before them that was answered."""
    examples = islice(generate(1, (BY_NAME[family],)), 30)
    return [(one, [turn for turn in one.conversation if not turn.plan.startswith("refuse")][-1]) for one in examples]


def test_the_one_before_is_the_one_before_of_the_same_thing() -> None:
    for example, before in drawn("then_previous"):
        assert before.answer
        assert example.plan == before.plan.replace(" last ", " last 2 ", 1)


def test_another_name_is_asked_the_same() -> None:
    for example, before in drawn("then_other"):
        other = example.plan.split('"')[1]
        assert other.casefold() in f"{example.question} {before.question}".casefold()
        assert example.plan == before.plan.replace(f'"{before.plan.split(chr(34))[1]}"', f'"{other}"', 1)


def test_a_name_may_come_from_the_answer() -> None:
    for example, before in drawn("then_what_route_of_it"):
        assert example.plan.split('"')[1].casefold() in before.answer.casefold()


def test_most_conversations_are_short_and_some_go_on() -> None:
    lengths = [len(example.conversation) for example, _ in drawn("then_peak")]
    assert min(lengths) == 1
    assert 2 <= max(lengths) <= 6


def test_a_follow_up_tells_what_it_goes_on_from() -> None:
    follows = Follows.of({"op": "max", "kind": "lab|vital", "when": "some"})
    parts = follows.parts('max lab "lactate" during first icu')
    told = {"OP": "max", "KIND": "lab", "NAME": ' "lactate"', "WHEN": " during first icu"}
    assert parts == {**told, "ORDER": "", "WHERE": "", "BY": ""}
    assert follows.parts('max lab "lactate"') is None
    assert follows.parts('max lab "lactate" during first icu by day') is None
    assert follows.parts('min lab "lactate" during first icu') is None


def test_the_day_after_and_the_day_before_are_counted() -> None:
    follows = Follows.of({"when": r" during day (?P<DAY>\d+) hospital"})
    parts = follows.parts('max lab "lactate" during day 9 hospital')
    assert parts is not None
    assert (parts["NEXT_DAY"], parts["DAY_BEFORE"]) == ("10", "8")


def test_a_question_that_stands_alone_keeps_its_plan_in_a_conversation() -> None:
    example = Example("gender", "Male or female?", "get gender of patient")
    later = [after_others(example, ground(), random.Random(seed)) for seed in range(20)]
    assert {one.plan for one in later} == {example.plan}
    assert sum(bool(one.conversation) for one in later) > 15
