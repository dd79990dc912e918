"""What the running cluster tells Prometheus, after it has worked."""

import pytest
from cluster_parts import Cluster
from prometheus_client.parser import text_string_to_metric_families

from chartline.local.client import Client
from chartline.local.health import fetch, part_states
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest
from chartline.v1.record_service_pb2 import ListEventsRequest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

#: Metrics with a sample above zero once a hospital was loaded and a question asked, by who emits them.
EMITTED = {
    "gateway": {"chartline_serving", "grpc_server_handled_total", "chartline_audit_records_total"},
    "ingest": {"chartline_serving", "chartline_ingest_events_total", "chartline_ingest_assigned_partitions"},
    "encoder": {"chartline_serving", "chartline_encoder_records_total", "chartline_encoder_embedded_texts_total"},
    "triton": {"nv_inference_request_success"},
}


def emitted(address: str) -> set[str]:
    """Names of samples above zero."""
    text = fetch(f"http://{address}/metrics")
    assert text is not None, address
    return {s.name for family in text_string_to_metric_families(text) for s in family.samples if s.value > 0}


def test_every_part_says_what_it_did(cluster: Cluster, client: Client) -> None:
    list(client.events(ListEventsRequest(patient="Patient/p001")))
    list(
        client.gateway.AnswerQuestion(AnswerQuestionRequest(patient="Patient/p001", question="Any fever?"), timeout=60)
    )
    metrics = dict(zip(EMITTED, client.endpoints.metrics, strict=True))
    for part, names in EMITTED.items():
        assert names <= emitted(metrics[part]), part


def test_every_part_serves(client: Client) -> None:
    assert part_states(client.endpoints) == dict.fromkeys(("kafka", "ingest", "encoder", "triton", "gateway"), True)
