"""Files and folders become the messages that Kafka carries: one for each record, a resource or a table row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import msgspec
from google.protobuf import json_format

from chartline.errors import InvalidRequest
from chartline.record.event import CanonicalRecord as Record
from chartline.rpc.messages import record_to_message
from chartline.sources.bulk_data import find_bulk_files
from chartline.sources.fhir_bundle import BundleEntry, is_bundle, split_bundle
from chartline.sources.hl7_messages import patient_of, split_messages
from chartline.sources.packing import lines, open_packed
from chartline.sources.resuming import Place
from chartline.sources.tables.mapping import MAPPINGS, SourceMapping
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import read_tables
from chartline.sources.tables.table_files import find_tables
from chartline.v1.event_pb2 import CanonicalRecord


class SourceFormat(StrEnum):
    """`events` is one CanonicalRecord in protobuf's JSON a line; what has a mapping file is a folder of tables.

    A file of `hl7v2` holds one message, several, or batches of them.
    """

    FHIR = "fhir"
    FHIR_NDJSON = "fhir-ndjson"
    HL7V2 = "hl7v2"
    EVENTS = "events"
    MIMIC_IV = "mimic-iv"
    EICU = "eicu"
    OMOP = "omop"
    SYNTHEA_CSV = "synthea-csv"
    MEDS = "meds"


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


_ENDINGS = {
    SourceFormat.FHIR: (".json",),
    SourceFormat.FHIR_NDJSON: (".ndjson",),
    SourceFormat.HL7V2: (".hl7", ".txt"),
    SourceFormat.EVENTS: (".ndjson",),
}
#: What Kafka takes of one message, headers left aside.
_LARGEST = (16 << 20) - (64 << 10)


def read_messages(
    paths: Iterable[Path], source: SourceFormat | SourceMapping, start: Place | None = None
) -> Iterator[Message]:
    """Raises InvalidRequest for a path that is not there or has nothing of the format, OSError for what is unreadable.

    A record that is malformed is sent as it is: ingest says what is wrong with it. What comes before `start`, a place
    in FHIR_NDJSON, is left out.
    """
    if source is SourceFormat.FHIR_NDJSON:
        yield from _fhir_lines([file for path in paths for file in _files(_existing(path), source)], start)
        return
    mapping = _mapping(source)
    for path in map(_existing, paths):
        if mapping is not None:
            yield from _record_messages(read_tables(path, mapping))
        elif source is SourceFormat.MEDS:
            yield from _record_messages(_meds().read_meds(path))
        elif isinstance(source, SourceFormat):
            for file in _files(path, source):
                yield from _READERS[source](file)


def left_out(paths: Iterable[Path], source: SourceFormat | SourceMapping) -> list[str]:
    """The files below the paths that are not sent, each with the reason."""
    return [f"{name}: {reason}" for path in paths for name, reason in _left_out(path, source)]


def _left_out(path: Path, source: SourceFormat | SourceMapping) -> Iterator[tuple[str, str]]:
    if source is SourceFormat.FHIR_NDJSON and path.is_dir():
        yield from ((file.name, reason) for file, reason in find_bulk_files(path).reported)
    elif source is SourceFormat.MEDS:
        yield from ((name, "no data of a MEDS data set") for name in _meds().unread_files(path))
    elif (mapping := _mapping(source)) is not None:
        yield from ((file.name, "no mapping names it") for file in find_tables(path, mapping).unmapped)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InvalidRequest(f"There is no {path}")
    return path


def _mapping(source: SourceFormat | SourceMapping) -> SourceMapping | None:
    """How tables are read; None for a format that is none of tables."""
    if isinstance(source, SourceMapping):
        return source
    file = MAPPINGS / f"{source}.yaml"
    return load_mapping(file) if file.exists() else None


def _meds() -> ModuleType:
    """Imported where MEDS is read: pyarrow is large, and few commands need it."""
    from chartline.sources.meds import reading

    return reading


def _record_messages(records: Iterable[Record]) -> Iterator[Message]:
    for record in records:
        patient = record.events[0].patient if record.events else ""
        yield Message("events", record_to_message(record).SerializeToString(), patient)


def _files(path: Path, source_format: SourceFormat) -> list[Path]:
    if path.is_file():
        return [path]
    endings = tuple(ending + packing for ending in _ENDINGS[source_format] for packing in ("", ".gz", ".xz"))
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


def _hl7_file(file: Path) -> Iterator[Message]:
    with open_packed(file) as stream:
        for message in split_messages(stream.read()):
            yield Message("hl7v2", message, patient_of(message))


def _event_lines(file: Path) -> Iterator[Message]:
    for number, (_, line) in enumerate(lines(file), start=1):
        try:
            yield _event_message(json_format.Parse(line, CanonicalRecord()))
        except json_format.ParseError:  # its words quote the line
            reason = "not JSON of a CanonicalRecord"
            yield _event_message(CanonicalRecord(record_id=f"{file.name}:{number}", unreadable_reason=reason))


def _event_message(record: CanonicalRecord) -> Message:
    return Message("events", record.SerializeToString(), record.events[0].patient if record.events else "")


_READERS = {
    SourceFormat.FHIR: _fhir_file,
    SourceFormat.HL7V2: _hl7_file,
    SourceFormat.EVENTS: _event_lines,
}
