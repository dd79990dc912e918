import random
import re
from itertools import islice

import pytest
from generation_parts import ground

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_grammar import spans_of
from chartline.language.plan_text import load_plan
from chartline.language.plan_words import REASONS
from chartline.learning.generation.families import FAMILIES, Family
from chartline.learning.generation.questions import FOLLOW_UP_SHARE, REFUSAL_SHARE, generate
from chartline.learning.generation.slots import draw_slots
from chartline.learning.generation.spoken import as_said
from chartline.record.plan import OutOfScope

MANY = list(islice(generate(seed=11), 2500))


def test_the_same_seed_gives_the_same_questions() -> None:
    assert list(islice(generate(11), 200)) == MANY[:200]
    assert list(islice(generate(12), 200)) != MANY[:200]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("held_out", [False, True], ids=["trained", "held_out"])
def test_every_family_draws_pairs_that_serving_would_take(family: Family, held_out: bool) -> None:
    for example in islice(generate(3, (family,), held_out=held_out), 5):
        checked_plan(example.plan, example.question, example.conversation)
        assert as_said(example.plan, spans_of(example.question, example.conversation)) == example.plan
        assert not re.search(r"[{}|]|  ", example.question)


def test_a_fair_share_must_be_refused_and_for_every_reason() -> None:
    refused = [example for example in MANY if isinstance(load_plan(example.plan), OutOfScope)]
    assert REFUSAL_SHARE - 0.03 < len(refused) / len(MANY) < REFUSAL_SHARE + 0.05
    assert {example.plan.removeprefix("refuse ") for example in refused} == REASONS.keys()


def test_a_fair_share_needs_what_was_said_before() -> None:
    needing = [example for example in MANY if example.conversation and not needless(example.plan, example.question)]
    assert FOLLOW_UP_SHARE / 3 < len(needing) / len(MANY) < FOLLOW_UP_SHARE


def needless(plan: str, question: str) -> bool:
    return as_said(plan, spans_of(question)) == plan


def test_most_questions_are_said_once() -> None:
    alone = [example.question for example in MANY if not example.conversation]
    assert len(set(alone)) > 0.9 * len(alone)


def test_the_patient_and_the_prothrombin_time_are_never_both_pt() -> None:
    timed = [example for example in MANY if 'lab "pt"' in example.plan.lower()]
    assert len(timed) > 0.004 * len(MANY)
    rng = random.Random(2)
    for _ in range(500):
        slots = draw_slots([("lab", "pt")], ground(), rng)
        assert slots["P"] != "pt"
