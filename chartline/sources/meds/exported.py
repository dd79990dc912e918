"""Canonical events as rows of a MEDS data set and back: the same subject, time, code, value, unit, encounter, status.

What MEDS has no column for stands in columns of our own (docs/mapping-files.md); MEDS tools pass over them. Some tools
look for rows that canonical events do not have (a birth, a discharge): they are added and marked as `derived`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chartline.record.event import Attribute, CanonicalRecord, Coding, Event, EventStatus, Instant, Quantity, Source
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant, local_micros, parse_instant
from chartline.sources.meds.codes import MEDS_CODE, VOCABULARIES

_CODING = pa.struct([("system", pa.string()), ("code", pa.string()), ("display", pa.string())])
_ATTRIBUTE = pa.struct([(n, pa.string()) for n in ("name", "text", "number", "unit", "comparator", "time")])
#: Of MEDS itself.
CORE = [
    pa.field("subject_id", pa.int64(), nullable=False),
    pa.field("time", pa.timestamp("us")),
    pa.field("code", pa.string(), nullable=False),
    pa.field("numeric_value", pa.float32()),
    pa.field("text_value", pa.large_string()),
]
_TEXTS = (
    *("unit", "number", "comparator", "encounter_id", "kind", "status", "display", "interpretation", "code_reference"),
    *("exact_time", "end_time", "available_time", "patient", "source_format", "source_system", "source_record_id"),
    "natural_key",
)
SCHEMA = pa.schema(
    [
        *CORE,
        *(pa.field(name, pa.string()) for name in _TEXTS),
        pa.field("version", pa.int64()),
        pa.field("codings", pa.list_(_CODING)),
        pa.field("attributes", pa.list_(_ATTRIBUTE)),
        pa.field("derived", pa.bool_(), nullable=False),
    ]
)
_DERIVED = "meds: repeats for MEDS tools what another row tells"
_VOCABULARY_OF = {about["system"]: name for name, about in reversed(VOCABULARIES.items())}
#: Kind → the code's first piece, and the attributes that are its further ones: as MEDS-Extract writes MIMIC-IV.
_PIECES: dict[EventKind, tuple[str, tuple[str, ...]]] = {
    EventKind.ENCOUNTER: ("HOSPITAL_ADMISSION", ("admission_type", "admission_location")),
    EventKind.ICU_STAY: ("ICU_ADMISSION", ("care_unit",)),
    EventKind.TRANSFER: ("TRANSFER_TO", ("event_type", "care_unit")),
    EventKind.DEATH: ("MEDS_DEATH", ()),
}
_ENDS: dict[EventKind, tuple[str, str]] = {
    EventKind.ENCOUNTER: ("HOSPITAL_DISCHARGE", "discharge_location"),
    EventKind.ICU_STAY: ("ICU_DISCHARGE", "care_unit"),
}
_STATIC = {"gender": "GENDER", "race": "RACE", "ethnicity": "ETHNICITY"}

Row = dict[str, Any]


def meds_code(event: Event) -> str:
    """The producer's own code where the event came from MEDS, else of a vocabulary that MEDS names, else by kind."""
    by_system = {coding.system: coding.code for coding in event.codings}
    if MEDS_CODE in by_system:
        return by_system[MEDS_CODE]
    if event.kind in _PIECES:
        first, names = _PIECES[event.kind]
        return "//".join([first, *(_text(event, name) or "UNK" for name in names)])
    for coding in event.codings:
        if coding.system in _VOCABULARY_OF:
            return f"{_VOCABULARY_OF[coding.system]}/{coding.code}"
    code = next((coding.code for coding in event.codings), "") or event.display
    return f"{event.kind.name}//{code}" if code else event.kind.name


def vocabulary_codes(event: Event, own: str) -> tuple[str, ...]:
    """Its codes of the vocabularies that MEDS names, beside its own code."""
    named = (f"{_VOCABULARY_OF[c.system]}/{c.code}" for c in event.codings if c.system in _VOCABULARY_OF)
    return tuple(code for code in dict.fromkeys(named) if code != own)


def event_rows(event: Event, subject_id: int) -> Iterator[Row]:
    """The event's own row, and those that are derived from it."""
    yield _row(event, subject_id)
    time = event.end_time
    if event.kind in _ENDS and time is not None:
        code, attribute = _ENDS[event.kind]
        yield _derived(subject_id, time, f"{code}//{_text(event, attribute) or 'UNK'}")
    if event.kind is EventKind.PATIENT:
        for name, code in _STATIC.items():
            if text := _text(event, name):
                yield _derived(subject_id, None, f"{code}//{text}")
        if (born := _birth(event)) is not None:
            yield _derived(subject_id, born, "MEDS_BIRTH")


