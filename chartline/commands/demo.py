"""chartline demo: the whole system in a few minutes, from an empty folder to cited answers and nothing left running."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from chartline.commands.ask import ANSWER_SECONDS, show
from chartline.commands.cluster import end_cluster, start_detached
from chartline.commands.console import DEFAULT_TENANT, instant, out
from chartline.commands.load import load_messages
from chartline.commands.predict import show_predictions
from chartline.language.verbalizer import describe
from chartline.local.client import READ_SECONDS, Client
from chartline.local.home import Home
from chartline.local.places import default_home
from chartline.rpc.messages import event_from_message
from chartline.sources.files import Message, fhir_messages
from chartline.sources.hospital import build_hospital, encode
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, GetModelInfoRequest, PredictOutcomesRequest
from chartline.v1.record_service_pb2 import ListEventsRequest

PATIENT = "Patient/p001"
_BEFORE_CORRECTION = "2024-02-20T10:00:00-05:00"
_IN_HOSPITAL = "2024-01-12T08:00:00-05:00"

#: A result of an outpatient visit weeks after the stay; hours later the laboratory corrects it.
_POTASSIUM: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "demo-potassium",
    "meta": {"versionId": "1", "lastUpdated": "2024-02-20T09:40:00-05:00"},
    "status": "final",
    "category": [{"coding": [{"code": "laboratory"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"}], "text": "Potassium"},
    "subject": {"reference": PATIENT},
    "effectiveDateTime": "2024-02-20T09:15:00-05:00",
    "issued": "2024-02-20T09:40:00-05:00",
    "valueQuantity": {"value": 6.1, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
}
_CORRECTED: dict[str, Any] = _POTASSIUM | {
    "meta": {"versionId": "2", "lastUpdated": "2024-02-20T14:05:00-05:00"},
    "status": "corrected",
    "issued": "2024-02-20T14:05:00-05:00",
    "valueQuantity": _POTASSIUM["valueQuantity"] | {"value": 4.4},
    "note": [{"text": "Corrected: the first sample was haemolysed."}],
}

_QUESTIONS = (
    "What was the first lactate of the patient?",
    "How many times was creatinine measured?",
    "What was the highest heart rate on the first hospital visit?",
    "Has the patient ever been given norepinephrine?",
    "What was the last ferritin of the patient?",
)


def demo(
    home: Annotated[Path | None, typer.Option(help="An own folder, emptied first; else .run/demo.")] = None,
) -> None:
    """Start everything, load a small hospital through Kafka, ask it, predict, end."""
    place = Home(home or default_home() / "demo")
    begun = time.monotonic()
    with _cluster(place) as client:
        _load_hospital(client)
        _watch_freshness(client)
        _ask_questions(client)
        _ask_about_correction(client)
        _predict(client)
        _show_surroundings(client)
    _title(f"Done in {time.monotonic() - begun:.0f} s; nothing is running any more")


@contextmanager
def _cluster(home: Home) -> Iterator[Client]:
    if home.running_pid() is not None:
        end_cluster(home)
    shutil.rmtree(home.folder, ignore_errors=True)
    _title("Starting Kafka, the encoder, Triton, ingest and the gateway")
    try:
        start_detached(home)
        with Client(home, DEFAULT_TENANT) as client:
            yield client
    finally:
        end_cluster(home)


def _load_hospital(client: Client) -> None:
    _title("A hospital streams its records through Kafka")
    report = load_messages(client, _messages(*build_hospital()), wait=True)
    out.print(f"{report['sent']} records became {report['events']} events of {_count_patients(client)} patients.")
    for reason, count in report["reasons"].items():
        out.print(f"{count} carried none: {reason}")


def _watch_freshness(client: Client) -> None:
    _title("One more result reaches Kafka")
    begun = time.monotonic()
    load_messages(client, _messages(_POTASSIUM), wait=True)
    (event,) = (e for e in client.events(ListEventsRequest(patient=PATIENT)) if "demo-potassium" in e.source.record_id)
    out.print(describe(event_from_message(event)))
    out.print(f"… and is answerable {time.monotonic() - begun:.1f} s later.")


def _ask_questions(client: Client) -> None:
    for question in _QUESTIONS:
        _ask(client, question)


def _ask_about_correction(client: Client) -> None:
    question = "What was the last potassium of the patient?"
    _ask(client, question)
    _title("The laboratory corrects that result")
    load_messages(client, _messages(_CORRECTED), wait=True)
    _ask(client, question)
    _ask(client, question, as_of=_BEFORE_CORRECTION)


def _ask(client: Client, question: str, as_of: str = "") -> None:
    _title(question + (f"  (as of {as_of})" if as_of else ""))
    request = AnswerQuestionRequest(patient=PATIENT, question=question, as_of=instant(as_of), purpose="TREAT")
    show(client.gateway.AnswerQuestion(request, timeout=ANSWER_SECONDS))


def _predict(client: Client) -> None:
    _title(f"What was to be expected at {_IN_HOSPITAL}")
    request = PredictOutcomesRequest(patient=PATIENT, prediction_time=instant(_IN_HOSPITAL), purpose="TREAT")
    show_predictions(client.gateway.PredictOutcomes(request, timeout=READ_SECONDS))


def _show_surroundings(client: Client) -> None:
    _title("What ran")
    for model in client.gateway.GetModelInfo(GetModelInfoRequest(), timeout=READ_SECONDS).models:
        out.print(f"{model.name}: {model.version}")
    for address in client.endpoints.metrics:
        out.print(f"metrics: http://{address}/metrics")
    out.print(f"logs:    {client.home.logs}")


def _count_patients(client: Client) -> int:
    return sum(1 for _ in client.patients())


def _messages(*resources: dict[str, Any]) -> Iterator[Message]:
    for resource in resources:
        yield from fhir_messages(encode(resource))


def _title(text: str) -> None:
    out.print()
    out.rule(Text(text, "bold"), align="left")
