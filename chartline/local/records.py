"""Patients' charts straight from files, without a cluster: what training data is generated from.

files ─ sources ─▶ messages ─ ingest's parsers, a process of their own ─▶ canonical records ─ gather ─▶ patients
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from os import environ
from pathlib import Path
from typing import IO, cast

from google.protobuf import proto

from chartline.errors import InvalidRequest, Unavailable
from chartline.local.places import with_code
from chartline.record.event import CanonicalRecord, Event
from chartline.record.gathering import gather
from chartline.rpc.messages import record_from_message
from chartline.sources.files import Message, SourceFormat, read_messages
from chartline.v1 import event_pb2
from chartline.v1.ingest_service_pb2 import SourceRecord


def read_patients(
    paths: Iterable[Path], source_format: SourceFormat, progress: Callable[[int], None]
) -> dict[str, tuple[Event, ...]]:
    """All versions of every patient's events by canonical identifier; `progress` is told how many records are read.

    Raises InvalidRequest for paths that hold no patient, OSError for what is unreadable.
    """
    patients = gather(_counted(parse_messages(read_messages(paths, source_format)), progress))
    if not patients:
        raise InvalidRequest("No patient in what was read")
    return patients


def parse_messages(messages: Iterable[Message]) -> Iterator[CanonicalRecord]:
    """One record for each message, in order. Raises Unavailable when the parsers end before the messages do."""
    with tempfile.TemporaryFile() as file:
        for message in messages:
            record = SourceRecord(format=message.format, payload=message.payload)
            proto.serialize_length_prefixed(record, cast(BytesIO, file))
        file.seek(0)
        command, environment = [sys.executable, "-m", "services.ingest.parsers"], with_code(environ)
        with subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, env=environment) as parsers:  # noqa: S603 - our own
            assert parsers.stdout is not None
            yield from _records(parsers.stdout)
    if parsers.returncode:
        raise Unavailable("The parsers ended before they had read everything")


def _records(stream: IO[bytes]) -> Iterator[CanonicalRecord]:
    source = cast(BytesIO, stream)  # any binary file will do
    while (message := proto.parse_length_prefixed(event_pb2.CanonicalRecord, source)) is not None:
        yield record_from_message(message)


def _counted(records: Iterable[CanonicalRecord], progress: Callable[[int], None]) -> Iterator[CanonicalRecord]:
    for number, record in enumerate(records, start=1):
        progress(number)
        yield record
