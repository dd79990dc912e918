"""Second attempts say what serving would have said of the first."""

import random
import re
from itertools import islice

from chartline.language.prompt import retry_hint
from chartline.learning.generation.attempts import second_attempt
from chartline.learning.generation.drawing import Example, complaint
from chartline.learning.generation.questions import generate


def test_the_refused_plan_is_another_and_its_reason_is_the_rules_own() -> None:
    rng = random.Random(1)
    found = 0
    for example in islice(generate(7), 400):
        again = second_attempt(example, rng)
        if again is None:
            continue
        found += 1
        (hint,) = again.hints
        wrong = re.fullmatch(r"Not '(.*)': .*\.", hint.replace("\\'", "'"))
        assert wrong is not None
        assert wrong[1] != example.plan
        assert hint == retry_hint(wrong[1], str(complaint(wrong[1], example)))
        assert again.plan == example.plan
    assert found > 150


def test_a_plan_that_no_slip_spoils_has_no_second_attempt() -> None:
    assert second_attempt(Example("gender", "Male or female?", "get gender of patient"), random.Random(1)) is None
