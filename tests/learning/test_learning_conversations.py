"""Follow-ups share what the turn before them was about."""

import random
from itertools import islice

from generation_parts import ground

from chartline.learning.generation.conversations import after_others
from chartline.learning.generation.drawing import Example
from chartline.learning.generation.families import BY_NAME
from chartline.learning.generation.questions import generate


def test_the_one_before_is_the_one_before_of_the_same_thing() -> None:
    for example in islice(generate(1, (BY_NAME["lab_one_before"],)), 30):
        asked, answered = example.conversation[-1]
        concept = example.plan.split('"')[1]
        assert concept.casefold() in asked.casefold()
        assert answered
        assert concept.casefold() not in example.question.casefold()
        assert example.plan.startswith('get value of last 2 lab "')


def test_a_name_may_come_from_the_answer() -> None:
    for example in islice(generate(1, (BY_NAME["named_drug_route"],)), 30):
        asked, answered = example.conversation[-1]
        name = example.plan.split('"')[1]
        assert name.casefold() in answered.casefold()
        assert name.casefold() not in asked.casefold()


def test_a_question_that_stands_alone_keeps_its_plan_in_a_conversation() -> None:
    example = Example("gender", "Male or female?", "get gender of patient")
    later = [after_others(example, ground(), random.Random(seed)) for seed in range(20)]
    assert {one.plan for one in later} == {example.plan}
    assert sum(bool(one.conversation) for one in later) > 15
