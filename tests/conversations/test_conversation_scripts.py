"""The scripts are sound: every gold is a plan that serving would let pass where it stands, and the record has it."""

import re
from pathlib import Path
from statistics import mean

import pytest
from script_records import Records

from chartline.evaluation.scripts import Conversation, Turn, golds_of, read_script
from chartline.language.checked_plan import checked_plan
from chartline.language.plan_grammar import spans_of
from chartline.language.turns import Turn as Earlier
from chartline.learning.generation.spoken import as_said
from chartline.record.plan import Exists, OutOfScope, PlanOutcome
from chartline.record.times import parse_instant

SCRIPTS = sorted(Path(__file__).parent.glob("*/*.toml"))


def conversations(records: str) -> list[tuple[str, Conversation]]:
    scripts = [(file.stem, read_script(file)) for file in SCRIPTS]
    return [(theme, one) for theme, script in scripts if script.records == records for one in script.conversation]


def named(conversation: object) -> str:
    return conversation.name if isinstance(conversation, Conversation) else str(conversation)


def written(plan: str, turn: Turn) -> str:
    """The plan with its names as the question writes them."""
    return re.sub(r'"([^"]*)"', lambda quoted: f'"{turn.said.get(quoted[1], quoted[1])}"', plan)


def hold(conversation: Conversation, records: Records) -> None:
    """Asks turn by turn, the golds said by rule as the earlier answers."""
    chart = records.chart(conversation.patient, conversation.as_of)
    now = parse_instant(conversation.now) if conversation.now else None
    earlier: list[Earlier] = []
    for turn in conversation.turns:
        golds = golds_of(turn, chart, now, conversation.encounter)
        spans = spans_of(turn.ask, earlier)
        for text, gold in zip((turn.plan, *turn.also), golds, strict=True):
            plan = as_said(written(text, turn), spans)
            assert plan is not None, f"{turn.ask}: {text} names what nobody said"
            checked_plan(plan, turn.ask, earlier)
            answered = isinstance(gold.plan, Exists | OutOfScope) or gold.result.outcome is PlanOutcome.FOUND
            assert answered or turn.status, f"{turn.ask}: {text} finds nothing"
        earlier.append(Earlier(turn.ask, golds[0].text, turn.plan))


@pytest.mark.parametrize(("theme", "conversation"), conversations("hospital"), ids=named)
def test_golds_of_the_demo_hospital_hold(theme: str, conversation: Conversation, hospital: Records) -> None:
    hold(conversation, hospital)


@pytest.mark.parametrize(("theme", "conversation"), conversations("synthea"), ids=named)
def test_golds_of_synthea_hold(theme: str, conversation: Conversation, synthea: Records) -> None:
    hold(conversation, synthea)


def test_there_are_enough_conversations_and_they_are_long_enough() -> None:
    lengths = [len(one.turns) for records in ("hospital", "synthea") for _, one in conversations(records)]
    talks = [length for length in lengths if length >= 3]
    assert len(talks) >= 55
    assert mean(talks) >= 4


def test_every_conversation_has_a_name_of_its_own() -> None:
    names = [one.name for records in ("hospital", "synthea") for _, one in conversations(records)]
    assert len(names) == len(set(names))


def test_a_status_is_stated_only_where_the_record_does_not_answer(hospital: Records) -> None:
    for _, one in conversations("hospital"):
        chart = hospital.chart(one.patient, one.as_of)
        for turn in one.turns:
            if turn.status:
                (gold, *_) = golds_of(turn, chart, None, one.encounter)
                assert not gold.forms or turn.status == "CONFLICTING"
