"""Second attempts say what serving would have said of the first."""

import random
import re
from itertools import islice

from generation_parts import ground

from chartline.language.prompt import retry_hint, unknown_names
from chartline.learning.generation.attempts import named_otherwise, second_attempt
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


def test_a_name_that_is_not_there_stays_what_was_asked_for() -> None:
    example = Example("lab", "Last squirrels?", 'get value of last lab "squirrels"')
    again = named_otherwise(example, ground(), random.Random(1))
    assert again is not None
    assert again.plan == example.plan
    assert again.hints == (retry_hint(example.plan, unknown_names(["squirrels"])),)


def test_a_word_too_many_is_given_back() -> None:
    name = next(event.name for event in ground().view.chart.events if event.quantity)
    example = Example("lab", f"What was {name} squirrels?", f'get value of lab "{name}"')
    hints = {h for seed in range(20) for h in hints_of(named_otherwise(example, ground(), random.Random(seed)))}
    wrong = f'get value of lab "{name} squirrels"'
    assert retry_hint(wrong, unknown_names([f"{name} squirrels"])) in hints


def hints_of(example: Example | None) -> tuple[str, ...]:
    return example.hints if example is not None else ()
