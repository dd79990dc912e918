"""Results made up for plans can be said."""

import random
from itertools import islice

from chartline.language.plan_text import load_plan
from chartline.language.rendering import render, result_text
from chartline.learning.generation.questions import generate
from chartline.learning.generation.results import generate_result


def test_results_fit_their_plans_and_can_be_said() -> None:
    rng = random.Random(5)
    said = 0
    for example in islice(generate(seed=11), 500):
        plan = load_plan(example.plan)
        if result := generate_result(plan, rng):
            assert render(plan, result)
            assert "\n" not in result_text(plan, result)
            said += 1
    assert said > 350
