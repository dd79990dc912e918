"""From Kafka to answerable: a hospital's records through broker, ingest and encoder, against the encoder alone.

The parts are real and run as `chartline up` runs them, without the language model, which nothing here asks. Records go
in as `chartline load --wait` sends them and count when each is stored and has its vectors. The peer's records are
parsed before and go straight to the encoder; every round brings other patients, to a tenant of each side. A third
tenant has had them all before, so that neither side finds the other's sentences encoded.
Freshness is the time from handing one record to the Kafka client until it is answerable, with nothing else under way.

    python bench/kafka_to_answerable.py [--patients 8] [--fresh 20] [--rounds 3]
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain

import grpc
from side_by_side.cluster import fresh_home, running, until
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, rate

from chartline.commands.load import OUTCOMES, load_messages, wait_for
from chartline.local.client import Client
from chartline.local.home import Home
from chartline.local.services import build_cluster
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.messages import record_to_message
from chartline.sources.files import Message, fhir_messages
from chartline.sources.hospital import build_hospital, encode
from chartline.sources.producer import Producer
from chartline.v1.ingest_service_pb2 import GetIngestStatusRequest
from chartline.v1.record_service_pb2 import AppendEventsRequest, DeliveredRecord
from chartline.v1.record_service_pb2_grpc import RecordServiceStub
from services.ingest.parsers import parse

GOAL = 0.85
BATCH = 500
PARTS = ("kafka", "encoder", "ingest", "gateway")


def wards(count: int, patients: int) -> list[list[Message]]:
    """The records of `count` groups of so many patients; what belongs to nobody stands in the first."""
    found: list[list[Message]] = [[] for _ in range(count)]
    place: dict[str, int] = {}
    for resource in build_hospital(patients=count * patients):
        for message in fhir_messages(encode(resource)):
            ward = place.setdefault(message.patient, len(place) // patients % count) if message.patient else 0
            found[ward].append(message)
    return found


class ThroughKafka:
    """Ours; each call of `load` takes the next ward."""

    def __init__(self, client: Client, groups: Sequence[Sequence[Message]]) -> None:
        self._client = client
        self._groups = iter(groups)

    def load(self) -> float:
        """Answerable events a second."""
        messages = next(self._groups)
        return rate(lambda: int(load_messages(self._client, messages, wait=True)["events"]))

    def freshness(self, messages: Sequence[Message]) -> list[float]:
        """Milliseconds, one record after the other."""
        load_id, taken = uuid.uuid4().hex, []
        client = self._client
        with Producer(client.endpoints.kafka, client.tenant, client.home.keys().secret_file, load_id) as producer:
            for number, message in enumerate(messages, start=1):
                begun = time.perf_counter()
                producer.send(message)
                until(lambda sent=number: self._answerable(load_id) >= sent, "the record is answerable")
                taken.append((time.perf_counter() - begun) * 1e3)
        return taken

    def _answerable(self, load_id: str) -> int:
        counts = self._client.ingest.GetIngestStatus(GetIngestStatusRequest(load_id=load_id), timeout=10).counts
        return 0 if counts.pending_embeddings else sum(getattr(counts, outcome) for outcome in OUTCOMES)


class EncoderAlone:
    """The peer; records are finished before the clock starts."""

    def __init__(self, client: Client, channel: grpc.Channel, groups: Sequence[Sequence[Message]]) -> None:
        self._client = client
        self._stub = RecordServiceStub(channel)
        self._tokens = ServiceTokens(client.home.keys().service_key_file, "ingest")
        self._groups = iter(groups)

    def load(self) -> float:
        """Answerable events a second."""
        load_id = uuid.uuid4().hex
        records = [_delivered(message, load_id) for message in next(self._groups)]
        return rate(lambda: self._append(load_id, records))

    def _append(self, load_id: str, records: Sequence[DeliveredRecord]) -> int:
        for start in range(0, len(records), BATCH):
            request = AppendEventsRequest(records=records[start : start + BATCH])
            self._stub.AppendEvents(request, metadata=self._tokens.metadata(self._client.tenant), timeout=60)
        return int(wait_for(self._client, load_id, len(records))["events"])


def _delivered(message: Message, load_id: str) -> DeliveredRecord:
    record = parse(message.format, message.payload)
    return DeliveredRecord(record=record_to_message(record), load_id=load_id, counted=True)


def measure(options: argparse.Namespace, home: Home) -> Report:
    *groups, last = wards(options.rounds + 2, options.patients)
    cluster = build_cluster(home)
    parts = [part for part in cluster.parts if part.name in PARTS]
    with ExitStack() as life:
        life.enter_context(home.owned())
        life.enter_context(running(parts, home.logs))
        home.publish(cluster.endpoints)
        load_messages(life.enter_context(Client(home, "warm")), chain(*groups, last), wait=True)
        ours = ThroughKafka(life.enter_context(Client(home, "kafka")), groups)
        channel = life.enter_context(grpc.insecure_channel(cluster.endpoints.encoder))
        alone = EncoderAlone(life.enter_context(Client(home, "direct")), channel, groups)
        taken = paired(options.rounds, {"ours": ours.load, "theirs": alone.load})
        fresh = ours.freshness(last[: options.fresh])
    facts = {
        "records_a_round": round(statistics.mean(map(len, groups))),
        "freshness_ms_p50": round(statistics.median(fresh)),
        "freshness_ms_max": round(max(fresh)),
    }
    line = Line("records to answerable events", "encoder alone", "events/s", taken["ours"], taken["theirs"], GOAL)
    return Report("kafka_to_answerable", [line], facts)


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--patients", type=int, default=8, help="of a round")
    parser.add_argument("--fresh", type=int, default=20, help="records whose freshness is measured")
    options = parser.parse_args()
    with fresh_home() as home:
        report = measure(options, home)
    report.publish(options)


if __name__ == "__main__":
    main()
