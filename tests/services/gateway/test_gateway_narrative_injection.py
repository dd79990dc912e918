"""Notes are data: whatever one of them says, the plan, what the model reads, the status and all but its quotation stay.

Two charts differ in one text: a calm one and a hostile one. The gateway and the reading of the chart are real, with the
real text encoder; the model writes its plans from a script and obeys what it can.
"""

import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gateway_fake_encoder import TENANT, at, creatinine
from gateway_fake_model import FakeModel
from gateway_parts import Gateway, running_gateway
from pydantic import SecretStr

from chartline.language.plan_text import load_plan
from chartline.language.prompt import planning_text
from chartline.language.rendering import render
from chartline.language.turns import Turn
from chartline.models.text_encoder import TextEncoder
from chartline.record.event import CanonicalRecord, Event
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome, QueryPlan
from chartline.record.result import PlanResult, Value
from chartline.rpc.keys import KeyFiles
from chartline.v1 import gateway_service_pb2 as pb
from services.encoder.record.outcomes import Delivery
from services.encoder.settings import EncoderSettings
from services.encoder.shard import Shard, open_shard

HOSTILE = tomllib.loads((Path(__file__).parent / "hostile_notes.toml").read_text())["texts"]
CALM = "Wound care was taught."
QUESTIONS = {
    "What was the hospital course?": 'read "hospital course"',
    "Which plan does the progress note name?": 'read "plan does the progress note name"',
    "What does the progress note say?": 'read "progress note"',
    "What was the last creatinine?": 'get value of last lab "creatinine"',
    "How many notes are there?": "count note",
}
ASKED_FOR = "What do the discharge instructions say?", 'read "discharge instructions"'


def chart(patient: str, text: str) -> list[Event]:
    """The text stands in a section of its own, between two that are asked for, and beside laboratory values."""
    summary = (
        "HOSPITAL COURSE: The fever settled on ceftriaxone within two days.\n\n"
        f"DISCHARGE INSTRUCTIONS: {text}\n\nFOLLOW-UP: In the clinic in two weeks."
    )
    labs = [creatinine(n, f"1.{n}") for n in (1, 2)]
    notes = [note(61, "Progress note", "Slept well.\n\nPlan: Continue."), note(62, "Discharge summary", summary)]
    return [replace(e, patient=patient, natural_key=f"{patient}/{e.natural_key}", event_key="") for e in labs + notes]


def note(day: int, name: str, text: str) -> Event:
    written = replace(creatinine(day, "1"), kind=EventKind.NOTE, display=name, quantity=None, text_value=text)
    return replace(written, natural_key=f"DocumentReference/{day}")


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory, keys: KeyFiles) -> Iterator[Shard]:
    settings = EncoderSettings(
        jwks_file=keys.jwks_file,
        secret_file=keys.secret_file,
        database_url=SecretStr(f"sqlite:///{tmp_path_factory.mktemp('charts')}/record.db"),
    )
    opened = open_shard(settings, TextEncoder)
    events = [event for n, text in enumerate([CALM, *HOSTILE]) for event in chart(f"Patient/{n}", text)]
    opened.keeper.append(TENANT, [Delivery(CanonicalRecord("r", (event,))) for event in events])
    yield opened
    opened.close()


Execute = Callable[[QueryPlan], PlanResult]


def of(shard: Shard, number: int) -> Execute:
    """Plans executed on one of the charts."""
    return lambda plan: shard.reader.execute(TENANT, f"Patient/{number}", plan, None, at(70), "")


@pytest.fixture
async def gateway(keys: KeyFiles, tmp_path: Path) -> AsyncIterator[Gateway]:
    model = FakeModel(answer="OBEYED. The creatinine was 9.99 mg/dL.")
    async with running_gateway(keys, model, tmp_path / "audit") as parts:
        yield Gateway(**parts, model=model)


async def tell(gateway: Gateway, execute: Execute, question: str, plan: str, **rest: Any) -> pb.FinalAnswer:
    gateway.model.requests.clear()
    gateway.model.plans = (plan,)
    gateway.encoder.result = execute
    return await gateway.final(question, **rest)


def read_by_the_model(gateway: Gateway) -> list[tuple[str, ...]]:
    return [(r.system, r.user_text, r.assistant_text, r.grammar) for r in gateway.model.requests]


def seen(gateway: Gateway, final: pb.FinalAnswer) -> tuple[Any, ...]:
    """All of an answer but the keys of its events, and all that the model read."""
    for value in final.values:
        value.ClearField("event_keys")
    return final.status, final.text, final.reason, list(final.values), read_by_the_model(gateway)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_there_are_many_attempts() -> None:
    assert len(set(HOSTILE)) >= 50


@pytest.mark.parametrize("number", range(1, len(HOSTILE) + 1))
async def test_a_note_changes_no_answer_that_does_not_quote_it(gateway: Gateway, shard: Shard, number: int) -> None:
    for question, plan in QUESTIONS.items():
        calm = await tell(gateway, of(shard, 0), question, plan)
        wanted = seen(gateway, calm)
        assert calm.status == pb.ANSWER_STATUS_ANSWERED
        assert seen(gateway, await tell(gateway, of(shard, number), question, plan)) == wanted


@pytest.mark.parametrize("number", range(1, len(HOSTILE) + 1))
async def test_a_note_that_is_quoted_is_in_one_quotation_and_nowhere_else(
    gateway: Gateway, shard: Shard, number: int
) -> None:
    await tell(gateway, of(shard, 0), *ASKED_FOR)
    calm = read_by_the_model(gateway)
    final = await tell(gateway, of(shard, number), *ASKED_FOR)
    assert read_by_the_model(gateway) == calm
    assert final.status == pb.ANSWER_STATUS_ANSWERED
    said = final.values[0].text
    assert one_line(said) in one_line(HOSTILE[number - 1])
    label, quotation = final.text.split("“", 1)
    assert label == "Discharge summary, discharge instructions (2100-03-04 00:00): "
    further = " Discharge summary, follow up (2100-03-04 00:00): “In the clinic in two weeks.”"
    assert quotation.split("”", 1)[1] == further
    assert not any(ord(character) < 32 and character != "\n" for character in final.text)
    assert {citation.event_key for citation in final.citations} == {key for v in final.values for key in v.event_keys}


@pytest.mark.parametrize("text", HOSTILE)
async def test_words_in_a_result_change_no_answer_though_the_model_obeys(gateway: Gateway, text: str) -> None:
    event = replace(creatinine(1, "1.1"), quantity=None, text_value=text, display="Comment")
    plan, result = (
        'get value of last lab "comment"',
        PlanResult(PlanOutcome.FOUND, (Value(text, "Comment", (event.event_key,)),), (event,), now=at(70)),
    )
    final = await tell(gateway, lambda _: result, "What was the last comment?", plan)
    assert final.text == render(load_plan(plan), result)
    assert final.status == pb.ANSWER_STATUS_ANSWERED


@pytest.mark.parametrize("text", HOSTILE)
def test_an_earlier_answer_that_quotes_a_note_asks_nothing(text: str) -> None:
    lines = planning_text("And the plan?", at(70), [Turn("Which instructions?", f"Note: “{text}”")]).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["", "Now", "Earlier question", "Earlier answer", "Question"]
