"""Second attempts say what serving would have said of the first."""

import random

from generation_parts import ground

from chartline.language.prompt import retry_hint, unknown_names
from chartline.learning.generation.attempts import named_otherwise
from chartline.learning.generation.drawing import Example


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
