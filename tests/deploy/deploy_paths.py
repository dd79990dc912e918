"""Where the deployment lies, and the tools that check it: fetched once, or the test is skipped and says why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chartline.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "deploy" / "images"
K8S = ROOT / "deploy" / "k8s"
MONITORING = K8S / "monitoring"
SERVICES = ("ingest", "encoder", "llm", "gateway")


def fetched(tool: Callable[[], Path]) -> str:
    try:
        return str(tool())
    except Unavailable as away:
        pytest.skip(f"{tool.__name__} cannot be fetched: {away}")
