"""Questions through the gateway: one end to every stream, what was known when, what happens while Triton is away."""

import re
from pathlib import Path

import grpc
import pytest
from cluster_parts import SHIPPED, Cluster, heart_rate, messages, patient, until

from chartline.commands.ask import status_name
from chartline.commands.console import instant
from chartline.commands.load import load_messages
from chartline.local.client import Client
from chartline.v1.event_pb2 import Event
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, FinalAnswer, GetModelInfoRequest
from chartline.v1.record_service_pb2 import ListEventsRequest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

PATIENT = "Patient/p001"
README = Path(__file__).parents[2] / "README.md"


def ask(client: Client, question: str, **further: object) -> FinalAnswer:
    """The end of the stream, after a look at its order."""
    request = AnswerQuestionRequest(**{"patient": PATIENT, "question": question, **further})  # type: ignore[arg-type]
    stream = list(client.gateway.AnswerQuestion(request, timeout=120))
    assert [message.sequence for message in stream] == list(range(len(stream)))
    forms = [message.WhichOneof("message") for message in stream]
    assert forms.count("final") == 1
    assert forms[-1] == "final"
    return stream[-1].final


def rates(client: Client, name: str, as_of: str = "") -> list[Event]:
    request = ListEventsRequest(patient=f"Patient/{name}", as_of=instant(as_of))
    return [event for event in client.events(request) if event.display == "Heart rate"]


def test_the_readme_shows_what_is_answered(client: Client) -> None:
    shown = re.findall(r'^\$ chartline ask (\S+) "(.+)"\n(.+)$', README.read_text(), re.MULTILINE)
    assert len(shown) == 5
    assert {question: ask(client, question, patient=patient).text for patient, question, _ in shown} == {
        question: answer for _, question, answer in shown
    }


def test_every_citation_is_an_event_of_the_patient(client: Client) -> None:
    final = ask(client, "What was the last creatinine of the patient?")
    known = {event.event_key for event in client.events(ListEventsRequest(patient=PATIENT))}
    assert {citation.event_key for citation in final.citations} <= known
    assert status_name(final) != "NOT_IN_RECORD" or not final.values


@pytest.mark.skipif(not SHIPPED.exists(), reason="the checkpoint that is shipped is not there: nothing comes out right")
def test_the_shipped_model_answers(client: Client) -> None:
    final = ask(client, "How many times was creatinine measured?")
    assert status_name(final) == "ANSWERED"
    counted = [e for e in client.events(ListEventsRequest(patient=PATIENT)) if e.display.startswith("Creatinine")]
    assert [value.number.value for value in final.values] == [str(len(counted))]


def test_a_correction_counts_from_when_it_was_known_and_a_retraction_always(cluster: Cluster) -> None:
    changed = heart_rate(
        1,
        "t",
        meta={"versionId": "2", "lastUpdated": "2024-03-02T00:00:00Z"},
        status="corrected",
        issued="2024-03-02T00:00:00Z",
        valueQuantity={"value": 99, "system": "http://unitsofmeasure.org", "code": "/min"},
    )
    wrong = heart_rate(
        2, "t", status="entered-in-error", meta={"versionId": "2", "lastUpdated": "2024-03-02T00:00:00Z"}
    )
    with cluster.client("times") as client:
        history = [patient("t"), heart_rate(1, "t"), heart_rate(2, "t"), changed, wrong]
        load_messages(client, messages(history), wait=True)
        assert [e.quantity.value for e in rates(client, "t")] == ["99"]
        assert [e.quantity.value for e in rates(client, "t", as_of="2024-03-01T12:00:00Z")] == ["61"]
        assert rates(client, "t", as_of="2024-02-01T00:00:00Z") == []


def test_another_tenants_patient_is_not_there(cluster: Cluster, client: Client) -> None:
    with cluster.client("stranger") as stranger, pytest.raises(grpc.RpcError) as refused:
        ask(stranger, "How many times was creatinine measured?")
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert status_name(ask(client, "How many times was creatinine measured?"))


def test_while_triton_is_away_nothing_is_said_about_the_record(cluster: Cluster, client: Client) -> None:
    cluster.kill("llm")
    assert _outcome(client) == "UNAVAILABLE"
    until(lambda: cluster.pid_of("llm"), "the launcher runs again")
    until(lambda: _models_are_known(client), "the models answer again")


def _outcome(client: Client) -> str:
    """The status of the call, or of the answer where the stream had begun."""
    try:
        return status_name(ask(client, "How many times was creatinine measured?"))
    except grpc.RpcError as error:
        return str(error.code().name)


def _models_are_known(client: Client) -> bool:
    try:
        return bool(client.gateway.GetModelInfo(GetModelInfoRequest(), timeout=5).models)
    except grpc.RpcError:
        return False
