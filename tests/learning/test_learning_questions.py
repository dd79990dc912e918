import random
import re
from itertools import islice

import pytest

from chartline.language.plan_grammar import spans_of
from chartline.language.plan_text import load_plan
from chartline.language.rendering import render, result_text
from chartline.learning.generation.families import FAMILIES, REFUSALS, Family
from chartline.learning.generation.questions import generate
from chartline.learning.generation.results import generate_result
from chartline.record.plan import OutOfScope

MANY = list(islice(generate(seed=11), 3000))


def test_the_same_seed_gives_the_same_questions() -> None:
    assert list(islice(generate(11), 200)) == MANY[:200]
    assert list(islice(generate(12), 200)) != MANY[:200]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_draws_questions_that_hold_what_their_plans_quote(family: Family) -> None:
    for example in islice(generate(3, (family,)), 25):
        load_plan(example.plan)
        spans = f" {spans_of(example.question)} "
        assert all(f" {quoted} " in spans for quoted in re.findall(r'"([^"]*)"', example.plan))
        assert not re.search(r"[\[\]{}|]", example.question.replace("[ptca]", "").replace("[endoscopic]", ""))


def test_a_fair_share_must_be_refused_and_for_every_reason() -> None:
    refused = [example for example in MANY if isinstance(load_plan(example.plan), OutOfScope)]
    assert 0.08 < len(refused) / len(MANY) < 0.16
    assert {example.plan.removeprefix("refuse ") for example in refused} == REFUSALS.keys()


def test_most_questions_are_said_once() -> None:
    assert len({example.question for example in MANY}) > 0.9 * len(MANY)


def test_results_fit_their_plans_and_can_be_said() -> None:
    rng = random.Random(5)
    said = 0
    for example in MANY[:500]:
        plan = load_plan(example.plan)
        if result := generate_result(plan, rng):
            assert render(plan, result)
            assert "\n" not in result_text(plan, result)
            said += 1
    assert said > 350
