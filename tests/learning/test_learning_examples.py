"""Rows tell the truth: what execution on their chart returns, and nothing that is held out in training."""

import json
from collections import Counter

from generation_parts import rows
from llguidance import LLMatcher, LLTokenizer

from chartline.language.checked_plan import checked_plan, read_plan
from chartline.language.plan_grammar import plan_grammar
from chartline.language.plan_text import load_plan
from chartline.language.prompt import direct_text
from chartline.language.rendering import render, result_text
from chartline.language.value_json import value_json
from chartline.learning.generation.alignment import ALIGNMENT
from chartline.learning.generation.examples import MOST_SAID_VALUES
from chartline.learning.generation.families import BY_NAME
from chartline.learning.generation.held_out import concepts_of, entity_of, is_held_out
from chartline.learning.generation.views import SHORT
from chartline.record.chart import Chart
from chartline.record.execute import execute
from chartline.record.linking import LexicalLinker
from chartline.record.plan import OutOfScope, Retrieve
from chartline.record.times import parse_instant
from chartline.record.verdicts import status_of, values_of

ALIGNED = {family.name: family for families in ALIGNMENT.values() for family in families}
FAMILY = BY_NAME | ALIGNED


def test_there_are_rows_of_every_task_and_split() -> None:
    counts = Counter((row.split, row.task) for _, row in rows())
    assert {split for split, _ in counts} == {"train", "valid", "test"}
    assert {task for _, task in counts} == {"plan", "say", "align"}
    shares = Counter(row.task for _, row in rows())
    assert 0.5 < shares["plan"] / shares.total() < 0.75
    assert shares["say"] / shares.total() > 0.08
    assert shares["align"] / shares.total() > 0.12


def test_every_answer_is_what_execution_returns() -> None:
    """Executed again on the chart alone, from the plan text and the now that the row tells."""
    for view, row in rows():
        plan = read_plan(row.plan, row.question, row.conversation, row.hints)
        if isinstance(plan, Retrieve):
            assert (row.result_text, row.answer, row.status, row.values) == ("", "", "", "[]")
            continue
        result = execute(plan, Chart(view.chart.events), parse_instant(row.now), "", LexicalLinker())
        assert row.result_text == result_text(plan, result)
        assert row.status == status_of(plan, result).name
        assert json.loads(row.values) == [value_json(value) for value in values_of(plan, result)]
        if row.task != "align":
            assert row.answer == render(plan, result)


def test_every_plan_is_one_that_serving_takes() -> None:
    for _, row in rows():
        checked_plan(row.plan, row.question, row.conversation, row.hints)


def test_every_plan_is_one_that_the_grammar_of_its_question_takes() -> None:
    tokenizer = LLTokenizer("byte")
    for _, row in list(rows())[::4]:
        matcher = LLMatcher(tokenizer, plan_grammar(row.question, row.conversation, row.hints))
        ids = tokenizer.tokenize_str(row.plan + "\n")
        assert matcher.validate_tokens(ids) == len(ids), (row.question, row.plan)


def test_training_overlaps_with_nothing_that_is_held_out() -> None:
    train = [row for _, row in rows() if row.split == "train"]
    kept_back = [row for _, row in rows() if row.split != "train"]
    assert not {row.patient.partition("#")[0] for row in train} & {row.patient.partition("#")[0] for row in kept_back}
    assert not [row for row in train if row.held_out_wording or row.held_out_name]
    assert not any(is_held_out(name) for row in train for name in concepts_of(load_plan(row.plan)))
    asked = {entity_of(name) for row in train for name in concepts_of(load_plan(row.plan))}
    unseen = {e for row in kept_back if row.held_out_name for e in entities_held_out(row.plan)}
    assert len(unseen) > 8
    assert not asked & unseen


def entities_held_out(plan: str) -> set[str]:
    return {entity_of(name) for name in concepts_of(load_plan(plan)) if is_held_out(name)}


def test_outside_training_a_fair_share_is_held_out() -> None:
    kept_back = [row for _, row in rows() if row.split != "train"]
    for share in (
        sum(row.held_out_wording for row in kept_back) / len(kept_back),
        sum(row.held_out_name for row in kept_back) / len(kept_back),
    ):
        assert 0.05 < share < 0.65


def test_most_questions_find_something_and_a_fair_share_does_not() -> None:
    answerable = [row for _, row in rows() if not isinstance(load_plan(row.plan), OutOfScope)]
    nothing = [row for row in answerable if row.status == "NOT_IN_RECORD"]
    assert 0.05 < len(nothing) / len(answerable) < 0.3


def test_what_is_to_be_said_is_what_serving_lets_the_model_say() -> None:
    for _, row in rows():
        if row.task == "say":
            assert row.status == "ANSWERED"
            assert 0 < len(json.loads(row.values)) <= MOST_SAID_VALUES
            assert not row.result_text.endswith("more")


def test_alignment_asks_about_short_charts_for_short_answers() -> None:
    for view, row in rows():
        if row.task == "align":
            assert len(view.chart.events) <= SHORT
            assert row.answer
            assert len(row.answer) <= 200
            assert parse_instant(row.now) == view.known_until
            assert not row.conversation
            assert direct_text(row.question, view.known_until).endswith(f"Answer from the chart: {row.question}")


def test_rows_come_of_families_and_their_number_names_them() -> None:
    assert {row.family for _, row in rows()} <= FAMILY.keys()
    ids = [row.id for _, row in rows()]
    assert ids == sorted(set(ids))
