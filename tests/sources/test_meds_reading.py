"""MEDS data sets become canonical events: codes by rule, spans in two versions, names from the data set."""

import json
import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chartline.errors import InvalidRequest
from chartline.record.chart import Chart
from chartline.record.event import CanonicalRecord, Event, EventStatus, Quantity
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.plan import StayType
from chartline.record.times import format_instant
from chartline.sources.files import SourceFormat, left_out, read_messages
from chartline.sources.meds.codes import Codes, Description
from chartline.sources.meds.reading import read_meds

SHARED = Path(__file__).parents[3] / "shared" / "data"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


ROWS: list[dict[str, Any]] = [
    {"time": None, "code": "GENDER//F"},
    {"time": at("1960-05-01"), "code": "MEDS_BIRTH"},
    {"time": at("2020-01-01T10:00"), "code": "HOSPITAL_ADMISSION//URGENT//EMERGENCY ROOM", "hadm_id": 7},
    {"time": at("2020-01-01T11:00"), "code": "ICU_ADMISSION//MICU", "hadm_id": 7, "icustay_id": 70},
    {"time": at("2020-01-01T12:00"), "code": "LAB//50912//mg/dL", "numeric_value": 1.1, "hadm_id": 7},
    {"time": at("2020-01-01T12:00"), "code": "LAB//220045//bpm", "numeric_value": 80.0, "hadm_id": 7, "icustay_id": 70},
    {"time": at("2020-01-01T12:30"), "code": "INFUSION_START//225158", "numeric_value": 0.5},
    {"time": at("2020-01-01T13:00"), "code": "INFUSION_END//225158", "numeric_value": 250.0},
    {"time": at("2020-01-01T13:00"), "code": "INFUSION_START//225158", "numeric_value": 0.7},
    {"time": at("2020-01-01T14:00"), "code": "MEDICATION//Aspirin//Not Given"},
    {"time": at("2020-01-01T15:00"), "code": "MEDICATION//Aspirin//Administered"},
    {"time": at("2020-01-02T11:00"), "code": "ICU_DISCHARGE//SICU", "hadm_id": 7, "icustay_id": 70},
    {"time": at("2020-01-03T10:00"), "code": "HOSPITAL_DISCHARGE//HOME", "hadm_id": 7},
    {"time": None, "code": "HOSPITAL_DISCHARGE//HOME", "hadm_id": 8},
    {"time": at("2020-01-03T10:00"), "code": "LOINC/2160-0", "text_value": "see note"},
    {"time": at("2020-01-03T10:00"), "code": "LOINC/2160-0", "text_value": "see note"},
]
CODES = [
    {"code": "LAB//50912//mg/dL", "description": "Creatinine", "parent_codes": ["LOINC/2160-0"]},
    {"code": "LAB//220045//bpm", "description": "Heart Rate", "parent_codes": None},
]
SCHEMA = pa.schema(
    [
        ("subject_id", pa.int64()),
        ("time", pa.timestamp("us")),
        ("code", pa.string()),
        ("numeric_value", pa.float32()),
        ("text_value", pa.string()),
        ("hadm_id", pa.int64()),
        ("icustay_id", pa.int64()),
    ]
)


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    (folder / "data" / "train").mkdir(parents=True, exist_ok=True)
    (folder / "metadata").mkdir(exist_ok=True)
    table = pa.Table.from_pylist([{"subject_id": 5, **row} for row in rows], SCHEMA)
    pq.write_table(table, folder / "data" / "train" / "0.parquet")
    pq.write_table(pa.Table.from_pylist(CODES), folder / "metadata" / "codes.parquet")
    (folder / "metadata" / "dataset.json").write_text(json.dumps({"dataset_name": "ward"}))
    return folder


@pytest.fixture
def records(tmp_path: Path) -> list[CanonicalRecord]:
    return list(read_meds(write(tmp_path, ROWS)))


