import random

import pytest

from chartline.language.plan_grammar import spans_of
from chartline.learning.generation.spoken import as_said, misspelt, spoken, with_typo


@pytest.mark.parametrize(
    ("plan", "question", "said"),
    [
        ('exists lab "pt" in "yesterday"', "Yesterday, any PT?", 'exists lab "PT" in "Yesterday"'),
        ('exists lab "pt"', "The pt has a PT", 'exists lab "pt"'),
        ('exists lab "zinc"', "Any zincs?", None),
        ("count visit", "How many?", "count visit"),
    ],
)
def test_a_plan_quotes_what_was_said_as_it_was_said(plan: str, question: str, said: str | None) -> None:
    assert as_said(plan, spans_of(question)) == said


def test_a_slip_changes_a_long_word_by_one_letter_or_two() -> None:
    rng = random.Random(1)
    slips = {misspelt("furosemide 20 mg", rng) for _ in range(50)}
    assert len(slips) > 5
    assert all(slip.endswith(" 20 mg") and abs(len(slip) - 16) <= 1 for slip in slips)
    assert misspelt("a b c", rng) == "a b c"


def test_a_slip_spares_what_the_plan_quotes() -> None:
    rng = random.Random(1)
    said = {with_typo("Was furosemide prescribed?", ["Furosemide"], rng) for _ in range(500)}
    assert len(said) > 3
    assert all("furosemide" in one for one in said)


def test_a_person_after_a_preposition_is_in_the_objective() -> None:
    assert "for him" in spoken("the weight for he ?", random.Random(3)).lower()


def test_a_person_whom_somebody_treats_is_in_the_objective() -> None:
    assert "put her on" in spoken("when did they put she on lasix ?", random.Random(3)).lower()
    assert "admitted him" in spoken("who admitted he ?", random.Random(3)).lower()
