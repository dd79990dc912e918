"""The commands for an operator of ingest, against a service that answers in the same way each time."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest

from chartline import cli
from chartline.local.home import Endpoints, Home
from chartline.v1 import ingest_service_pb2 as pb
from chartline.v1.ingest_service_pb2_grpc import IngestServiceServicer, add_IngestServiceServicer_to_server
from chartline.v1.record_service_pb2 import EraseChartResponse, GetRecordCountsResponse
from chartline.v1.record_service_pb2_grpc import RecordServiceServicer, add_RecordServiceServicer_to_server

LETTERS = [pb.DeadLetter(id=f"ehr.default.raw-0-{n}", reason="no patient", format="fhir", bytes=3) for n in range(3)]


class FakeIngest(IngestServiceServicer):
    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.scopes: set[str] = set()
        self.sent = 7
        self.broken = False

    def _asked(self, request: Any, context: grpc.ServicerContext) -> None:
        self.requests.append(request)
        token = str(dict(context.invocation_metadata())["authorization"]).removeprefix("Bearer ")
        self.scopes.add(jwt.decode(token, options={"verify_signature": False})["scope"])

    def GetIngestStatus(self, request: Any, context: Any) -> pb.GetIngestStatusResponse:
        reasons = {"no patient": 2, "Task": 1}
        counts = GetRecordCountsResponse(
            indexed=3, duplicates=1, without_events=1, dead_lettered=2, events=99, patients=5, reasons=reasons
        )
        return pb.GetIngestStatusResponse(counts=counts)

    def CountSentRecords(self, request: Any, context: Any) -> pb.CountSentRecordsResponse:
        self._asked(request, context)
        return pb.CountSentRecordsResponse(records=self.sent)

    def ListDeadLetters(self, request: Any, context: Any) -> pb.ListDeadLettersResponse:
        self._asked(request, context)
        number = int(request.page_token or 0)
        token = str(number + 1) if number < 2 else ""
        return pb.ListDeadLettersResponse(
            dead_letters=[LETTERS[number]], next_page_token=token, reasons={"no patient": 3}
        )

    def GetDeadLetter(self, request: Any, context: Any) -> pb.GetDeadLetterResponse:
        self._asked(request, context)
        return pb.GetDeadLetterResponse(dead_letter=LETTERS[0], payload=b"\xffab")

    def ReplayDeadLetters(self, request: Any, context: Any) -> Iterator[pb.ReplayDeadLettersResponse]:
        self._asked(request, context)
        for number in (1, 2):
            yield pb.ReplayDeadLettersResponse(outcomes={"indexed": number}, reasons={"why": 1})

    def ReplayRecords(self, request: Any, context: Any) -> Iterator[pb.ReplayRecordsResponse]:
        self._asked(request, context)
        yield pb.ReplayRecordsResponse(outcomes={"readable": 9})

    def EraseDeadLetters(self, request: Any, context: Any) -> pb.EraseDeadLettersResponse:
        self._asked(request, context)
        if self.broken:
            context.abort(grpc.StatusCode.UNAVAILABLE, "no broker")
        return pb.EraseDeadLettersResponse(erased=2, unreadable=1)


class FakeRecords(RecordServiceServicer):
    def EraseChart(self, request: Any, context: Any) -> EraseChartResponse:
        return EraseChartResponse(events=7, identifiers=2, erased_identifiers=["Patient/1", "urn:mrn|1"])


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[FakeIngest]:
    fake = FakeIngest()
    server = grpc.server(ThreadPoolExecutor(4))
    add_IngestServiceServicer_to_server(fake, server)
    add_RecordServiceServicer_to_server(FakeRecords(), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    nobody, home = "127.0.0.1:1", Home(tmp_path)
    with home.owned():
        home.publish(Endpoints(nobody, address, address, nobody, nobody, nobody, nobody, (), "", 1))
        yield fake
    server.stop(None).wait()


@pytest.fixture
def run(ingest: FakeIngest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Exit code and standard output of `chartline <arguments>`."""

    def _run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["chartline", *arguments, "--home", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capfd.readouterr().out

    return _run


def test_all_pages_of_letters_are_listed(ingest: FakeIngest, run: Any) -> None:
    code, out = run("dead-letters", "list", "--reason", "no patient", "--first-offset", "0", "--json")
    assert code == 0
    assert [json.loads(line)["id"] for line in out.splitlines()] == [letter.id for letter in LETTERS]
    asked = ingest.requests[0].filter
    assert (asked.reason, asked.first_offset, asked.HasField("last_offset")) == ("no patient", 0, False)
    assert ingest.scopes == {"operator"}


def test_the_content_of_a_letter_is_shown_or_written(ingest: FakeIngest, run: Any, tmp_path: Path) -> None:
    letter = LETTERS[0].id
    assert run("dead-letters", "show", letter, "--purpose", "ticket") == (0, "\\xffab\n")
    assert (ingest.requests[0].id, ingest.requests[0].purpose) == (letter, "ticket")
    assert run("dead-letters", "show", letter, "--purpose", "x", "--output", str(tmp_path / "letter")) == (0, "")
    assert (tmp_path / "letter").read_bytes() == b"\xffab"
    assert run("dead-letters", "show", letter)[0] == 2


def test_a_replay_tells_its_last_word(ingest: FakeIngest, run: Any) -> None:
    code, out = run("dead-letters", "replay", "--id", "a", "--id", "b", "--replayed", "--json")
    assert (code, json.loads(out)) == (0, {"outcomes": {"indexed": 2}, "reasons": {"why": 1}})
    assert (ingest.requests[0].filter.ids, ingest.requests[0].filter.replayed) == (["a", "b"], True)


def test_a_stretch_of_time_is_replayed(ingest: FakeIngest, run: Any) -> None:
    arguments = ("replay", "--from", "2026-11-22T08:00:00Z", "--to", "2026-11-22T09:00:00Z", "--dry-run")
    assert run(*arguments) == (0, "readable=9\n")
    request = ingest.requests[0]
    assert request.end.unix_micros - request.start.unix_micros == 3600 * 1_000_000
    assert request.dry_run
    assert run("replay", "--from", "yesterday")[0] == 2


def test_a_chart_is_erased_with_the_dead_letters_that_name_its_patient(ingest: FakeIngest, run: Any) -> None:
    code, out = run("erase", "1", "--yes", "--json")
    assert (code, json.loads(out)) == (0, {"events": 7, "identifiers": 2, "dead_letters": 2})
    assert ingest.requests[0].identifiers == ["Patient/1", "urn:mrn|1"]


def test_an_erasure_that_stops_half_way_says_how_it_goes_on(
    ingest: FakeIngest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ingest.broken = True
    monkeypatch.setattr("sys.argv", ["chartline", "erase", "1", "--yes", "--home", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code
    assert "chartline dead-letters erase Patient/1 'urn:mrn|1' --tenant" in capfd.readouterr().err


def test_an_erasure_says_what_remains(ingest: FakeIngest, run: Any) -> None:
    code, out = run("dead-letters", "erase", "Patient/1", "urn:mrn|1")
    assert (code, out[:2], "1 cannot be seen into" in out) == (0, "2 ", True)
    assert ingest.requests[0].identifiers == ["Patient/1", "urn:mrn|1"]


@pytest.mark.parametrize(("sent", "code", "difference"), [(7, 0, 0), (9, 1, 2), (6, 1, -1)])
def test_a_load_is_reconciled_or_not(ingest: FakeIngest, run: Any, sent: int, code: int, difference: int) -> None:
    ingest.sent = sent
    found, out = run("reconcile", "--load", "night", "--json")
    report = json.loads(out)
    assert (found, report["difference"], report["sent"]) == (code, difference, sent)
    assert report["dead_lettered"] == 2
    assert report["reasons"] == {"Task": 1, "no patient": 2}
    assert "events" not in report
    assert ingest.requests[0].load_id == "night"


def test_the_senders_own_count_may_be_held_against_the_outcomes(ingest: FakeIngest, run: Any) -> None:
    assert run("reconcile", "--sent", "7")[0] == 0
    assert run("reconcile", "--sent", "8")[0] == 1
    assert not ingest.requests
