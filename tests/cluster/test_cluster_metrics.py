"""What the running cluster tells Prometheus, after it has worked."""

from functools import partial

import pytest
from cluster_parts import until
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from chartline.local.client import Client
from chartline.local.health import fetch, part_states
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, PredictOutcomesRequest
from chartline.v1.record_service_pb2 import ListEventsRequest
from tests.deploy.metric_names import absent_from

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

#: Samples above zero once a hospital was loaded and questions were asked; the parser gives every counter its _total.
EMITTED = {
    "gateway": {"chartline_serving", "grpc_server_handled_total", "chartline_audit_records_total"},
    "ingest": {"chartline_serving", "chartline_ingest_assigned_partitions", "chartline_ingest_event_age_seconds_count"},
    "encoder": {"chartline_serving", "grpc_server_handled_total", "chartline_encoder_cached_vectors"},
    "triton": {
        "chartline_llm_requests_total",
        "chartline_llm_completion_tokens_total",
        "nv_inference_request_success_total",
    },
}


@pytest.fixture
def worked(client: Client) -> Client:
    """Every kind of question was asked."""
    list(client.events(ListEventsRequest(patient="Patient/p001")))
    question = AnswerQuestionRequest(patient="Patient/p001", question="What was the last sodium of the patient?")
    list(client.gateway.AnswerQuestion(question, timeout=60))
    client.gateway.PredictOutcomes(PredictOutcomesRequest(patient="Patient/p001"), timeout=60)
    return client


def families(address: str) -> list[Metric]:
    text = fetch(f"http://{address}/metrics")
    assert text is not None, address
    return list(text_string_to_metric_families(text))


def emits(address: str, names: set[str]) -> bool:
    """Whether each of them has a sample above zero."""
    return names <= {s.name for family in families(address) for s in family.samples if s.value > 0}


def test_every_part_says_what_it_did(worked: Client) -> None:
    for (part, names), address in zip(EMITTED.items(), worked.endpoints.metrics, strict=True):
        until(partial(emits, address, names), f"{part} emits {names}", seconds=30)


def test_what_rules_and_panels_use_is_emitted(worked: Client) -> None:
    found = [family for address in worked.endpoints.metrics for family in families(address)]
    assert absent_from({f.name for f in found} | {s.name for f in found for s in f.samples}) == set()


def test_every_part_serves(client: Client) -> None:
    assert part_states(client.endpoints) == dict.fromkeys(("kafka", "ingest", "encoder", "triton", "gateway"), True)
