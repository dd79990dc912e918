"""The files of a MEDS data set: shards of rows, one subject in one of them, and what the data set says of its codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chartline.errors import InvalidRequest
from chartline.sources.meds.codes import COLUMNS, Description

_NEEDED = ("subject", "time", "code")
_METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Dataset:
    """`name` is empty where the data set has none; `unread` are Parquet files that hold no events."""

    shards: tuple[Path, ...]
    unread: tuple[Path, ...]
    descriptions: dict[str, Description]
    name: str
    ours: bool


@dataclass(frozen=True, slots=True)
class MedsRow:
    """One row. Times are microseconds on the local clock; `number` is the shortest text of the float."""

    subject: str
    time: int | None
    code: str
    number: str
    text: str
    unit: str
    end: int | None
    stay: str
    visit: str
    table: str


def open_dataset(folder: Path) -> Dataset:
    """Raises InvalidRequest where no Parquet file below `folder` has a subject, a time and a code."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.parquet"))
    events = tuple(file for file in files if file.parent.name != _METADATA and _has_events(file))
    if not events:
        raise InvalidRequest(f"no MEDS data in {folder}: no Parquet file with subject_id, time and code")
    about = _about(folder)
    return Dataset(
        shards=events,
        unread=tuple(file for file in files if file not in events and file.parent.name != _METADATA),
        descriptions=_descriptions(folder / _METADATA / "codes.parquet"),
        name=str(about.get("dataset_name") or ""),
        ours=about.get("etl_name") == "chartline",
    )


def read_subjects(shard: Path) -> Iterator[list[MedsRow]]:
    """Every subject's rows in order of time, those without one first, whatever their order in the file."""
    table = pq.read_table(shard)
    columns = {role: column for role in COLUMNS if (column := _column(table.schema, role))}
    table = table.select(list(columns.values())).rename_columns(list(columns))
    if "number" in columns:
        numbers = [_shortest(n) for n in table["number"].to_numpy()]
        table = table.set_column(list(columns).index("number"), "number", pa.array(numbers, pa.string()))
    for role in ("time", "end"):
        if role in columns:
            table = table.set_column(list(columns).index(role), role, _micros(table[role], shard))
    table = table.sort_by([(role, "ascending") for role in columns])  # nulls last
    rows = (_row(cells) for batch in table.to_batches(10_000) for cells in batch.to_pylist())
    for _, found in groupby(rows, key=lambda row: row.subject):
        yield sorted(found, key=lambda row: row.time is not None)


def _has_events(file: Path) -> bool:
    schema = pq.read_schema(file)
    return all(_column(schema, role) for role in _NEEDED)


def _column(schema: pa.Schema, role: str) -> str:
    by_name = {name.lower(): name for name in schema.names}
    return next((by_name[name] for name in COLUMNS[role] if name in by_name), "")


def _micros(column: pa.ChunkedArray, shard: Path) -> pa.ChunkedArray:
    """On the local clock of the column's zone, where it has one."""
    try:
        if getattr(column.type, "tz", None):
            column = pc.local_timestamp(column)
        return column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    except pa.ArrowInvalid:
        raise InvalidRequest(f"{shard.name}: a column of times holds what is no time") from None


def _shortest(number: Any) -> str | None:
    """The shortest decimal that is this float of 32 or 64 bits; None for none."""
    if number is None or np.isnan(number):
        return None
    return np.format_float_positional(number, trim="-")


def _row(cells: dict[str, Any]) -> MedsRow:
    text = {role: "" if (cell := cells.get(role)) is None else str(cell) for role in COLUMNS}
    return MedsRow(
        subject=text["subject"],
        time=cells["time"],
        code=text["code"],
        number=text["number"],
        text=text["text"],
        unit=text["unit"],
        end=cells.get("end"),
        stay=text["stay"],
        visit=text["visit"],
        table=text["table"],
    )


def _about(folder: Path) -> dict[str, Any]:
    file = folder / _METADATA / "dataset.json"
    if not file.is_file():
        return {}
    try:
        about = json.loads(file.read_text())
    except ValueError as error:
        raise InvalidRequest(f"{file.name} is no JSON: {error}") from error
    return about if isinstance(about, dict) else {}


def _descriptions(file: Path) -> dict[str, Description]:
    if not file.is_file():
        return {}
    lines = pq.read_table(file).to_pylist()
    return {
        line["code"]: Description(line.get("description") or "", tuple(line.get("parent_codes") or ()))
        for line in lines
        if line.get("code")
    }
