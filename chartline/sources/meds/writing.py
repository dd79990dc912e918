"""Writes a tenant's record as a MEDS data set: shards by split, codes, splits and the data set's card.

out/data/<split>/<n>.parquet   out/metadata/{codes.parquet, subject_splits.parquet, dataset.json}
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from chartline.errors import InvalidRequest
from chartline.record.event import Event
from chartline.sources.meds.exported import SCHEMA, Row, event_rows, vocabulary_codes

_MEDS_VERSION = "0.4.1"
_SUBJECTS_A_SHARD = 1000
#: Of ten subjects, by a hash of who they are: the same subject is in the same split of every export.
_SPLITS = ("train",) * 8 + ("tuning", "held_out")
_LARGEST_ID = 1 << 63


def subject_ids(patients: Sequence[str]) -> dict[str, int]:
    """Patient → MEDS subject: the identifier's own number where it is one and nobody else's, else a hash of it."""
    numbers = Counter(_value(patient) for patient in patients)
    ids = {p: _own_number(_value(p)) if numbers[_value(p)] == 1 else None for p in patients}
    taken = {number for number in ids.values() if number is not None}
    return {p: number if number is not None else _hashed(p, taken) for p, number in ids.items()}


class MedsWriter:
    """A context manager: patients are added one by one, codes, splits and card are written at its end."""

    def __init__(self, folder: Path, name: str, subjects: Mapping[str, int], created_at: datetime) -> None:
        """Raises InvalidRequest for a folder that holds anything."""
        if folder.exists() and (folder.is_file() or any(folder.iterdir())):
            raise InvalidRequest(f"{folder} is not empty: an export goes into a folder of its own")
        self._folder, self._name, self._subjects, self._created_at = folder, name, subjects, created_at
        self._codes: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._splits: dict[int, str] = {}
        self._subjects_of: Counter[str] = Counter()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._open = ExitStack()
        self.rows = 0

    def add(self, patient: str, events: Iterable[Event]) -> None:
        """All of the patient's events, in any order."""
        subject = self._subjects[patient]
        rows: list[Row] = []
        for event in events:
            found = list(event_rows(event, subject))
            rows += found
            self._describe(event, found)
        split = split_of(patient)
        rows.sort(key=_order)
        self._shard(split).write_table(pa.Table.from_pylist(rows, SCHEMA))
        self._splits[subject] = split
        self.rows += len(rows)

    def __enter__(self) -> MedsWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._open.close()
        if kind is None:
            self._write_metadata()

    def _describe(self, event: Event, rows: Sequence[Row]) -> None:
        """Of several names of a code the first in the alphabet, whatever the order of events."""
        own, *derived = (row["code"] for row in rows)
        line = (event.name, vocabulary_codes(event, own))
        self._codes[own] = min(self._codes.get(own, line), line)
        for code in derived:
            self._codes.setdefault(code, ("", ()))

    def _shard(self, split: str) -> pq.ParquetWriter:
        shard, place = divmod(self._subjects_of[split], _SUBJECTS_A_SHARD)
        self._subjects_of[split] += 1
        if place == 0:
            path = self._folder / "data" / split / f"{shard}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            if split in self._writers:
                self._writers[split].close()
            self._writers[split] = self._open.enter_context(pq.ParquetWriter(path, SCHEMA))
        return self._writers[split]

    def _write_metadata(self) -> None:
        metadata = self._folder / "metadata"
        metadata.mkdir(parents=True, exist_ok=True)
        codes = [
            {"code": code, "description": name or None, "parent_codes": list(parents) or None}
            for code, (name, parents) in sorted(self._codes.items())
        ]
        schema = [("code", pa.string()), ("description", pa.string()), ("parent_codes", pa.list_(pa.string()))]
        pq.write_table(pa.Table.from_pylist(codes, pa.schema(schema)), metadata / "codes.parquet")
        splits = [{"subject_id": subject, "split": split} for subject, split in sorted(self._splits.items())]
        pq.write_table(
            pa.Table.from_pylist(splits, pa.schema([("subject_id", pa.int64()), ("split", pa.string())])),
            metadata / "subject_splits.parquet",
        )
        (metadata / "dataset.json").write_text(json.dumps(self._card(), indent=2))

    def _card(self) -> dict[str, object]:
        sources = ["patient", "source_format", "source_system", "source_record_id", "natural_key", "encounter_id"]
        core = {"subject_id", "time", "code", "numeric_value", "text_value"}
        return {
            "dataset_name": self._name,
            "etl_name": "chartline",
            "meds_version": _MEDS_VERSION,
            "created_at": self._created_at.isoformat(),
            "raw_source_id_columns": sources,
            "code_modifier_columns": ["unit"],
            "other_extension_columns": [n for n in SCHEMA.names if n not in {*core, *sources, "unit"}],
        }


def split_of(patient: str) -> str:
    return _SPLITS[int.from_bytes(_digest(patient)[:8], "big") % len(_SPLITS)]


def _order(row: Row) -> tuple[bool, int, str, str]:
    """MEDS: without a time first, then by time; the rest makes the file the same whatever the order of events."""
    return row["time"] is not None, row["time"] or 0, row["code"], row["natural_key"] or ""


def _value(patient: str) -> str:
    """`Patient/7` and `http://hospital/mrn|7` are 7."""
    return (patient.rpartition("|")[2] if "|" in patient else patient.rpartition("/")[2]).strip()


def _own_number(value: str) -> int | None:
    written_alike = value.isascii() and value.isdecimal() and str(int(value)) == value
    return int(value) if written_alike and int(value) < _LARGEST_ID else None


def _hashed(patient: str, taken: set[int]) -> int:
    number = int.from_bytes(_digest(patient)[8:16], "big") % _LARGEST_ID
    while number in taken:
        number = (number + 1) % _LARGEST_ID
    taken.add(number)
    return number


def _digest(patient: str) -> bytes:
    return hashlib.sha256(patient.encode()).digest()
