"""Shared by the tests of ingest: FHIR resources as short as a test needs them, and the folder of open data."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chartline.record.event import CanonicalRecord, Event
from services.ingest.parsers import parse

Read = Callable[..., CanonicalRecord]


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
