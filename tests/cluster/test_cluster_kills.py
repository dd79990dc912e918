"""kill -9 under load: what Kafka acknowledged is in the record once, and the cluster heals by itself.

The ledger holds what was acknowledged; the record must hold the same, nothing more and nothing twice.
"""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator

import grpc
import pytest
from cluster_parts import Cluster, heart_rate, messages, patient

from chartline.commands.ask import last_of, status_name
from chartline.commands.load import wait_for
from chartline.local.client import Client
from chartline.sources.producer import Producer
from chartline.v1.event_pb2 import Event
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest
from chartline.v1.record_service_pb2 import ListEventsRequest

pytestmark = pytest.mark.cluster

_PARTS = ("ingest", "encoder", "gateway", "llm")
_PATIENTS = ("k0", "k1", "k2")
_BATCH = 40


class Load(threading.Thread):
    """Sends batches until told to stop; `acknowledged` are the records that Kafka has for sure."""

    def __init__(self, client: Client) -> None:
        super().__init__(name="load")
        self._client = client
        self.load_id = uuid.uuid4().hex
        self.acknowledged = 0
        self.ending = threading.Event()

    def run(self) -> None:
        self._send(list(map(patient, _PATIENTS)))
        number = 0
        while not self.ending.wait(0.2):
            self._send([heart_rate(n, _PATIENTS[n % len(_PATIENTS)]) for n in range(number, number + _BATCH)])
            number += _BATCH

    def _send(self, resources: list[dict[str, object]]) -> None:
        secret_file = self._client.home.keys().secret_file
        with Producer(self._client.endpoints.kafka, self._client.tenant, secret_file, self.load_id) as producer:
            for message in messages(resources):
                producer.send(message)
        self.acknowledged += len(resources)


class Questions(threading.Thread):
    """Asks on and on; `statuses` counts how the calls ended."""

    def __init__(self, client: Client) -> None:
        super().__init__(name="questions")
        self._client = client
        self.statuses: Counter[str] = Counter()
        self.ending = threading.Event()

    def run(self) -> None:
        request = AnswerQuestionRequest(patient="Patient/k0", question="What was the last heart rate?")
        while not self.ending.wait(0.2):
            try:
                self.statuses[status_name(last_of(self._client.gateway.AnswerQuestion(request, timeout=30)))] += 1
            except grpc.RpcError as error:
                self.statuses[error.code().name] += 1


def kill_under_load(cluster: Cluster, tenant: str, parts: list[str]) -> None:
    with cluster.client(tenant) as client:
        load, questions = Load(client), Questions(client)
        load.start()
        questions.start()
        for part in parts:
            cluster.kill(part)
        for thread in (load, questions):
            thread.ending.set()
            thread.join()
        report = wait_for(client, load.load_id, load.acknowledged)
        stored = Counter(e.source.record_id for name in _PATIENTS for e in _rates(client, name))
    assert report["indexed"] == load.acknowledged
    assert report["duplicates"] == report["dead_lettered"] == 0
    assert stored.total() == len(stored) == load.acknowledged - len(_PATIENTS)
    assert not {"NOT_IN_RECORD", "UNKNOWN", "INTERNAL"} & questions.statuses.keys(), questions.statuses


def _rates(client: Client, name: str) -> Iterator[Event]:
    return (e for e in client.events(ListEventsRequest(patient=f"Patient/{name}")) if e.display == "Heart rate")


@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_when_parts_are_killed(cluster: Cluster) -> None:
    kill_under_load(cluster, "killed", [*_PARTS, "ingest", "encoder"])


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_doubled_in_many_kills(cluster: Cluster, seed: int) -> None:
    """Four runs of eight; each is a tenant of its own, so that one run can be repeated alone."""
    kill_under_load(cluster, f"killed-often-{seed}", random.Random(seed).choices(_PARTS, k=8))
