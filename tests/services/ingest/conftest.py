"""Shared by the tests of ingest: short FHIR resources, the folder of open data, keys, a real broker."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from chartline.local.kafka import KafkaBroker
from chartline.local.ports import HeldPorts
from chartline.record.event import CanonicalRecord, Event
from chartline.rpc.keys import KeyFiles, create_keys
from services.ingest.incoming import raw_topic
from services.ingest.parsers import parse

Read = Callable[..., CanonicalRecord]

numbers = count()


@pytest.fixture
def read() -> Read:
    """Parses a resource given as a dict; fails the test when it is unreadable."""

    def _read(resource: dict[str, Any]) -> CanonicalRecord:
        record = parse("fhir", json.dumps(resource).encode())
        assert not record.unreadable_reason
        return record

    return _read


@pytest.fixture
def only(read: Read) -> Callable[[dict[str, Any]], Event]:
    """Parses a resource that becomes exactly one event."""

    def _only(resource: dict[str, Any]) -> Event:
        (event,) = read(resource).events
        return event

    return _only


@pytest.fixture(scope="session")
def open_data() -> Path:
    folder = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the open data folder is not there")
    return folder


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    ports = HeldPorts()
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"), port=ports.take(), controller_port=ports.take())
    broker.start()
    yield broker
    broker.stop()
    ports.release()


@pytest.fixture(scope="module")
def producer(kafka: KafkaBroker) -> Iterator[KafkaProducer]:
    with KafkaProducer(bootstrap_servers=kafka.address, reconnect_backoff_max_ms=500) as client:
        yield client


@pytest.fixture
def tenant(kafka: KafkaBroker) -> str:
    """A tenant of the test's own, with a topic of four partitions."""
    name = f"t{next(numbers)}"
    kafka.create_topics(raw_topic(name), partitions=4)
    return name
