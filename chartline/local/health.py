"""Which parts of a running cluster serve, asked from outside as a load balancer would."""

import urllib.error
import urllib.request

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chartline.local.home import Endpoints
from chartline.local.kafka import broker_answers


def part_states(endpoints: Endpoints) -> dict[str, bool]:
    """Part to whether it serves, in the order in which a record meets them."""
    return {
        "kafka": broker_answers(endpoints.kafka),
        "ingest": serves(endpoints.ingest),
        "encoder": serves(endpoints.encoder),
        "triton": answers(f"http://{endpoints.triton_http}/v2/health/ready"),
        "gateway": serves(endpoints.gateway),
    }


def serves(address: str, timeout_seconds: float = 2.0) -> bool:
    """The standard gRPC health of a whole server."""
    with grpc.insecure_channel(address) as channel:
        try:
            reply = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=timeout_seconds)
        except grpc.RpcError:
            return False
    return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def answers(url: str) -> bool:
    """Whether a GET succeeds."""
    return fetch(url) is not None


def fetch(url: str, timeout_seconds: float = 2.0) -> str | None:
    """The text behind a local http address, None where nobody answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds) as response:  # noqa: S310 - our own addresses
            return str(response.read().decode())
    except (urllib.error.URLError, OSError):
        return None
