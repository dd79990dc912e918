"""chartline predict over a label file: MEDS columns in and out, and a reason wherever there is no number."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from chartline.cli import app
from chartline.errors import InvalidRequest
from chartline.local.home import Endpoints, Home
from chartline.v1 import gateway_service_pb2 as pb
from chartline.v1 import record_service_pb2 as record_pb2
from chartline.v1.event_pb2 import TIME_PRECISION_SECOND, Event, Instant
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceServicer, add_GatewayServiceServicer_to_server

HOUR = 3_600_000_000
NOON_2150 = 5_680_281_600_000_000


class Predicting(GatewayServiceServicer):
    """Patient 1 has a zone, patient 2 abstains, patient 3 does not fit, patient 4 is away."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}

    def PredictOutcomes(
        self, request: pb.PredictOutcomesRequest, context: grpc.ServicerContext
    ) -> pb.PredictOutcomesResponse:
        self.times[request.patient] = request.prediction_time.unix_micros
        if request.patient == "Patient/3":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the patient is not in hospital")
        if request.patient == "Patient/4":
            context.abort(grpc.StatusCode.UNAVAILABLE, "the model is away")
        told = pb.Prediction(outcome=request.outcomes[0], probability=0.25)
        if request.patient == "Patient/2":
            told = pb.Prediction(outcome=request.outcomes[0], abstained_reason="too short a record")
        return pb.PredictOutcomesResponse(predictions=[told])

    def ListPatients(
        self, request: record_pb2.ListPatientsRequest, context: grpc.ServicerContext
    ) -> record_pb2.ListPatientsResponse:
        named = [record_pb2.PatientSummary(patient=f"Patient/{n}", identifiers=[f"Patient/{n}"]) for n in (1, 2, 3, 4)]
        return record_pb2.ListPatientsResponse(patients=named)

    def ListEvents(
        self, request: record_pb2.ListEventsRequest, context: grpc.ServicerContext
    ) -> record_pb2.ListEventsResponse:
        zone = -300 if request.patient == "Patient/1" else None
        near = Event(time=Instant(unix_micros=NOON_2150, offset_minutes=zone, precision=TIME_PRECISION_SECOND))
        first = Event(time=Instant(unix_micros=1, offset_minutes=zone and -240, precision=TIME_PRECISION_SECOND))
        return record_pb2.ListEventsResponse(events=[first, near])


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Predicting]:
    fake = Predicting()
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


def predicted(folder: Path, *subjects: int) -> dict[int, tuple[float | None, str]]:
    """Probability and reason by subject. Raises what the command raised."""
    columns = {
        "subject_id": pa.array(subjects, pa.int64()),
        "prediction_time": pa.array([NOON_2150] * len(subjects), pa.timestamp("us")),
    }
    pq.write_table(pa.table(columns), folder / "whom.parquet")
    arguments = ["predict", "--labels", str(folder / "whom.parquet"), "--outcome", "death", "--out"]
    CliRunner().invoke(app, [*arguments, str(folder / "told.parquet")], catch_exceptions=False)
    rows = pq.read_table(folder / "told.parquet").to_pylist()
    assert all(row["prediction_time"] is not None for row in rows)
    return {row["subject_id"]: (row["predicted_boolean_probability"], row["reason"]) for row in rows}


def test_every_row_has_a_number_or_a_reason(gateway: Predicting, tmp_path: Path) -> None:
    assert predicted(tmp_path, 1, 2, 3, 9) == {
        1: (0.25, ""),
        2: (None, "too short a record"),
        3: (None, "the patient is not in hospital"),
        9: (None, "no record"),
    }


def test_times_are_on_the_clock_of_the_chart(gateway: Predicting, tmp_path: Path) -> None:
    predicted(tmp_path, 1, 2)
    assert gateway.times == {"Patient/1": NOON_2150 + 5 * HOUR, "Patient/2": NOON_2150}


def test_a_cluster_that_is_away_ends_the_run(gateway: Predicting, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError):
        predicted(tmp_path, 1, 4)


def test_a_file_or_a_patient_and_one_outcome(gateway: Predicting, tmp_path: Path) -> None:
    for arguments in (["predict"], ["predict", "1", "--labels", __file__], ["predict", "--labels", __file__]):
        with pytest.raises(InvalidRequest):
            CliRunner().invoke(app, arguments, catch_exceptions=False)
