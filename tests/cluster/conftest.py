"""The whole cluster once for all tests of this folder: real Kafka, real Triton, all services as processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_parts import SHIPPED, Cluster, messages, until

from chartline.commands.load import load_messages
from chartline.errors import Unavailable
from chartline.language.channels import CHANNELS
from chartline.local.client import Client
from chartline.local.home import Home
from chartline.local.places import with_code
from chartline.sources.files import Message
from chartline.sources.hospital import build_hospital
from tests.models.tiny_llms import write_base, write_checkpoint

_START_SECONDS = 600.0
_END_SECONDS = 120.0


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model, else one of random weights: then nothing it plans comes out right, and all else must."""
    if SHIPPED.exists():
        return SHIPPED
    folder = tmp_path_factory.mktemp("model")
    return write_checkpoint(folder / "checkpoint", write_base(folder / "base", "llama"), CHANNELS)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Iterator[Cluster]:
    home = Home(tmp_path_factory.mktemp("home"))
    command = [sys.executable, "-m", "chartline.cli", "up", "--home", str(home.folder)]
    # In bfloat16 a prefix read at once and one read in parts may end a near-tie of two words differently.
    model = {"CHARTLINE_LLM_CHECKPOINT": str(checkpoint), "CHARTLINE_LLM_DTYPE": "float32"}
    environment = with_code({**os.environ, **model})
    with (home.folder / "up.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)
    try:
        until(lambda: process.poll() is not None or _is_up(home), "the cluster is up", _START_SECONDS)
        assert process.poll() is None, (home.folder / "up.log").read_text()
        yield Cluster(home, process)
    finally:
        process.terminate()
        ended = process.wait(_END_SECONDS)
    assert ended == 0
    assert home.running_pid() is None


@pytest.fixture(scope="session")
def hospital() -> list[Message]:
    """The demo hospital, a message for each record."""
    return messages(build_hospital())


@pytest.fixture(scope="session")
def loaded(cluster: Cluster, hospital: list[Message]) -> dict[str, Any]:
    """What became of the demo hospital when tenant `hospital` loaded it."""
    with cluster.client("hospital") as client:
        return load_messages(client, hospital, wait=True)


@pytest.fixture
def client(cluster: Cluster, loaded: dict[str, Any]) -> Iterator[Client]:
    """Tenant `hospital`, loaded."""
    with cluster.client("hospital") as opened:
        yield opened


def _is_up(home: Home) -> bool:
    try:
        home.endpoints()
    except Unavailable:
        return False
    return True
