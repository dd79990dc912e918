"""Label files: MEDS's label schema as parquet, with what tells charts, hospitals' visits and clusters apart.

MEDS label: subject_id int64, prediction_time timestamp[us] without zone, boolean_value and its three siblings
(https://github.com/Medical-Event-Data-Standard/meds, LabelSchema). Times are the patient's local clock; `patient` is
the canonical identifier, `offset_minutes` the zone where the record has one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chartline.errors import InvalidRequest
from chartline.learning.tasks.labelling import Label
from chartline.record.event import Instant
from chartline.record.times import MINUTE, local_micros

_SCHEMA = pa.schema(
    [
        ("subject_id", pa.int64()),
        ("prediction_time", pa.timestamp("us")),
        ("boolean_value", pa.bool_()),
        ("integer_value", pa.int64()),
        ("float_value", pa.float32()),
        ("categorical_value", pa.string()),
        ("encounter_id", pa.string()),
        ("cluster_id", pa.string()),
        ("patient", pa.string()),
        ("offset_minutes", pa.int32()),
    ]
)


@dataclass(frozen=True, slots=True)
class LabelRow:
    """`local` is the prediction time in microseconds on the local clock; `patient` is empty in others' files.

    `offset_minutes` None: the zone that `zones.zone_at` finds, if the chart has any.
    """

    subject: int
    local: int
    value: bool
    encounter: str = ""
    patient: str = ""
    offset_minutes: int | None = None

    def prediction_time(self, offset_minutes: int | None) -> Instant:
        """`offset_minutes` is for a row that does not say its own."""
        offset = offset_minutes if self.offset_minutes is None else self.offset_minutes
        return Instant(self.local - (offset or 0) * MINUTE, offset)


def subject_of(patient: str) -> int:
    """The number that the identifier ends in, as MEDS exports name patients; else 63 bits of its hash."""
    tail = patient.replace("|", "/").rpartition("/")[2]
    if tail.isdecimal() and tail.isascii() and len(tail) < 19:
        return int(tail)
    return int.from_bytes(hashlib.sha256(patient.encode()).digest()[:8], "big") >> 1


def subjects_of(patients: Iterable[str]) -> dict[int, str]:
    """Raises InvalidRequest where two patients would be one subject."""
    subjects: dict[int, str] = {}
    for patient in patients:
        if subjects.setdefault(subject_of(patient), patient) != patient:
            raise InvalidRequest("two patients' identifiers end in the same number: label files cannot hold both")
    return subjects


def rows_of(labels: Sequence[Label]) -> list[LabelRow]:
    """What `read_labels` would read of them once they are written."""
    ordered = sorted(labels, key=lambda label: (subject_of(label.patient), local_micros(label.prediction_time)))
    return [
        LabelRow(
            subject_of(label.patient),
            local_micros(label.prediction_time),
            label.value,
            label.encounter,
            label.patient,
            label.prediction_time.offset_minutes,
        )
        for label in ordered
    ]


def write_labels(file: Path, labels: Sequence[Label]) -> None:
    """Sorted by subject and time, as MEDS asks for."""
    subjects_of({label.patient for label in labels})
    rows = rows_of(labels)
    columns = {
        "subject_id": [row.subject for row in rows],
        "prediction_time": [row.local for row in rows],
        "boolean_value": [row.value for row in rows],
        "encounter_id": [row.encounter for row in rows],
        "cluster_id": [row.patient for row in rows],
        "patient": [row.patient for row in rows],
        "offset_minutes": [row.offset_minutes for row in rows],
    }
    empty = [None] * len(rows)
    pq.write_table(pa.table({name: columns.get(name, empty) for name in _SCHEMA.names}, schema=_SCHEMA), file)


def read_labels(file: Path) -> list[LabelRow]:
    """Any MEDS label file. Raises InvalidRequest for what is none, or a row without a boolean label."""
    table = _columns(file, "subject_id", "prediction_time", "boolean_value")
    if None in table["boolean_value"]:
        raise InvalidRequest(f"{file.name}: a row has no boolean_value", field="labels")
    return _rows(file, table)


def read_times(file: Path) -> list[LabelRow]:
    """Whom to predict on and when, whether or not the file has labels; `value` means nothing. Raises InvalidRequest."""
    return _rows(file, _columns(file, "subject_id", "prediction_time"))


def _rows(file: Path, table: dict[str, list[Any]]) -> list[LabelRow]:
    rows = [
        LabelRow(int(subject), time, bool(value), str(encounter or ""), patient or "", offset)
        for subject, time, value, encounter, patient, offset in zip(
            *(table[name] for name in ("subject_id", "prediction_time", "boolean_value")),
            *(table[name] for name in ("encounter_id", "patient", "offset_minutes")),
            strict=True,
        )
    ]
    if len({(row.subject, row.local) for row in rows}) != len(rows):
        raise InvalidRequest(f"{file.name}: a subject has two labels at one prediction_time", field="labels")
    return rows


def _columns(file: Path, *needed: str) -> dict[str, list[Any]]:
    try:
        table = pq.read_table(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidRequest(f"{file.name} is no parquet file: {error}", field="labels") from error
    if lacking := [name for name in needed if name not in table.column_names]:
        raise InvalidRequest(f"{file.name} has no column {lacking[0]}", field="labels")
    times = table.column_names.index("prediction_time")
    table = table.set_column(
        times, "prediction_time", table["prediction_time"].cast(pa.timestamp("us")).cast(pa.int64())
    )
    empty: list[Any] = [None] * table.num_rows
    return {name: table[name].to_pylist() if name in table.column_names else empty for name in _SCHEMA.names}
