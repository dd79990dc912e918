"""chartline predict: what is to be expected of one patient, or of every row of a label file."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import grpc
import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    TenantOption,
    as_dict,
    connect,
    instant,
    out,
    print_json,
    progress,
)
from chartline.errors import InvalidRequest
from chartline.local.client import READ_SECONDS, Client
from chartline.record.event import Instant
from chartline.rpc.messages import instant_from_message, instant_to_message
from chartline.v1.gateway_service_pb2 import PredictOutcomesRequest, PredictOutcomesResponse
from chartline.v1.record_service_pb2 import ListEventsRequest

if TYPE_CHECKING:
    from chartline.learning.outcomes.kept import Prediction
    from chartline.learning.tasks.label_files import LabelRow

_SHOWN_CONTRIBUTIONS = 5
_AT_ONCE = 8
#: A row that means nothing has no number but a reason; whatever else fails ends the run.
_REASONS = {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION}


def predict(
    home: HomeOption,
    patient: Annotated[str, typer.Argument(help="Any identifier of the patient; none with --labels.")] = "",
    outcome: Annotated[list[str] | None, typer.Option(help="Repeatable; without it all that fit.")] = None,
    at: Annotated[str, typer.Option(help="The moment of prediction; else the chart's last moment.")] = "",
    labels_file: Annotated[
        Path | None, typer.Option("--labels", exists=True, help="Parquet: subject_id, prediction_time.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", help="Parquet: predicted_boolean_probability, null with its reason.")
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Predict outcomes, with what speaks for (+) and against (-) each; or one outcome for every row of a file."""
    if bool(patient) == (labels_file is not None):
        raise InvalidRequest("say either a patient or --labels", field="patient")
    with connect(home, tenant) as client:
        if labels_file is not None:
            _predict_rows(client, labels_file, outcome or [], file)
            return
        request = PredictOutcomesRequest(patient=patient, outcomes=outcome or [], prediction_time=instant(at))
        response = client.gateway.PredictOutcomes(request, timeout=READ_SECONDS)
    if as_json:
        print_json(as_dict(response))
    else:
        show_predictions(response)


def show_predictions(response: PredictOutcomesResponse) -> None:
    for prediction in response.predictions:
        if prediction.abstained_reason:
            out.print(f"{prediction.outcome}: none ({prediction.abstained_reason})")
            continue
        interval = f"{prediction.interval_low:.1%} to {prediction.interval_high:.1%}"
        out.print(f"{prediction.outcome}: {prediction.probability:.1%}, {interval}", style="bold")
        out.print(f"  {prediction.model_version}, {prediction.calibration}")
        for part in prediction.contributions[:_SHOWN_CONTRIBUTIONS]:
            out.print(f"  {part.log_odds:+.2f}  {part.feature}")


def _predict_rows(client: Client, labels_file: Path, outcomes: Sequence[str], file: Path | None) -> None:
    from chartline.evaluation.outcomes.prediction_files import write_predictions
    from chartline.learning.tasks.label_files import read_times

    if len(outcomes) != 1 or file is None:
        raise InvalidRequest("--labels needs one --outcome and --out", field="outcome")
    rows = list(_named(client, read_times(labels_file)))
    with progress() as bars, ThreadPoolExecutor(_AT_ONCE) as pool:
        bar = bars.add_task(f"Predicting {outcomes[0]}", total=len(rows))
        told = []
        for prediction in pool.map(partial(_prediction, client, outcomes[0]), rows):
            told.append(prediction)
            bars.advance(bar)
    write_predictions(file, rows, told)
    given = sum(prediction.probability is not None for prediction in told)
    out.print(f"{file}: {given} predicted, {len(told) - given} without a number, each with its reason")


def _named(client: Client, rows: "Sequence[LabelRow]") -> "Iterator[LabelRow]":
    """With the patient's identifier and the zone that its chart has then, where the file does not say them."""
    from chartline.learning.tasks.label_files import subject_of, subjects_of
    from chartline.learning.tasks.zones import zone_at

    known: dict[int, str] = {}
    if not all(row.patient for row in rows):
        summaries = list(client.patients())
        known = {subject_of(name): each.patient for each in summaries for name in each.identifiers}
        known |= subjects_of(each.patient for each in summaries)
    times: dict[str, list[tuple[str, Instant]]] = {}
    for row in rows:
        patient = row.patient or known.get(row.subject, "")
        if row.offset_minutes is not None or not patient:
            yield replace(row, patient=patient)
            continue
        if patient not in times:
            times[patient] = _times(client, patient)
        yield replace(row, patient=patient, offset_minutes=zone_at(row.local, row.encounter, times[patient]))


def _times(client: Client, patient: str) -> list[tuple[str, Instant]]:
    """Encounter and time of each event; none of a patient without a record."""
    try:
        events = client.events(ListEventsRequest(patient=patient))
        return [(e.encounter, instant_from_message(e.time)) for e in events if e.HasField("time")]
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return []
        raise


def _prediction(client: Client, outcome: str, row: "LabelRow") -> "Prediction":
    from chartline.learning.outcomes.kept import Prediction

    if not row.patient:
        return Prediction(None, "no record")
    request = PredictOutcomesRequest(
        patient=row.patient, outcomes=[outcome], prediction_time=instant_to_message(row.prediction_time(None))
    )
    try:
        (told,) = client.gateway.PredictOutcomes(request, timeout=READ_SECONDS).predictions
    except grpc.RpcError as error:
        if error.code() in _REASONS:
            return Prediction(None, error.details() or "")
        raise
    return Prediction(None if told.abstained_reason else told.probability, told.abstained_reason)
