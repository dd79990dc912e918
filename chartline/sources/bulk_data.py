"""A folder that a Bulk Data export left: which of its files hold records, in which order, and which are only reported.

With a `manifest.json` the manifest says it; without one, every ndjson file but logs and outcomes is one of records.
Source: hl7.org/fhir/uv/bulkdata (response of a completed export: output, deleted, error, and outcome since 4.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from chartline.errors import InvalidRequest
from chartline.sources.packing import lines

_MANIFEST = "manifest.json"
_PACKINGS = ("", ".gz", ".xz")
_ENDINGS = tuple(f".ndjson{packing}" for packing in _PACKINGS)
#: How the files are called that hold no records where no manifest says so.
_NO_RECORDS = ("log.", "error", "outcome", "operationoutcome")


class _Output(msgspec.Struct):
    url: str
    type: str = ""


class _Manifest(msgspec.Struct):
    output: list[_Output] = []
    deleted: list[_Output] = []
    error: list[_Output] = []
    outcome: list[_Output] = []


@dataclass(frozen=True, slots=True)
class BulkFiles:
    """`records` are sent, in this order; `reported` are not, each with the reason."""

    records: tuple[Path, ...]
    reported: tuple[tuple[Path, str], ...] = ()


def find_bulk_files(folder: Path) -> BulkFiles:
    """The ndjson files below a folder, deletions last. Raises InvalidRequest for a manifest that does not fit it."""
    if (folder / _MANIFEST).is_file():
        return _by_manifest(folder)
    files = sorted(file for file in folder.rglob("*") if file.name.endswith(_ENDINGS))
    reported = {file for file in files if file.name.lower().startswith(_NO_RECORDS)}
    return BulkFiles(
        tuple(file for file in files if file not in reported),
        tuple((file, "a log or outcomes by its name") for file in files if file in reported),
    )


def _by_manifest(folder: Path) -> BulkFiles:
    manifest = _read(folder / _MANIFEST)
    records = tuple(_local(folder, each) for each in (*manifest.output, *manifest.deleted))
    outcomes = {_local(folder, each) for each in (*manifest.error, *manifest.outcome)}
    return BulkFiles(
        tuple(dict.fromkeys(file for file in records if file not in outcomes)),
        (
            *((file, f"{_count(file)} outcomes of the export") for file in sorted(outcomes)),
            *((file, "the manifest does not name it") for file in _unnamed(folder, {*records, *outcomes})),
        ),
    )


def _read(file: Path) -> _Manifest:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Manifest)
    except msgspec.MsgspecError as error:
        raise InvalidRequest(f"{file} is no manifest of a Bulk Data export: {error}") from None


def _local(folder: Path, output: _Output) -> Path:
    """The file of that address, which may have been packed since it was fetched."""
    name = unquote(urlsplit(output.url).path).rpartition("/")[2]
    for packing in _PACKINGS if name else ():
        if (file := folder / f"{name}{packing}").is_file():
            return file
    raise InvalidRequest(f"The manifest names {name or 'a file'}, which is not in {folder}")


def _unnamed(folder: Path, named: set[Path]) -> Iterator[Path]:
    return (file for file in sorted(folder.iterdir()) if file.name.endswith(_ENDINGS) and file not in named)


def _count(file: Path) -> int:
    return sum(1 for _ in lines(file))
