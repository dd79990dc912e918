"""Synthea's CSV export: a patient made for it, and all of the open one."""

from collections import Counter
from pathlib import Path

import pytest

from chartline.record.event import Event, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import count_rows, read_tables
from chartline.sources.tables.table_files import find_tables

OPEN = Path(__file__).parents[3] / "shared" / "data" / "synthea-csv-unmc"
SYNTHEA = load_mapping(MAPPINGS / "synthea-csv.yaml")
TABLES = {
    "patients": (
        "Id,BIRTHDATE,DEATHDATE,FIRST,LAST,MARITAL,RACE,ETHNICITY,GENDER\n"
        "p,1960-05-01,2021-02-03,Ann,Lee,M,white,nonhispanic,F\n"
    ),
    "encounters": (
        "Id,START,STOP,PATIENT,ENCOUNTERCLASS,CODE,DESCRIPTION,REASONDESCRIPTION\n"
        "e,2020-01-01T10:00:00Z,2020-01-01T10:15:00Z,p,wellness,1,Check up,\n"
        "f,2020-02-01T10:00:00Z,,p,inpatient,2,Admission,Asthma\n"
    ),
    "conditions": "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n2020-01-01,2020-02-01,p,e,195967001,Asthma\n",
    "observations": (
        "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE\n"
        "2020-01-01T10:00:00Z,p,e,vital-signs,8302-2,Body Height,170.2,cm,numeric\n"
        "2020-01-01T10:00:00Z,p,e,laboratory,2160-0,Creatinine,1.1,mg/dL,numeric\n"
        "2020-01-01T10:00:00Z,p,e,survey,72166-2,Tobacco smoking status,Never smoker,{nominal},text\n"
        "2020-01-01T10:00:00Z,p,,,QALY,QALY,12.0,a,numeric\n"
    ),
    "medications": (
        "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,REASONDESCRIPTION\n"
        "2020-01-01T10:00:00Z,2020-01-08T10:00:00Z,p,e,308192,Amoxicillin 500 MG Oral Tablet,\n"
    ),
    "payers": "Id\n1\n",
    "mystery": "Id\n1\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def test_a_patient_is_read(folder: Path) -> None:
    events = [event for record in read_tables(folder, SYNTHEA) for event in record.events]
    found: dict[EventKind, list[Event]] = {}
    for event in events:
        found.setdefault(event.kind, []).append(event)
    assert {event.patient for event in events} == {"https://github.com/synthetichealth/synthea|p"}
    patient = found[EventKind.PATIENT][0]
    assert [patient.attribute(a) for a in ("name", "gender", "birth_date")] == ["Ann Lee", "female", "1960-05-01"]
    assert format_instant(found[EventKind.DEATH][0].time) == "2021-02-03"  # type: ignore[arg-type]
    visits = found[EventKind.ENCOUNTER]
    assert [(e.attribute("class"), e.version) for e in visits] == [("AMB", 1), ("AMB", 2), ("IMP", 1)]
    assert [e.attribute("clinical_status") for e in found[EventKind.CONDITION]] == [None, "resolved"]
    assert [(e.name, e.quantity, e.text_value) for e in found[EventKind.VITAL]] == [
        ("Body Height", Quantity("170.2", "cm"), ""),
        ("Tobacco smoking status", None, "Never smoker"),
        ("QALY", Quantity("12.0", "a"), ""),
    ]
    assert [e.quantity for e in found[EventKind.LABORATORY]] == [Quantity("1.1", "mg/dL")]
    assert [path.name for path in find_tables(folder, SYNTHEA).unmapped] == ["mystery.csv"]


def test_the_open_export_is_read_whole() -> None:
    if not OPEN.is_dir():
        pytest.skip("the open records synthea-csv-unmc are not at hand")
    outcomes: Counter[str] = Counter()
    for record in read_tables(OPEN, SYNTHEA):
        assert not record.unreadable_reason
        assert bool(record.events) != bool(record.without_events_reason)
        outcomes[_table(record.record_id)] += 1
        assert all(event.name for event in record.events if event.kind is not EventKind.PATIENT)
        assert all(event.time or event.kind is EventKind.PATIENT for event in record.events)
    assert outcomes == count_rows(OPEN, SYNTHEA)
    assert find_tables(OPEN, SYNTHEA).unmapped == ()


def _table(record_id: str) -> str:
    return record_id.partition("/")[0]
