"""Narrative questions over real notes: quotations word for word, every sentence supported, the right place read."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from narrative_chart import FILES, NOTES, TENANT, Asked, hospital_records, load, office_records
from narrative_chart import questions as asked_in
from pydantic import SecretStr

from chartline.language.passages import document_text
from chartline.language.plan_text import load_plan
from chartline.language.reading_words import MORE_TO_READ
from chartline.language.rendering import render
from chartline.language.verification import Checker
from chartline.language.wording import DOCUMENT_KINDS
from chartline.models.text_encoder import TextEncoder
from chartline.record.event import Event
from chartline.record.plan import PlanOutcome, QueryPlan
from chartline.record.result import PlanResult, Value
from chartline.record.times import parse_instant
from chartline.rpc.keys import create_keys
from services.encoder.settings import EncoderSettings
from services.encoder.shard import Shard, open_shard

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not NOTES.exists(), reason=f"open clinical notes are not at {NOTES}"),
]

LEAST_RIGHT = 0.9


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shard]:
    folder = tmp_path_factory.mktemp("narrative")
    keys = create_keys(folder)
    settings = EncoderSettings(
        jwks_file=keys.jwks_file,
        secret_file=keys.secret_file,
        database_url=SecretStr(f"sqlite:///{folder}/record.db"),
    )
    opened = open_shard(settings, TextEncoder)
    load(opened, office_records())
    load(opened, hospital_records({asked.patient for file in FILES for asked in asked_in(file)}))
    yield opened
    opened.close()


@pytest.mark.parametrize("file", FILES)
def test_the_right_place_is_quoted_and_everything_shown_is_supported(
    shard: Shard, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = asked_in(file)
    wrong = []
    for question in asked:
        plan = load_plan(question.plan_text)
        result = execute(shard, question, plan)
        check_shown(question, plan, result)
        if not is_right(question, result):
            wrong.append(question.ask)
    with capsys.disabled():
        print(f"\n{file}: {len(asked) - len(wrong)} of {len(asked)} right; wrong: {wrong}")
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(asked)


def execute(shard: Shard, question: Asked, plan: QueryPlan) -> PlanResult:
    as_of = parse_instant(question.now) if question.now else None
    return shard.reader.execute(TENANT, f"Patient/{question.patient}", plan, as_of, None, "")


def check_shown(question: Asked, plan: QueryPlan, result: PlanResult) -> None:
    """Each value is of one event of the patient, word for word where that is a document, and each sentence passes."""
    for value in result.values:
        event = event_of(value, result)
        assert event.patient == f"Patient/{question.patient}"
        assert isinstance(value.form, str)
        if event.kind in DOCUMENT_KINDS:
            assert one_line(value.form) in one_line(document_text(event)), question.ask
    checker = Checker(plan, result, question.ask)
    assert all(checker.check(sentence).accepted for sentence in checker.sentences(checker.plain)), question.ask
    parts = [render(plan, replace(result, values=(value,), truncated=False)) for value in result.values]
    assert not parts or checker.plain.removesuffix(MORE_TO_READ).strip() == " ".join(parts)
    assert (result.outcome is PlanOutcome.FOUND) == bool(result.values)


def is_right(question: Asked, result: PlanResult) -> bool:
    if not question.note and not question.event:
        return result.outcome is PlanOutcome.EMPTY
    return any(answers(question, value, event_of(value, result)) for value in result.values)


def answers(question: Asked, value: Value, event: Event) -> bool:
    if question.event:
        return question.event.lower() in str(value.form).lower()
    if not event.source.record_id.endswith(tuple(filter(None, (question.note, question.or_note)))):
        return False
    in_section = bool(question.section) and value.label.endswith(question.section)
    return in_section or (bool(question.phrase) and question.phrase.lower() in one_line(str(value.form)).lower())


def event_of(value: Value, result: PlanResult) -> Event:
    (key,) = value.event_keys
    return next(event for event in result.events if event.event_key == key)


def one_line(text: str) -> str:
    return " ".join(text.split())
