"""The event stream of a bench: what ingest makes of the demo hospital, or of files of any format it reads."""

import argparse
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from chartline.record.event import CanonicalRecord
from chartline.sources.files import Message, SourceFormat, fhir_messages, read_messages
from chartline.sources.hospital import PATIENTS, build_hospital, encode
from services.ingest.parsers import parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which records, and how many of them at most."""
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders; without any the demo hospital")
    parser.add_argument("--format", type=SourceFormat, choices=list(SourceFormat), default=SourceFormat.FHIR_NDJSON)
    parser.add_argument("--patients", type=int, default=PATIENTS, help="of the demo hospital")
    parser.add_argument("--records", type=int, default=100_000, help="at most so many")


def messages(options: argparse.Namespace) -> list[Message]:
    """As they are sent to Kafka; the hospital in the order in which its charts knew them."""
    found = read_messages(options.paths, options.format) if options.paths else _hospital(options.patients)
    return list(islice(found, options.records))


def records(options: argparse.Namespace) -> list[CanonicalRecord]:
    return [parse(message.format, message.payload) for message in messages(options)]


def named(options: argparse.Namespace) -> str:
    return ", ".join(path.name for path in options.paths) or f"demo hospital of {options.patients}"


def count_events(found: Iterable[CanonicalRecord]) -> int:
    return sum(len(record.events) for record in found)


def _hospital(patients: int) -> Iterator[Message]:
    for resource in build_hospital(patients=patients):
        yield from fhir_messages(encode(resource))
