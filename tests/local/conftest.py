"""A real Kafka broker for this folder's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chartline.local.kafka import KafkaBroker
from chartline.local.ports import HeldPorts


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    folder: Path = tmp_path_factory.mktemp("kafka")
    ports = HeldPorts()
    broker = KafkaBroker(folder, port=ports.take(), controller_port=ports.take())
    broker.start()
    yield broker
    broker.stop()
    ports.release()
