"""The parts of a local cluster: which processes it consists of, on which ports, told what by their environment."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from chartline.local.health import fetch
from chartline.local.home import DEFAULT_TENANT, DEVELOPMENT_TOKEN_SECONDS, Endpoints, Home
from chartline.local.kafka import KafkaBroker
from chartline.local.places import with_code
from chartline.local.ports import HeldPorts
from chartline.local.process import Part
from chartline.local.triton import TritonServer


@dataclass(frozen=True)
class Cluster:
    """`parts` in the order of starting. `ports` stay held as long as this object lives."""

    parts: list[Part]
    endpoints: Endpoints
    ports: HeldPorts = field(repr=False)


def build_cluster(home: Home) -> Cluster:
    """Chooses ports, makes keys and folders, installs what is not installed yet."""
    ports = HeldPorts()
    kafka = KafkaBroker(home.folder / "kafka", port=ports.take(), controller_port=ports.take())
    encoder, ingest, gateway = (_Service(name, home, ports) for name in ("encoder", "ingest", "gateway"))
    data = home.folder / "data"
    data.mkdir(exist_ok=True)
    triton = TritonServer(
        home.folder / "llm", grpc_port=ports.take(), http_port=ports.take(), metrics_port=ports.take()
    )
    parts = [
        kafka.part(),
        encoder.part(DATABASE_URL=f"sqlite:///{data / 'encoder.db'}"),
        triton.part(),
        ingest.part(
            KAFKA_SERVERS=kafka.address,
            ENCODERS=encoder.address,
            AUDIT_FILE=str(data / "ingest-audit.jsonl"),
        ),
        gateway.part(
            ENCODERS=encoder.address,
            TRITONS=triton.grpc,
            AUDIT_FILE=str(data / "audit.jsonl"),
        ),
    ]
    endpoints = Endpoints(
        gateway=gateway.address,
        ingest=ingest.address,
        encoder=encoder.address,
        triton_grpc=triton.grpc,
        triton_http=triton.http,
        triton_metrics=triton.metrics,
        kafka=kafka.address,
        metrics=(gateway.metrics, ingest.metrics, encoder.metrics, triton.metrics),
        token=home.token(DEFAULT_TENANT),
        pid=os.getpid(),
    )
    return Cluster(parts, endpoints, ports)


class _Service:
    """One of our own services, run as `python -m services.<name>`."""

    def __init__(self, name: str, home: Home, ports: HeldPorts) -> None:
        self._name = name
        self._home = home
        self.address = ports.address()
        self.metrics = ports.address()

    def part(self, **settings: str) -> Part:
        keys = self._home.keys()
        prefix = f"CHARTLINE_{self._name.upper()}_"
        told = {
            "LISTEN": self.address,
            "METRICS_LISTEN": self.metrics,
            "JWKS_FILE": str(keys.jwks_file),
            "SERVICE_KEY_FILE": str(keys.service_key_file),
            "SECRET_FILE": str(keys.secret_file),
            "MAX_TOKEN_SECONDS": str(DEVELOPMENT_TOKEN_SECONDS),
            **settings,
        }
        environment = {prefix + name: value for name, value in told.items()}
        return Part(self._name, _python(f"services.{self._name}"), _serving(self.metrics), with_code(environment))


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _serving(metrics: str) -> Callable[[], bool]:
    """Asks the service itself: its readiness is one of its metrics."""
    return lambda: "chartline_serving 1.0" in (fetch(f"http://{metrics}/metrics") or "")
