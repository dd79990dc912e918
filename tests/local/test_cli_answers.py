"""Asking one question and a file of them: what is sent, what is printed, what the scorer will read."""

import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from fake_gateway import FINAL, MIDNIGHT_2150, FakeGateway, running

from chartline import cli

QUESTIONS = [
    {"id": "1", "patient": "10000032", "encounter": "29079034", "question": "How high?", "record_set": "a"},
    {
        "id": "2",
        "patient": 7,
        "encounter": None,
        "question": "When?",
        "as_of": "2150-01-01T00:00:00",
        "record_set": "a",
    },
    {
        "id": "3",
        "patient": "8",
        "question": "Is it away?",
        "as_of": None,
        "record_set": "a",
        "hints": ["an hour is 60 min"],
    },
    {"id": "4", "patient": "8", "question": "Elsewhere?", "record_set": "b"},
]
VALUES = [
    {"number": 1.1, "unit": "mg/dL"},
    {"time": "2150-01-01 00:00:00"},
    {"text": "high"},
    {"boolean": True},
    {"duration_hours": 36.5},
]


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    monkeypatch.setenv("CHARTLINE_HOME", str(tmp_path / "home"))
    with running(tmp_path / "home") as fake:
        yield fake


def run(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["chartline", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


def evaluate(tmp_path: Path, *options: str, questions: list[dict[str, Any]] = QUESTIONS) -> dict[str, dict[str, Any]]:
    """The predictions by id."""
    asked, out = tmp_path / "questions.jsonl", tmp_path / "out.jsonl"
    asked.write_text("".join(json.dumps(question) + "\n" for question in questions))
    assert run("evaluate", "answers", str(asked), "--out", str(out), *options) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len({line["id"] for line in lines}) == len(lines)
    return {line["id"]: line for line in lines}


def test_ask_prints_text_values_and_citations(gateway: FakeGateway, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "Patient/1", "How high?", "--as-of", "2150-01-01", "--encounter", "9") == 0
    out = capfd.readouterr().out
    assert FINAL.text in out
    assert "ANSWERED" in out
    assert "creatinine: 1.10 mg/dL" in out
    assert "[1] lab [x]  (fhir Observation/1)" in out
    (request,) = gateway.asked
    assert (request.patient, request.encounter) == ("Patient/1", "9")
    assert request.as_of.unix_micros == MIDNIGHT_2150.unix_micros
    assert not request.HasField("now")


def test_ask_prints_json_for_programs(gateway: FakeGateway, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "1", "How high?", "--json") == 0
    report = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert report["status"] == "ANSWERED"
    assert report["values"] == VALUES
    assert report["citations"][0]["event_key"] == "e1"


def test_a_call_that_fails_is_one_line(gateway: FakeGateway, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "1", "Is it away?") == 1
    assert capfd.readouterr().err.splitlines()[-1] == "error: UNAVAILABLE: the model is away"


def test_the_token_is_the_tenants(gateway: FakeGateway) -> None:
    run("ask", "1", "How high?", "--tenant", "riverside")
    (authorization,) = gateway.authorizations
    claims = jwt.decode(authorization.removeprefix("Bearer "), options={"verify_signature": False})
    assert claims["tenant"] == "riverside"


def test_predictions_have_the_scorers_format(gateway: FakeGateway, tmp_path: Path) -> None:
    predictions = evaluate(tmp_path, "--concurrency", "2")
    assert predictions.keys() == {"1", "2", "3", "4"}
    first = predictions["1"]
    assert first.pop("latency_ms") > 0
    assert (first.pop("steps_ms"), first.pop("warm")) == ({}, True)
    assert first == {
        "id": "1",
        "status": "ANSWERED",
        "text": FINAL.text,
        "values": VALUES,
        "citations": [{"event_id": "e1", "source": "fhir Observation/1"}],
    }
    assert predictions["3"]["status"] == "UNAVAILABLE"
    assert predictions["3"]["values"] == []


def test_what_is_sent_is_what_the_question_says(gateway: FakeGateway, tmp_path: Path) -> None:
    evaluate(tmp_path)
    asked = {request.question: request for request in gateway.asked}
    assert (asked["How high?"].patient, asked["How high?"].encounter) == ("10000032", "29079034")
    assert asked["When?"].as_of.unix_micros == MIDNIGHT_2150.unix_micros
    assert not asked["When?"].as_of.HasField("offset_minutes")
    assert (asked["When?"].patient, asked["When?"].encounter) == ("7", "")
    assert not asked["Is it away?"].HasField("as_of")
    assert not asked["Is it away?"].hints


def test_hints_are_sent_on_request(gateway: FakeGateway, tmp_path: Path) -> None:
    evaluate(tmp_path, "--hints", questions=QUESTIONS[2:3])
    assert list(gateway.asked[0].hints) == ["an hour is 60 min"]


def test_one_set_of_records_alone(gateway: FakeGateway, tmp_path: Path) -> None:
    assert evaluate(tmp_path, "--record-set", "b").keys() == {"4"}


def test_a_run_continues_and_asks_again_what_was_unavailable(gateway: FakeGateway, tmp_path: Path) -> None:
    evaluate(tmp_path, questions=QUESTIONS[:3])
    with (tmp_path / "out.jsonl").open("a") as torn:
        torn.write('{"id": "4", "sta')
    gateway.asked.clear()
    predictions = evaluate(tmp_path)
    assert sorted(request.question for request in gateway.asked) == ["Elsewhere?", "Is it away?"]
    assert predictions.keys() == {"1", "2", "3", "4"}


def test_two_runs_never_write_one_file(gateway: FakeGateway, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    evaluate(tmp_path, questions=QUESTIONS[:3])
    gateway.asked.clear()
    out = tmp_path / "out.jsonl"
    before = out.read_text()
    with out.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert run("evaluate", "answers", str(tmp_path / "questions.jsonl"), "--out", str(out)) == 2
    assert "another run" in capfd.readouterr().err
    assert out.read_text() == before
    assert not gateway.asked


def test_a_malformed_line_is_named(gateway: FakeGateway, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "questions.jsonl").write_text("{}\nnonsense\n")
    assert run("evaluate", "answers", str(tmp_path / "questions.jsonl"), "--out", str(tmp_path / "out")) == 2
    assert "questions.jsonl:2" in capfd.readouterr().err
