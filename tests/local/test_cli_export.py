"""`chartline export` against a real gRPC server: every page becomes rows, and nothing is overwritten."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from chartline import cli
from chartline.local.home import Endpoints, Home
from chartline.record.event import Event, Quantity, Source
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant
from chartline.rpc.messages import event_to_message
from chartline.sources.meds.reading import read_meds
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceServicer, add_GatewayServiceServicer_to_server
from chartline.v1.record_service_pb2 import (
    ListEventsRequest,
    ListEventsResponse,
    ListPatientsRequest,
    ListPatientsResponse,
    PatientSummary,
)

PATIENTS = ("http://hospital/mrn|7", "Patient/x")
PAGE = 2


def chart(patient: str) -> list[Event]:
    time = parse_instant("2020-01-01T10:00:00")
    return [
        Event(
            patient, EventKind.VITAL, Source("fhir", "h", f"{n}"), f"{patient}/{n}", display="HR", time=time,
            available_time=time, quantity=Quantity(f"{n}.50", "/min"),
        )
        for n in range(5)
    ]  # fmt: skip


class PagingGateway(GatewayServiceServicer):
    def ListPatients(self, request: ListPatientsRequest, context: grpc.ServicerContext) -> ListPatientsResponse:
        start = int(request.page_token or 0)
        found = [PatientSummary(patient=patient) for patient in PATIENTS[start : start + 1]]
        return ListPatientsResponse(patients=found, next_page_token=str(start + 1) if start + 1 < len(PATIENTS) else "")

    def ListEvents(self, request: ListEventsRequest, context: grpc.ServicerContext) -> ListEventsResponse:
        start, events = int(request.page_token or 0), chart(request.patient)
        end = start + PAGE
        page = [event_to_message(event) for event in events[start:end]]
        return ListEventsResponse(events=page, next_page_token=str(end) if end < len(events) else "")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    server = grpc.server(ThreadPoolExecutor(2))
    add_GatewayServiceServicer_to_server(PagingGateway(), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    nobody = "127.0.0.1:1"
    with (owner := Home(tmp_path / "home")).owned():
        owner.publish(Endpoints(address, nobody, nobody, nobody, nobody, nobody, nobody, (), "", 1))
        yield tmp_path / "home"
    server.stop(None).wait()


def test_all_pages_are_written_and_read_back(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["chartline", "export", str(tmp_path / "out"), "--format", "meds", "--home", str(home), "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as first:
        cli.main()
    assert (first.value.code or 0, json.loads(capfd.readouterr().out)) == (0, {"subjects": 2, "rows": 10})
    events = {event for record in read_meds(tmp_path / "out") for event in record.events}
    assert events == {event for patient in PATIENTS for event in chart(patient)}
    with pytest.raises(SystemExit) as again:
        cli.main()
    assert again.value.code == 2
    assert "is not empty" in capfd.readouterr().err
