"""Holding a script with a gateway: what is sent turn by turn, what the report says, how it is counted."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from script_records import Records

from chartline import cli
from chartline.local.home import Endpoints, Home
from chartline.record.event import Event
from chartline.rpc.messages import event_to_message
from chartline.v1.event_pb2 import Quantity
from chartline.v1.gateway_service_pb2 import (
    ANSWER_STATUS_ANSWERED,
    ANSWER_STATUS_NOT_IN_RECORD,
    AnswerQuestionRequest,
    AnswerQuestionResponse,
    FinalAnswer,
    RetrievalSummary,
)
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceServicer, add_GatewayServiceServicer_to_server
from chartline.v1.query_plan_pb2 import Value
from chartline.v1.record_service_pb2 import ListEventsRequest, ListEventsResponse

SCRIPT = """
records = "hospital"

[[conversation]]
name = "lactate"
patient = "Patient/p001"
as_of = "2024-01-12T08:00:00-05:00"
turns = [
  { ask = "The last lactate?", plan = 'get value of last lab "lactate"' },
  { ask = "And the one before?", plan = 'get value of last 2 lab "lactate"' },
  { ask = "Is it away?", plan = 'exists lab "lactate"' },
  { ask = "And potassium, never?", plan = 'exists lab "potassium"' },
]

[[conversation]]
name = "advice"
patient = "Patient/p001"
turns = [{ ask = "Never mind, should I worry?", plan = "refuse knowledge" }]
"""


class OneChart(GatewayServiceServicer):
    """One patient's gateway: it says 3.5 to everything but what is away or never was."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        self.asked: list[AnswerQuestionRequest] = []
        self._events = [event_to_message(event) for event in events]

    def ListEvents(self, request: ListEventsRequest, context: grpc.ServicerContext) -> ListEventsResponse:
        return ListEventsResponse(events=self._events)

    def AnswerQuestion(
        self, request: AnswerQuestionRequest, context: grpc.ServicerContext
    ) -> Iterator[AnswerQuestionResponse]:
        self.asked.append(request)
        if "away" in request.question:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the model is away")
        said = FinalAnswer(status=ANSWER_STATUS_NOT_IN_RECORD, text="There is no record of it.")
        if "ever" not in request.question:
            value = Value(number=Quantity(value="3.5", unit="mmol/L"))
            said = FinalAnswer(status=ANSWER_STATUS_ANSWERED, text="It was 3.5 mmol/L.", values=[value])
        yield AnswerQuestionResponse(sequence=0, summary=RetrievalSummary(plan_text="get value of last lab"))
        yield AnswerQuestionResponse(sequence=1, final=said)


@pytest.fixture
def gateway(hospital: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OneChart]:
    fake = OneChart(hospital.chart("Patient/p001", "2024-01-12T08:00:00-05:00").events)
    server = grpc.server(ThreadPoolExecutor(4))
    add_GatewayServiceServicer_to_server(fake, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    home, nobody = Home(tmp_path / "home"), "127.0.0.1:1"
    monkeypatch.setenv("CHARTLINE_HOME", str(home.folder))
    with home.owned():
        home.publish(Endpoints(address, nobody, nobody, nobody, nobody, nobody, nobody, (), "", 1))
        yield fake
    server.stop(None).wait()


def evaluate(folder: Path, *options: str) -> list[dict[str, Any]]:
    """The lines of the report."""
    script, report = folder / "script.toml", folder / "report.jsonl"
    script.write_text(SCRIPT)
    arguments = ["evaluate", "conversations", str(script), "--out", str(report), "--concurrency", "1", *options]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["chartline", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    return [json.loads(line) for line in report.read_text().splitlines()]


def test_each_turn_carries_what_was_said_before_and_is_judged_by_the_record(gateway: OneChart, tmp_path: Path) -> None:
    lines = evaluate(tmp_path)
    assert [line["verdict"] for line in lines] == ["right", "wrong", "unavailable", "refused", "right"]
    assert [line["turn"] for line in lines] == [1, 2, 3, 4, 1]
    assert "4.5" in lines[1]["gold"]
    first, second, _, fourth, alone = gateway.asked
    assert not first.conversation
    assert [(turn.question, turn.answer) for turn in second.conversation] == [
        ("The last lactate?", "It was 3.5 mmol/L.")
    ]
    assert [turn.answer for turn in fourth.conversation] == ["It was 3.5 mmol/L.", "It was 3.5 mmol/L.", ""]
    assert first.HasField("as_of")
    assert not alone.HasField("as_of")


def test_the_table_tells_openings_from_follow_ups(
    gateway: OneChart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(tmp_path)
    rows = {line[:14].strip(): line[14:].split() for line in capsys.readouterr().out.splitlines()}
    assert rows["opening turns"] == ["2", "100.0", "2", "0", "0", "0"]
    assert rows["follow-ups"] == ["3", "0.0", "0", "1", "1", "1"]
    assert rows["all"] == ["5", "40.0", "2", "1", "1", "1"]


def test_only_the_scripts_about_these_records_are_held(
    gateway: OneChart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not evaluate(tmp_path, "--records", "synthea", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"turns": 0, "verdicts": {}}
