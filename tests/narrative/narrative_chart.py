"""Charts of notes in a real shard: parsed, stored, cut into passages and embedded by the real text encoder."""

import csv
import gzip
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chartline.record.event import CanonicalRecord
from chartline.sources.hospital import build_hospital, encode
from chartline.sources.hospital.resources import document
from chartline.sources.hospital.terms import Term
from services.encoder.record.outcomes import Delivery
from services.encoder.shard import Shard
from services.ingest.parsers import parse

SHARED = Path(__file__).parents[3] / "shared" / "data"
NOTES = SHARED / "notes"
TENANT = "narrative"
OFFICE, HOSPITAL = "office_questions.toml", "hospital_questions.toml"
HELD_OUT, UNSEEN = "held_out_questions.toml", "unseen_questions.toml"
FILES = (OFFICE, HOSPITAL, HELD_OUT, UNSEEN)
_SECTIONS = "MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv.gz"

_FIRST_VISIT = datetime(2023, 1, 10, 9, 30, tzinfo=UTC)
_OFFICE_NOTE = Term("34131-3", "Outpatient Progress note")


@dataclass(frozen=True)
class Asked:
    """`section` or `phrase` of `note` must be among what is quoted; without a note nothing may be found."""

    patient: str
    ask: str
    plan: str = ""
    note: str = ""
    section: str = ""
    phrase: str = ""
    #: Where other notes say it as well.
    or_note: str = ""
    event: str = ""
    now: str = ""

    @property
    def plan_text(self) -> str:
        return self.plan or f'read "{self.ask.rstrip("?.").replace(chr(34), " ")}"'


def questions(file: str) -> list[Asked]:
    return [Asked(**each) for each in _told(file)["question"]]


def _told(file: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / file).read_text())


def load(shard: Shard, records: Iterator[CanonicalRecord]) -> None:
    deliveries = [Delivery(record, None, "", False) for record in records]
    for start in range(0, len(deliveries), 1_000):
        shard.keeper.append(TENANT, deliveries[start : start + 1_000])


def hospital_records(wanted: set[str]) -> Iterator[CanonicalRecord]:
    for resource in build_hospital():
        record = parse("fhir", encode(resource))
        if record.definitions or any(event.patient.removeprefix("Patient/") in wanted for event in record.events):
            yield record


def office_records() -> Iterator[CanonicalRecord]:
    """Each note is a visit of its patient, a month after the one before."""
    texts = _whole_notes() | _composed_notes()
    for patient, notes in (each for file in FILES for each in _told(file).get("patients", {}).items()):
        for number, note in enumerate(notes):
            at = _FIRST_VISIT + timedelta(days=30 * number)
            subject = {"reference": f"Patient/{patient}"}
            yield parse("fhir", encode(document(_OFFICE_NOTE, texts[note], at, "A. Author", id=note, subject=subject)))


def _whole_notes() -> dict[str, str]:
    files = (
        NOTES / "aci-bench" / f"{part}.csv.gz"
        for part in ("train", "valid", "clinicalnlp_taskB_test1", "clinicalnlp_taskC_test2")
    )
    return {row["encounter_id"]: row["note"] for file in files for row in _rows(file)}


def _composed_notes() -> dict[str, str]:
    rows = {row["ID"]: row["section_text"] for row in _rows(NOTES / "mts-dialog" / _SECTIONS)}
    return {
        note: "\n\n".join(f"{header}\n{rows[str(row)]}" for header, row in parts.items())
        for note, parts in _told(OFFICE)["composed"].items()
    }


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
