"""The running cluster as the tests handle it: its parts killed, its charts exported, facts for it invented."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import psutil

from chartline.local.client import Client
from chartline.local.home import Home
from chartline.local.places import REPOSITORY
from chartline.sources.files import Message, fhir_messages
from chartline.sources.hospital import encode
from chartline.v1.record_service_pb2 import ListEventsRequest

SHIPPED = REPOSITORY / "services" / "llm" / "checkpoints" / "chartline-llm"

T = TypeVar("T")
Resource = dict[str, Any]

_HEAL_SECONDS = 120.0


class Cluster:
    """`chartline up` as a child of the tests."""

    def __init__(self, home: Home, process: subprocess.Popen[bytes]) -> None:
        self.home = home
        self._process = process

    def client(self, tenant: str) -> Client:
        return Client(self.home, tenant)

    def pid_of(self, part: str) -> int | None:
        """The process of a service, while it runs."""
        for child in psutil.Process(self._process.pid).children():
            try:
                if f"services.{part}" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                    return child.pid
            except psutil.NoSuchProcess:
                continue
        return None

    def kill(self, part: str) -> None:
        """kill -9, as soon as the part runs."""
        pid = until(lambda: self.pid_of(part), f"{part} runs")
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.pid_of(part) != pid, f"{part} is gone")


def until(condition: Callable[[], T | None], what: str, seconds: float = _HEAL_SECONDS) -> T:
    """The first truth that the condition tells."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def messages(resources: Iterable[Resource]) -> list[Message]:
    return [message for resource in resources for message in fhir_messages(encode(resource))]


def patient(name: str) -> Resource:
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1950-02-03"}


def heart_rate(number: int, of: str, **changes: Any) -> Resource:
    """Another number is another fact, a minute later."""
    time = f"2024-03-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    return {
        "resourceType": "Observation",
        "id": f"rate-{number}",
        "meta": {"versionId": "1", "lastUpdated": time},
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": time,
        "issued": time,
        "valueQuantity": {"value": 60 + number % 60, "system": "http://unitsofmeasure.org", "code": "/min"},
        **changes,
    }


def spoken(name: str) -> str:
    """What people say for a LOINC long name: Creatinine [Mass/volume] in Serum or Plasma is creatinine."""
    return re.split(r" \[| in | by | \d", name)[0].lower()


def export(client: Client) -> list[bytes]:
    """Every event of every patient of the tenant, sorted, without what differs from load to load."""
    lines = []
    for summary in client.patients():
        for event in client.events(ListEventsRequest(patient=summary.patient)):
            event.ClearField("recorded_at")
            event.ClearField("event_key")
            lines.append(event.SerializeToString(deterministic=True))
    return sorted(lines)
