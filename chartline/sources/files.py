"""Files and folders become the messages that Kafka carries: one for each record, a resource or a table row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import msgspec
from google.protobuf import json_format

from chartline.errors import InvalidRequest
from chartline.rpc.messages import record_to_message
from chartline.sources.bulk_data import find_bulk_files
from chartline.sources.fhir_bundle import BundleEntry, is_bundle, split_bundle
from chartline.sources.packing import lines, open_packed
from chartline.sources.resuming import Place
from chartline.sources.tables.mapping import MAPPINGS, SourceMapping, load_mapping
from chartline.sources.tables.reader import find_tables, read_tables
from chartline.v1.event_pb2 import CanonicalRecord


class SourceFormat(StrEnum):
    """`events` is one CanonicalRecord in protobuf's JSON a line; `mimic-iv` is a folder of CSV tables."""

    FHIR = "fhir"
    FHIR_NDJSON = "fhir-ndjson"
    EVENTS = "events"
    MIMIC_IV = "mimic-iv"


@dataclass(frozen=True, slots=True)
class Message:
    """`format` is ingest's word for the payload. `patient` decides the partition; empty where the record names none.

    `place` is where a load goes on that was killed after this message; None where it cannot.
    """

    format: str
    payload: bytes
    patient: str = ""
    place: Place | None = None


class _Reference(msgspec.Struct):
    reference: str = ""


class _Owned(msgspec.Struct):
    resourceType: str = ""
    id: str = ""
    subject: _Reference = msgspec.field(default_factory=_Reference)
    patient: _Reference = msgspec.field(default_factory=_Reference)


_ENDINGS = {SourceFormat.FHIR: ".json", SourceFormat.FHIR_NDJSON: ".ndjson", SourceFormat.EVENTS: ".ndjson"}
#: What Kafka takes of one message, headers left aside.
_LARGEST = (16 << 20) - (64 << 10)


def read_messages(paths: Iterable[Path], source_format: SourceFormat, start: Place | None = None) -> Iterator[Message]:
    """Raises InvalidRequest for a path that is not there or has nothing of the format, OSError for what is unreadable.

    A record that is malformed is sent as it is: ingest says what is wrong with it. What comes before `start`, a place
    in FHIR_NDJSON, is left out.
    """
    if source_format is SourceFormat.FHIR_NDJSON:
        yield from _fhir_lines([file for path in paths for file in _files(_existing(path), source_format)], start)
        return
    for path in map(_existing, paths):
        if source_format is SourceFormat.MIMIC_IV:
            yield from _table_rows(path)
            continue
        for file in _files(path, source_format):
            yield from _READERS[source_format](file)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InvalidRequest(f"There is no {path}")
    return path


def left_out(paths: Iterable[Path], source_format: SourceFormat) -> list[str]:
    """The files of a Bulk Data export that hold no records and are not sent, each with the reason."""
    if source_format is not SourceFormat.FHIR_NDJSON:
        return []
    folders = (path for path in paths if path.is_dir())
    return [f"{file.name}: {reason}" for folder in folders for file, reason in find_bulk_files(folder).reported]


def unmapped_tables(paths: Iterable[Path], source_format: SourceFormat) -> list[str]:
    """Names of the CSV files below the paths that no mapping names: they are not sent."""
    if source_format is not SourceFormat.MIMIC_IV:
        return []
    return [file.name for path in paths for file in find_tables(path, _mapping()).unmapped]


def _mapping() -> SourceMapping:
    return load_mapping(MAPPINGS / "mimic-iv.yaml")


def _table_rows(folder: Path) -> Iterator[Message]:
    for record in read_tables(folder, _mapping()):
        patient = record.events[0].patient if record.events else ""
        yield Message("events", record_to_message(record).SerializeToString(), patient)


def _files(path: Path, source_format: SourceFormat) -> list[Path]:
    if path.is_file():
        return [path]
    endings = tuple(_ENDINGS[source_format] + packing for packing in ("", ".gz", ".xz"))
    if source_format is SourceFormat.FHIR_NDJSON:
        found = list(find_bulk_files(path).records)
    else:
        found = sorted(file for file in path.rglob("*") if file.name.endswith(endings))
    if not found:
        raise InvalidRequest(f"No file that ends with {' or '.join(endings)} in {path}")
    return found


def _fhir_file(file: Path) -> Iterator[Message]:
    with open_packed(file) as stream:
        yield from fhir_messages(stream.read())


def _fhir_lines(files: list[Path], start: Place | None) -> Iterator[Message]:
    """Of the messages of a line the last has its place: a bundle is not done before."""
    if start and Path(start.file) not in files:
        raise InvalidRequest(f"The load that is resumed stood in {start.file}, which is not among the files")
    for file in files[files.index(Path(start.file)) :] if start else files:
        offset = start.offset if start and file == Path(start.file) else 0
        for end, line in lines(file, offset):
            *others, last = fhir_messages(line)
            yield from others
            yield replace(last, place=Place(str(file), end))


def fhir_messages(payload: bytes) -> Iterator[Message]:
    """One message for a resource; a bundle's entries one by one. There is always one at least."""
    try:
        entries = list(split_bundle(payload)) if is_bundle(payload) else []
    except msgspec.MsgspecError:
        entries = []
    for entry in entries or [BundleEntry(0, payload)]:
        resource = entry.resource if entry.is_resource else entry.alone()
        yield _too_long() if len(resource) > _LARGEST else Message("fhir", resource, _patient_of(resource))


def _too_long() -> Message:
    """Stands for a resource that Kafka would refuse, so that it is counted and buried like any unreadable one."""
    return _event_message(CanonicalRecord(unreadable_reason=f"longer than {_LARGEST} bytes"))


def _patient_of(resource: bytes) -> str:
    try:
        owned = msgspec.json.decode(resource, type=_Owned)
    except msgspec.MsgspecError:
        return ""
    if owned.resourceType == "Patient":
        return f"Patient/{owned.id}"
    return owned.subject.reference or owned.patient.reference


def _event_lines(file: Path) -> Iterator[Message]:
    for number, (_, line) in enumerate(lines(file), start=1):
        try:
            yield _event_message(json_format.Parse(line, CanonicalRecord()))
        except json_format.ParseError as error:
            unreadable = CanonicalRecord(record_id=f"{file.name}:{number}", unreadable_reason=f"not JSON: {error}")
            yield _event_message(unreadable)


def _event_message(record: CanonicalRecord) -> Message:
    return Message("events", record.SerializeToString(), record.events[0].patient if record.events else "")


_READERS = {
    SourceFormat.FHIR: _fhir_file,
    SourceFormat.EVENTS: _event_lines,
}
