"""From a full topic to stored: ingest and encoder as processes, against parsing and storing alone in one process.

Each round fills the topic of a new tenant while ingest is down, then starts it; the clock runs from the first records
that are counted to the last. The peer parses the same records and appends them to an empty store, nothing between.

    python bench/kafka_to_stored.py [--patients 40] [--rounds 3]
"""

import argparse
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from side_by_side.cluster import fresh_home, running
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, rate

from chartline.local.client import Client
from chartline.local.home import Home
from chartline.local.process import Part
from chartline.local.services import build_cluster
from chartline.sources.files import Message, fhir_messages
from chartline.sources.hospital import build_hospital, encode
from chartline.sources.producer import Producer
from chartline.v1.ingest_service_pb2 import GetIngestStatusRequest
from chartline.v1.record_service_pb2 import GetRecordCountsResponse
from services.encoder.record.database import Database
from services.encoder.record.outcomes import Delivery, Position
from services.encoder.record.store import RecordStore
from services.ingest.parsers import parse

GOAL = 0.8
BATCH = 2000


class ThroughKafka:
    """Ours; `ingest` is started for each round and ended after it."""

    def __init__(self, home: Home, ingest: Part, messages: Sequence[Message]) -> None:
        self._home = home
        self._ingest = ingest
        self._messages = messages

    def store(self) -> float:
        """Events a second."""
        tenant, load_id = uuid.uuid4().hex, uuid.uuid4().hex
        endpoints, secret = self._home.endpoints(), self._home.keys().secret_file
        with Producer(endpoints.kafka, tenant, secret, load_id) as producer:
            for message in self._messages:
                producer.send(message)
        with running([self._ingest], self._home.logs), Client(self._home, tenant) as client:
            seen = list(self._progress(client, load_id))
        (begun, first), (ended, last) = seen[0], seen[-1]
        return (last.events - first.events) / (ended - begun)

    def _progress(self, client: Client, load_id: str) -> Iterator[tuple[float, GetRecordCountsResponse]]:
        """Counts from the first that are not empty to those of all records."""
        done = 0
        while done < len(self._messages):
            counts = client.ingest.GetIngestStatus(GetIngestStatusRequest(load_id=load_id), timeout=30).counts
            if found := counts.indexed + counts.duplicates + counts.without_events + counts.dead_lettered:
                yield time.perf_counter(), counts
            done = found


class ParseAndStore:
    """The peer, in this process."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages

    def store(self) -> float:
        """Events a second."""
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
            found = rate(lambda: self._append(RecordStore(database)))
            database.close()
        return found

    def _append(self, store: RecordStore) -> int:
        events = 0
        for start in range(0, len(self._messages), BATCH):
            batch = self._messages[start : start + BATCH]
            parsed = [parse(message.format, message.payload) for message in batch]
            placed = [Delivery(record, Position("bench", 0, start + n)) for n, record in enumerate(parsed)]
            events += store.append("bench", placed).new_events
        return events


def measure(options: argparse.Namespace, home: Home) -> Report:
    hospital = build_hospital(patients=options.patients)
    messages = [message for resource in hospital for message in fhir_messages(encode(resource))]
    cluster = build_cluster(home)
    parts = {part.name: part for part in cluster.parts}
    with ExitStack() as life:
        life.enter_context(home.owned())
        life.enter_context(running([parts["kafka"], parts["encoder"]], home.logs))
        home.publish(cluster.endpoints)
        ours, alone = ThroughKafka(home, parts["ingest"], messages), ParseAndStore(messages)
        taken = paired(options.rounds, {"ours": ours.store, "theirs": alone.store})
    line = Line("full topic to stored events", "parse and store", "events/s", taken["ours"], taken["theirs"], GOAL)
    return Report("kafka_to_stored", [line], {"records": len(messages)})


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--patients", type=int, default=40)
    options = parser.parse_args()
    with fresh_home() as home:
        report = measure(options, home)
    report.publish(options)


if __name__ == "__main__":
    main()