def event_of(row: Mapping[str, Any]) -> Event:
    """The event that `event_rows` wrote. Raises ValueError or KeyError for a row that is not its own."""
    number = row["number"]
    return Event(
        patient=row["patient"],
        kind=EventKind[row["kind"]],
        source=Source(row["source_format"], row["source_system"], row["source_record_id"]),
        natural_key=row["natural_key"],
        encounter=row["encounter_id"] or "",
        codings=tuple(Coding(c["system"], c["code"], c["display"]) for c in row["codings"] or ()),
        display=row["display"] or "",
        time=_read_time(row["exact_time"]),
        end_time=_read_time(row["end_time"]),
        available_time=_read_time(row["available_time"]),
        quantity=Quantity(number, row["unit"] or "", row["comparator"] or "") if number is not None else None,
        text_value=row["text_value"] or "",
        interpretation=row["interpretation"] or "",
        status=EventStatus[row["status"]],
        version=row["version"],
        attributes=tuple(_read_attribute(a) for a in row["attributes"] or ()),
        code_reference=row["code_reference"] or "",
    )


def read_exported(shard: Path) -> Iterator[CanonicalRecord]:
    """One record for each row of a shard of our own."""
    with pq.ParquetFile(shard) as file:
        number = 0
        for batch in file.iter_batches(10_000):
            for row in batch.to_pylist():
                number += 1
                yield _record(row, f"{shard.name}/row {number}")


def _record(row: Row, record_id: str) -> CanonicalRecord:
    try:
        if row["derived"]:
            return CanonicalRecord(record_id, without_events_reason=_DERIVED)
        event = event_of(row)
        return CanonicalRecord(event.source.record_id, (event,))
    except (KeyError, ValueError, TypeError):
        return CanonicalRecord(record_id, unreadable_reason="meds: not a row as `chartline export` writes it")


def _row(event: Event, subject_id: int) -> Row:
    quantity = event.quantity
    return {
        "subject_id": subject_id,
        "time": None if event.time is None else local_micros(event.time),
        "code": meds_code(event),
        "numeric_value": _float(quantity),
        "text_value": event.text_value or None,
        "unit": quantity.unit if quantity else None,
        "number": quantity.value if quantity else None,
        "comparator": quantity.comparator if quantity else None,
        "encounter_id": event.encounter or None,
        "kind": event.kind.name,
        "status": event.status.name,
        "display": event.display or None,
        "interpretation": event.interpretation or None,
        "code_reference": event.code_reference or None,
        "exact_time": _write_time(event.time),
        "end_time": _write_time(event.end_time),
        "available_time": _write_time(event.available_time),
        "patient": event.patient,
        "source_format": event.source.format,
        "source_system": event.source.system,
        "source_record_id": event.source.record_id,
        "natural_key": event.natural_key,
        "version": event.version,
        "codings": [{"system": c.system, "code": c.code, "display": c.display} for c in event.codings],
        "attributes": [_write_attribute(a) for a in event.attributes],
        "derived": False,
    }


def _derived(subject_id: int, time: Instant | None, code: str) -> Row:
    micros = None if time is None else local_micros(time)
    return dict.fromkeys(SCHEMA.names) | {"subject_id": subject_id, "time": micros, "code": code, "derived": True}


def _birth(event: Event) -> Instant | None:
    """The date of birth; where the year alone is told, its first day."""
    told = event.attribute("birth_date") or event.attribute("birth_year")
    if isinstance(told, str):
        try:
            return parse_instant(told)
        except ValueError:
            return None
    return told if isinstance(told, Instant) else None


def _float(quantity: Quantity | None) -> float | None:
    """A bound is no number: with a comparator, MEDS's number stays empty."""
    if quantity is None or quantity.comparator:
        return None
    try:
        return float(quantity.value)
    except ValueError:
        return None


def _text(event: Event, attribute: str) -> str:
    value = event.attribute(attribute)
    return value if isinstance(value, str) else ""


def _write_time(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _read_time(text: str | None) -> Instant | None:
    return None if text is None else parse_instant(text)


def _write_attribute(attribute: Attribute) -> dict[str, str | None]:
    value = attribute.value
    if isinstance(value, str):
        return {"name": attribute.name, "text": value}
    if isinstance(value, Quantity):
        return {
            "name": attribute.name,
            "number": value.value,
            "unit": value.unit,
            "comparator": value.comparator,
        }
    return {"name": attribute.name, "time": format_instant(value)}


def _read_attribute(row: Mapping[str, Any]) -> Attribute:
    if row["number"] is not None:
        return Attribute(row["name"], Quantity(row["number"], row["unit"] or "", row["comparator"] or ""))
    if row["time"] is not None:
        return Attribute(row["name"], parse_instant(row["time"]))
    return Attribute(row["name"], row["text"] or "")
