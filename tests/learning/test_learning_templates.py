import random

import pytest

from chartline.learning.generation.templates import alternatives, fill, unsaid, with_adverbs


@pytest.mark.parametrize(
    ("wording", "said"),
    [
        ("What was the {o} {lab}?", "What was the {o} {lab}?"),
        ("What was {Ps} {o} {lab}?", "What was {Ps} {o} {lab}?"),
        ("{w}, {o} {lab}?", "{w}, {o} {lab}?"),
        ("When was {lab} {o} drawn?", "When was {lab} {o_verb} drawn?"),
        ("When did he {o_opt}leave?", "When did he {o_verb_opt}leave?"),
    ],
)
def test_an_order_of_a_verb_is_an_adverb(wording: str, said: str) -> None:
    assert with_adverbs(wording) == said


def test_one_of_the_alternatives_is_taken_the_innermost_first() -> None:
    rng = random.Random(1)
    assert {alternatives("[a|b [c|d]] e", rng) for _ in range(100)} == {"a e", "b c e", "b d e"}


def test_a_plan_says_no_time_that_its_question_does_not() -> None:
    slots = {"lab": "zinc", "W": ' in "today"'} | unsaid("Any {lab}?")
    assert fill('exists lab "{lab}"{W}', slots) == 'exists lab "zinc"'
    assert "W" not in unsaid("Any {lab}{w}?")
