"""Files and folders become the messages that Kafka carries: one for each record, a resource or a table row."""

from __future__ import annotations

import gzip
import io
import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec
from google.protobuf import json_format

from chartline.errors import InvalidRequest
from chartline.rpc.messages import record_to_message
from chartline.sources.fhir_bundle import BundleEntry, is_bundle, split_bundle
from chartline.sources.hl7_messages import patient_of, split_messages
from chartline.sources.tables.mapping import MAPPINGS, SourceMapping, load_mapping
from chartline.sources.tables.reader import find_tables, read_tables
from chartline.v1.event_pb2 import CanonicalRecord


class SourceFormat(StrEnum):
    """`events` is one CanonicalRecord in protobuf's JSON a line; `mimic-iv` is a folder of CSV tables.

    A file of `hl7v2` holds one message, several, or batches of them.
    """

    FHIR = "fhir"
    FHIR_NDJSON = "fhir-ndjson"
    HL7V2 = "hl7v2"
    EVENTS = "events"
    MIMIC_IV = "mimic-iv"


@dataclass(frozen=True, slots=True)
class Message:
    """`format` is ingest's word for the payload. `patient` decides the partition; empty where the record names none."""

    format: str
    payload: bytes
    patient: str = ""


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


def read_messages(paths: Iterable[Path], source_format: SourceFormat) -> Iterator[Message]:
    """Raises InvalidRequest for a path that is not there or has nothing of the format, OSError for what is unreadable.

    A record that is malformed is sent as it is: ingest says what is wrong with it.
    """
    for path in paths:
        if not path.exists():
            raise InvalidRequest(f"There is no {path}")
        if source_format is SourceFormat.MIMIC_IV:
            yield from _table_rows(path)
            continue
        for file in _files(path, source_format):
            yield from _READERS[source_format](file)


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
    endings = tuple(ending + packed for ending in _ENDINGS[source_format] for packed in ("", ".gz", ".xz"))
    found = sorted(file for file in path.rglob("*") if file.name.endswith(endings))
    if not found:
        raise InvalidRequest(f"No file that ends with {' or '.join(endings)} in {path}")
    return found


def _open(file: Path) -> gzip.GzipFile | lzma.LZMAFile | io.BufferedReader:
    if file.suffix == ".gz":
        return gzip.open(file)
    return lzma.open(file) if file.suffix == ".xz" else file.open("rb")


def _lines(file: Path) -> Iterator[bytes]:
    with _open(file) as stream:
        yield from (line for line in stream if line.strip())


def _fhir_file(file: Path) -> Iterator[Message]:
    with _open(file) as stream:
        yield from fhir_messages(stream.read())


def _fhir_lines(file: Path) -> Iterator[Message]:
    for line in _lines(file):
        yield from fhir_messages(line)


def fhir_messages(payload: bytes) -> Iterator[Message]:
    """One message for a resource; a bundle's resources one by one."""
    try:
        entries = list(split_bundle(payload)) if is_bundle(payload) else [BundleEntry(0, payload)]
    except msgspec.MsgspecError:
        entries = [BundleEntry(0, payload)]
    for entry in entries:
        resource = entry.resource if entry.resource and entry.method != "DELETE" else _alone(entry)
        yield Message("fhir", resource, _patient_of(resource))


def _alone(entry: BundleEntry) -> bytes:
    """An entry that is more than its resource: a deletion, or nothing at all."""
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": entry.method}}]}
    return json.dumps(bundle).encode()


def _patient_of(resource: bytes) -> str:
    try:
        owned = msgspec.json.decode(resource, type=_Owned)
    except msgspec.MsgspecError:
        return ""
    if owned.resourceType == "Patient":
        return f"Patient/{owned.id}"
    return owned.subject.reference or owned.patient.reference


def _hl7_file(file: Path) -> Iterator[Message]:
    with _open(file) as stream:
        for message in split_messages(stream.read()):
            yield Message("hl7v2", message, patient_of(message))


def _event_lines(file: Path) -> Iterator[Message]:
    for number, line in enumerate(_lines(file), start=1):
        try:
            yield _event_message(json_format.Parse(line, CanonicalRecord()))
        except json_format.ParseError as error:
            unreadable = CanonicalRecord(record_id=f"{file.name}:{number}", unreadable_reason=f"not JSON: {error}")
            yield _event_message(unreadable)


def _event_message(record: CanonicalRecord) -> Message:
    return Message("events", record.SerializeToString(), record.events[0].patient if record.events else "")


_READERS = {
    SourceFormat.FHIR: _fhir_file,
    SourceFormat.FHIR_NDJSON: _fhir_lines,
    SourceFormat.HL7V2: _hl7_file,
    SourceFormat.EVENTS: _event_lines,
}