@pytest.fixture
def events(records: list[CanonicalRecord]) -> list[Event]:
    return [event for record in records for event in record.events]


def of_kind(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


def test_every_row_has_one_outcome(records: list[CanonicalRecord]) -> None:
    assert len(records) == len(ROWS)
    assert len({record.record_id for record in records}) == len(ROWS)
    assert [r.without_events_reason for r in records if not r.events] == [
        "meds: the end of what has no beginning, or no time"
    ]


def test_what_is_static_is_of_the_patient(events: list[Event]) -> None:
    gender, birth = of_kind(events, EventKind.PATIENT)
    assert (gender.attribute("gender"), gender.time, gender.available_time) == ("F", None, None)
    assert (birth.attribute("birth_date"), birth.time, birth.available_time) == ("1960-05-01", None, None)
    assert {event.patient for event in events} == {"urn:meds:ward:subject|5"}


def test_a_discharge_is_the_second_version_of_its_admission(events: list[Event]) -> None:
    admitted, discharged = of_kind(events, EventKind.ENCOUNTER)
    assert admitted.natural_key == discharged.natural_key
    assert (admitted.version, admitted.end_time, admitted.encounter) == (1, None, "7")
    assert (discharged.version, discharged.end_time) == (2, discharged.available_time)
    assert format_instant(discharged.end_time) == "2020-01-03T10:00:00"  # type: ignore[arg-type]
    assert [discharged.attribute(a) for a in ("admission_type", "admission_location", "discharge_location")] == [
        "URGENT",
        "EMERGENCY ROOM",
        "HOME",
    ]


def test_what_is_charted_belongs_to_its_stay(events: list[Event]) -> None:
    chart = Chart.build([with_event_key("t", event) for event in events])
    stays = [chart.named_stays(stay)[chart.of_kind(EventKind.VITAL)].tolist() for stay in StayType]
    assert stays == [[chart.stays(stay)[0].index] for stay in StayType]
    stay = of_kind(events, EventKind.ICU_STAY)[1]
    assert (stay.name, stay.attribute("last_care_unit"), stay.encounter) == ("MICU", "SICU", "7")


def test_a_number_has_its_shortest_text_its_unit_and_its_name(events: list[Event]) -> None:
    creatinine, heart = of_kind(events, EventKind.LABORATORY)[0], of_kind(events, EventKind.VITAL)[0]
    assert (creatinine.name, creatinine.quantity) == ("Creatinine", Quantity("1.1", "mg/dL"))
    assert (heart.name, heart.quantity) == ("Heart Rate", Quantity("80", "bpm"))
    assert [(c.system, c.code) for c in creatinine.codings] == [
        ("http://loinc.org", "2160-0"),
        ("urn:meds:code", "LAB//50912//mg/dL"),
    ]


def test_infusions_end_in_the_order_in_which_they_began(events: list[Event]) -> None:
    first, ended, second = of_kind(events, EventKind.INTAKE)
    assert (first.quantity, first.attribute("rate"), first.name) == (None, "0.5", "infusion 225158")
    assert (ended.natural_key, ended.quantity, ended.attribute("rate")) == (first.natural_key, Quantity("250"), "0.5")
    assert (second.end_time, second.version) == (None, 1)


def test_a_drug_that_was_not_given_is_cancelled(events: list[Event]) -> None:
    given = [(e.name, e.status) for e in of_kind(events, EventKind.MEDICATION_ADMINISTRATION)]
    assert given == [("Aspirin", EventStatus.CANCELLED), ("Aspirin", EventStatus.FINAL)]


def test_the_order_of_rows_changes_no_event(tmp_path: Path, events: list[Event]) -> None:
    rows = list(ROWS)
    random.Random(2).shuffle(rows)
    assert {e for r in read_meds(write(tmp_path, rows)) for e in r.events} == set(events)


@pytest.mark.parametrize(
    ("code", "table", "kind", "name"),
    [
        ("SNOMED/38341003", "", EventKind.CONDITION, "38341003"),
        ("SNOMED/271649006", "measurement", EventKind.LABORATORY, "271649006"),
        ("RxNorm/8341", "", EventKind.MEDICATION_REQUEST, "8341"),
        ("LOINC/8867-4", "measurement", EventKind.VITAL, "8867-4"),
        ("CVX/08", "drug_exposure", EventKind.IMMUNIZATION, "08"),
        ("DIAGNOSIS//ICD//9//V1582", "", EventKind.CONDITION, "diagnosis V1582"),
        ("PROCEDURE//ICD//10//0BH17EZ", "", EventKind.PROCEDURE, "procedure 0BH17EZ"),
        ("MIMIC_IV_ITEM/220045", "", EventKind.VITAL, "item 220045"),
        ("MIMIC_IV_LABITEM/50912", "", EventKind.LABORATORY, "laboratory item 50912"),
        ("LAB//WBC//K/uL", "", EventKind.LABORATORY, "WBC"),
        ("Visit/IP", "", EventKind.ENCOUNTER, "visit"),
        ("TRANSFER_TO//admit//Medicine", "", EventKind.TRANSFER, "Medicine"),
        ("DRG//APR//283//OTHER DISORDERS OF THE LIVER", "", EventKind.REPORT, "OTHER DISORDERS OF THE LIVER"),
        ("Gender/F", "", EventKind.PATIENT, "Gender/F"),
        ("EYE_COLOR//BROWN", "", EventKind.VITAL, "EYE COLOR, BROWN"),
        ("Blood Pressure", "condition", EventKind.VITAL, "Blood Pressure"),
        ("STANFORD_CONDITION/ADHF", "condition_occurrence", EventKind.CONDITION, "STANFORD CONDITION/ADHF"),
    ],
)
def test_codes_of_many_producers(code: str, table: str, kind: EventKind, name: str) -> None:
    meaning = Codes().meaning(code, table)
    display = meaning.display or meaning.codings[0].code
    assert (meaning.kind, display if kind is not EventKind.PATIENT else code) == (kind, name)
    assert meaning.codings[-1].code == code


def test_a_description_is_the_name() -> None:
    codes = Codes({"ICD9CM/503.6": Description("Pneumoconiosis")})
    assert codes.meaning("ICD9CM/503.6", "").codings[0].display == "Pneumoconiosis"


def test_quirks_of_releases(tmp_path: Path) -> None:
    """A column `value` of 64 bits, a time as text, an `end` in the row itself, and a file of labels beside."""
    rows = [
        {"patient_id": "a", "time": "2020-01-01T10:00:00", "code": "Visit/IP", "value": None, "end": at("2020-01-02")}
    ]
    rows += [{"patient_id": "a", "time": "2020-01-01T11:00:00", "code": "HR", "value": 70.25, "end": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "events.parquet")
    pq.write_table(pa.table({"subject_id": [1], "boolean_value": [True]}), tmp_path / "labels.parquet")
    visit, heart = read_meds(tmp_path)
    assert [(e.version, e.end_time is None) for e in visit.events] == [(1, True), (2, False)]
    assert (heart.events[0].name, heart.events[0].quantity) == ("HR", Quantity("70.25"))
    assert left_out([tmp_path], SourceFormat.MEDS) == ["labels.parquet: no data of a MEDS data set"]
    assert len(list(read_messages([tmp_path], SourceFormat.MEDS))) == 2


def test_no_data_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no MEDS data"):
        list(read_meds(tmp_path))


@pytest.mark.parametrize("name", ["meds-small/meds_transforms_example", "meds-small/femr_synthetic"])
def test_open_data_sets_are_read_whole(name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the open records {name} are not at hand")
    outcomes = Counter(bool(record.events) for record in read_meds(SHARED / name))
    assert set(outcomes) == {True}
