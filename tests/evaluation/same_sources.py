"""The same few patients of MIMIC-IV's demo as each of its releases tells them: as tables, as MEDS, as FHIR.

Each release is cut to these patients, in files of its own form, and then read as any load of that form is.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chartline.record.event import CanonicalRecord, Event
from chartline.record.gathering import gather
from chartline.sources.files import SourceFormat, read_messages
from chartline.sources.meds.reading import read_meds
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import read_tables
from services.ingest.parsers import parse

DATA = Path(__file__).parents[3] / "shared" / "data"
TABLES, MEDS, FHIR = (
    DATA / name for name in ("mimic-iv-demo-2.2", "mimic-iv-demo-meds", "mimic-iv-demo-on-fhir-2.1.0")
)

#: All versions of each patient's events by MIMIC's subject_id.
Charts = dict[str, Sequence[Event]]
#: Column of a name by the columns of its key, of the tables that name what the MEDS release gives as codes alone.
_NAMES = {
    "icu/d_items": ("label", "{itemid}"),
    "hosp/d_labitems": ("label", "{itemid}"),
    "hosp/d_icd_diagnoses": ("long_title", "DIAGNOSIS//ICD//{icd_version}//{icd_code}"),
    "hosp/d_icd_procedures": ("long_title", "PROCEDURE//ICD//{icd_version}//{icd_code}"),
}


def tables(patients: Collection[str], folder: Path) -> Charts:
    for file in TABLES.rglob("*.csv.gz"):
        with gzip.open(file, "rt") as lines, (folder / file.name.removesuffix(".gz")).open("w") as kept:
            rows, write = csv.DictReader(lines), csv.writer(kept)
            write.writerow(rows.fieldnames or ())
            write.writerows(r.values() for r in rows if "subject_id" not in r or r["subject_id"] in patients)
    return _by_subject(read_tables(folder, load_mapping(MAPPINGS / "mimic-iv.yaml")), _after_bar)


def meds(patients: Collection[str], folder: Path) -> Charts:
    """With the names of the tables' dictionaries as metadata/codes.parquet, which the release lacks."""
    (file,) = MEDS.glob("*.parquet")
    rows = pq.read_table(file)
    mine = rows.filter(pc.is_in(rows["subject_id"], pa.array([int(p) for p in patients])))
    pq.write_table(mine, folder / file.name)
    names = _dictionary()
    told = [{"code": code, "description": _described(code, names)} for code in mine["code"].unique().to_pylist()]
    (folder / "metadata").mkdir()
    pq.write_table(pa.Table.from_pylist(told), folder / "metadata" / "codes.parquet")
    return _by_subject(read_meds(folder), _after_bar)


def fhir(patients: Collection[str], folder: Path) -> Charts:
    """What is about nobody, a drug or a place, is kept."""
    with gzip.open(FHIR / "fhir" / "MimicPatient.ndjson.gz", "rt") as lines:
        resources = [json.loads(line) for line in lines]
    subjects = {f"Patient/{r['id']}": r["identifier"][0]["value"] for r in resources}
    mine = [patient.removeprefix("Patient/") for patient, subject in subjects.items() if subject in patients]
    for file in (FHIR / "fhir").glob("*.ndjson.gz"):
        with gzip.open(file, "rt") as lines, (folder / file.name.removesuffix(".gz")).open("w") as kept:
            kept.writelines(line for line in lines if '"Patient/' not in line or any(map(line.__contains__, mine)))
    messages = read_messages([folder], SourceFormat.FHIR_NDJSON)
    records = (parse(message.format, message.payload) for message in messages)
    return _by_subject(records, lambda patient: subjects.get(patient, ""))


def _by_subject(records: Iterable[CanonicalRecord], subject: Callable[[str], str]) -> Charts:
    return {subject(patient): versions for patient, versions in gather(records).items()}


def _after_bar(patient: str) -> str:
    return patient.rpartition("|")[2]


def _dictionary() -> dict[str, str]:
    return {key.format(**row): row[name] for table, (name, key) in _NAMES.items() for row in _rows(table)}


def _rows(table: str) -> Iterator[dict[str, str]]:
    with gzip.open(TABLES / f"{table}.csv.gz", "rt") as lines:
        yield from csv.DictReader(lines)


def _described(code: str, names: dict[str, str]) -> str:
    return names.get(code) or next((names[part] for part in code.split("//") if part in names), "")
