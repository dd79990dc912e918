"""Kafka, ingest and encoder as processes: records refused, ingest told more, letters replayed, loads reconciled."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaProducer
from test_ingest_dead_letters import condition

from chartline.commands.load import wait_for
from chartline.commands.reconcile import compare
from chartline.local.client import Client
from chartline.local.home import Home
from chartline.local.process import Part, PartProcess
from chartline.local.services import build_cluster
from chartline.rpc.messages import record_to_message
from chartline.sources.files import Message
from chartline.sources.producer import Producer
from chartline.v1 import ingest_service_pb2 as pb
from services.ingest.parsers import parse

TENANT = "north"


@contextmanager
def running(part: Part, folder: Path) -> Iterator[None]:
    process = PartProcess(part, folder)
    process.start()
    try:
        while not part.ready():
            assert process.running, process.last_words()
        yield
    finally:
        process.stop()


def payload(name: str) -> bytes:
    return json.dumps(condition(name)).encode()


@pytest.mark.cluster
def test_dead_letters_are_replayed_and_the_load_is_reconciled(tmp_path: Path) -> None:
    home = Home(tmp_path)
    cluster = build_cluster(home)
    parts = {part.name: part for part in cluster.parts}
    configured = replace(
        parts["ingest"],
        environment={**parts["ingest"].environment, "CHARTLINE_INGEST_TOPIC_FORMATS": '{"ehr.north.*": "fhir"}'},
    )
    with ExitStack() as life:
        life.callback(cluster.ports.release)
        life.enter_context(home.owned())
        life.enter_context(running(parts["kafka"], home.logs))
        life.enter_context(running(parts["encoder"], home.logs))
        home.publish(cluster.endpoints)
        kafka, secret = cluster.endpoints.kafka, home.keys().secret_file
        with Producer(kafka, TENANT, secret, "night") as producer:
            for name in ("a", "b"):
                producer.send(Message("fhir", payload(name)))
        with Producer(kafka, TENANT, secret, "night", backfill=True) as producer:
            canonical = parse("fhir", payload("old"))
            producer.send(Message("events", record_to_message(canonical).SerializeToString()))
        with KafkaProducer(bootstrap_servers=kafka) as bare:
            for value in (payload("c"), b"{poison"):
                bare.send(f"ehr.{TENANT}.raw", value, headers=[("load-id", b"night")])
        with running(parts["ingest"], home.logs), Client(home, TENANT) as client:
            assert wait_for(client, "night", 5)["dead_lettered"] == 2
            before = compare(client, "night", -1)
        with running(configured, home.logs), Client(home, TENANT) as client:
            replays = [
                list(client.operator.ReplayDeadLetters(pb.ReplayDeadLettersRequest(), timeout=60))[-1] for _ in range(2)
            ]
            after = compare(client, "night", -1)
            (left,) = client.operator.ListDeadLetters(pb.ListDeadLettersRequest(), timeout=60).dead_letters
            again = pb.ReplayRecordsRequest(start={"unix_micros": 1})
            repeated = list(client.operator.ReplayRecords(again, timeout=60))[-1]
            at_last = compare(client, "", -1)
            shown = client.operator.GetDeadLetter(pb.GetDeadLetterRequest(id=left.id, purpose="a test"), timeout=60)
    assert (before["sent"], before["difference"], before["indexed"]) == (5, 0, 3)
    assert before["reasons"] == {"no format is given": 2}
    assert [dict(replay.outcomes) for replay in replays] == [{"indexed": 1, "dead_lettered": 1}, {"dead_lettered": 1}]
    assert (after["sent"], after["difference"], after["indexed"], after["dead_lettered"]) == (5, 0, 4, 1)
    assert list(after["reasons"].values()) == [1]
    assert sum(repeated.outcomes.values()) == 5
    assert (at_last["difference"], at_last["sent"]) == (0, 5)
    assert shown.payload == b"{poison"
    assert "a test" in (home.folder / "data" / "ingest-audit.jsonl").read_text()
