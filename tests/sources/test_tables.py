from pathlib import Path

import pytest

from chartline.errors import InvalidRequest
from chartline.record.chart import Chart
from chartline.record.event import CanonicalRecord, EventStatus, Quantity
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.plan import StayType
from chartline.sources.files import SourceFormat, left_out, read_messages
from chartline.sources.tables.expressions import Row, compile_expression
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import count_rows, read_tables
from chartline.sources.tables.table_files import find_tables

SHARED = Path(__file__).parents[3] / "shared" / "data"
MIMIC = load_mapping(MAPPINGS / "mimic-iv.yaml")

TABLES = {
    "hosp/patients.csv": "subject_id,gender,anchor_age,anchor_year,dod\n7,F,61,2150,\n",
    "hosp/admissions.csv": (
        "subject_id,hadm_id,admittime,dischtime,admission_type,discharge_location\n"
        "7,70,2150-01-01 10:00:00,2150-01-05 12:00:00,URGENT,HOME\n"
        "7,71,2150-03-01 10:00:00,,URGENT,\n"
    ),
    "hosp/d_labitems.csv": "itemid,label,fluid,category\n50912,Creatinine,Blood,Chemistry\n",
    "hosp/labevents.csv": (
        "labevent_id,subject_id,hadm_id,itemid,charttime,storetime,value,valuenum,valueuom,ref_range_lower,ref_range_upper,flag\n"
        "1,7,70.0,50912,2150-01-01 11:00:00,2150-01-01 12:30:00,1.10,1.1,mg/dL,0.4,1.1,\n"
        "2,7,70,50912,2150-01-02 11:00:00,2150-01-02 12:30:00,<0.2,0.2,mg/dL,0.4,1.1,\n"
        "3,7,70,50912,2150-01-03 11:00:00,2150-01-03 12:30:00,2.0,2.0,mg/dL,0.4,1.1,abnormal\n"
        "4,7,70,50912,not a time,,2.0,2.0,mg/dL,,,\n"
        "5,,70,50912,2150-01-03 11:00:00,,2.0,2.0,mg/dL,,,\n"
    ),
    "hosp/diagnoses_icd.csv": "subject_id,hadm_id,seq_num,icd_code,icd_version\n7,70,1,N179,10\n",
    "hosp/d_icd_diagnoses.csv": 'icd_code,icd_version,long_title\nN179,10,"Acute kidney failure, unspecified"\n',
    "icu/d_items.csv": "itemid,label,linksto\n226559,Foley,outputevents\n",
    "icu/icustays.csv": (
        "subject_id,hadm_id,stay_id,first_careunit,last_careunit,intime,outtime\n"
        "7,70,700,MICU,MICU,2150-01-01 12:00:00,2150-01-02 12:00:00\n"
    ),
    "icu/outputevents.csv": (
        "row_id,subject_id,hadm_id,stay_id,charttime,itemid,value,valueuom\n"
        "1,7,70,700,2150-01-01 11:50:00,226559,80,ml\n"
        "2,7,70,,2150-01-01 11:55:00,226559,20,ml\n"
    ),
    "hosp/poe.csv": "poe_id,subject_id\n1,7\n",
    "hosp/provider.csv": "provider_id\nP1\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def records(folder: Path) -> list[CanonicalRecord]:
    return list(read_tables(folder, MIMIC))


def of_table(records: list[CanonicalRecord], table: str) -> list[CanonicalRecord]:
    return [record for record in records if record.record_id.startswith(f"{table}/")]


def test_every_row_becomes_one_record(folder: Path, records: list[CanonicalRecord]) -> None:
    rows = count_rows(folder, MIMIC)
    charted = {"icustays": 1, "outputevents": 2}
    assert rows == {"patients": 1, "admissions": 2, "labevents": 5, "diagnoses_icd": 1, "poe": 1} | charted
    assert {table: len(of_table(records, table)) for table in rows} == rows


def test_labs_have_names_units_specimens_and_flags(records: list[CanonicalRecord]) -> None:
    events = [record.events[0] for record in of_table(records, "labevents")[:3]]
    assert [event.name for event in events] == ["Creatinine"] * 3
    assert [event.quantity for event in events] == [
        Quantity("1.10", "mg/dL"),
        Quantity("0.2", "mg/dL", "<"),
        Quantity("2.0", "mg/dL"),
    ]
    assert [event.interpretation for event in events] == ["N", "", "H"]
    assert {event.encounter for event in events} == {"70"}
    assert events[0].attribute("specimen") == "Blood"
    assert events[0].available_time is not None
    assert events[0].time is not None
    assert events[0].available_time.unix_micros - events[0].time.unix_micros == 90 * 60 * 1_000_000


def test_what_is_charted_in_an_icu_stay_belongs_to_it_and_to_its_visit(records: list[CanonicalRecord]) -> None:
    early, beside = (record.events[0] for record in of_table(records, "outputevents"))
    assert (early.encounter, beside.encounter) == ("700", "70")
    chart = Chart.build([with_event_key("t", event) for record in records for event in record.events])
    named = [chart.named_stays(stay)[chart.of_kind(EventKind.OUTPUT)].tolist() for stay in StayType]
    visit, unit = (chart.stays(stay)[0] for stay in StayType)
    assert named == [[visit.index, visit.index], [unit.index, -1]]


def test_a_row_that_cannot_be_read_says_why_and_not_what(records: list[CanonicalRecord]) -> None:
    bad = of_table(records, "labevents")[3:]
    assert [record.unreadable_reason for record in bad] == ["labevents: time is no time", "labevents: no patient"]


def test_an_admission_does_not_know_its_discharge_before_it(records: list[CanonicalRecord]) -> None:
    closed, open_ = of_table(records, "admissions")
    admitted, discharged = closed.events
    assert (admitted.end_time, admitted.attribute("discharge_location")) == (None, None)
    assert admitted.available_time == admitted.time
    assert discharged.end_time == discharged.available_time
    assert discharged.attribute("discharge_location") == "HOME"
    assert (admitted.natural_key, admitted.version, discharged.version) == (discharged.natural_key, 1, 2)
    assert len(open_.events) == 1


def test_a_billed_diagnosis_is_known_at_the_end_of_its_visit(records: list[CanonicalRecord]) -> None:
    (event,) = of_table(records, "diagnoses_icd")[0].events
    admitted, discharged = of_table(records, "admissions")[0].events
    assert event.name == "Acute kidney failure, unspecified"
    assert event.time == admitted.time
    assert event.available_time == discharged.end_time


def test_an_undated_discharge_closes_no_stay(folder: Path) -> None:
    (folder / "hosp/admissions.csv").write_text(
        "subject_id,hadm_id,admittime,dischtime,discharge_location\n7,70,2150-01-01 10:00:00,,HOME\n"
    )
    (event,) = of_table(list(read_tables(folder, MIMIC)), "admissions")[0].events
    assert (event.end_time, event.version, event.attribute("discharge_location")) == (None, 1, None)


@pytest.mark.parametrize(
    ("event_txt", "status"),
    [
        ("Administered", EventStatus.FINAL),
        ("Delayed Administered", EventStatus.FINAL),
        ("Removed Existing / Applied New", EventStatus.FINAL),
        ("", EventStatus.FINAL),
        ("Not Given", EventStatus.CANCELLED),
        ("not given", EventStatus.CANCELLED),
        ("Delayed Not Confirmed", EventStatus.CANCELLED),
        ("Not Given per Sliding Scale in Other Location", EventStatus.CANCELLED),
        ("Hold Dose", EventStatus.CANCELLED),
        ("Refused", EventStatus.CANCELLED),
        ("Infusion Reconciliation Not Done", EventStatus.CANCELLED),
        ("Delayed ", EventStatus.CANCELLED),
    ],
)
def test_a_drug_that_was_not_given_is_cancelled(folder: Path, event_txt: str, status: EventStatus) -> None:
    (folder / "hosp/emar.csv").write_text(
        f"subject_id,emar_id,charttime,medication,event_txt\n7,7-1,2150-01-01 12:00:00,Aspirin,{event_txt}\n"
    )
    (event,) = of_table(list(read_tables(folder, MIMIC)), "emar")[0].events
    assert (event.status, event.name) == (status, "Aspirin")


def test_the_year_of_birth_is_computed(records: list[CanonicalRecord]) -> None:
    (event,) = of_table(records, "patients")[0].events
    assert (event.kind, event.attribute("birth_year")) == (EventKind.PATIENT, "2089")


def test_tables_without_events_say_so_and_unmapped_ones_are_named(folder: Path, records: list[CanonicalRecord]) -> None:
    assert of_table(records, "poe")[0].without_events_reason.startswith("poe: ")
    assert [path.name for path in find_tables(folder, MIMIC).unmapped] == ["provider.csv"]


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no table of mimic-iv"):
        find_tables(tmp_path, MIMIC)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("kind: PATIENT", "unknown word"),
        ("events: [{kind: LABORATORY, key: a, attributes: {colour: b}}]", "t: a LABORATORY has no attribute colour"),
        ("events: [{kind: NOTHING, key: a}]", "t: NOTHING is no kind"),
        ("events: [{kind: VITAL}]", "t lacks the word key"),
        ("events: {kind: VITAL}", "t: events needs a list"),
        ("events: [VITAL]", "t needs words"),
        ("events: [{kind: VITAL, key: a, time: {of: b, plus: {weeks: 1}}}]", "t, time: plus needs {days"),
        ("events: [{kind: VITAL, key: a, time: {of: b, pluss: 1}}]", "t, time: pluss is no word"),
        ("events: [{kind: VITAL, key: a, time: {plus: {days: 1}}}]", "t, time: .* needs `of`"),
        ("events: [{kind: VITAL, key: a, text: {of: b, pattern: '('}}]", "t, text: pattern"),
        ("events: [{kind: VITAL, key: a, text: {of: b, words: c}}]", "t, text: words needs"),
        ("events: [{kind: VITAL, key: a, when: [{of: b, is: '/(/'}]}]", "t, when: is"),
        ("events: [{kind: VITAL, key: a, display: '{b'}]", "t, display: .* no template"),
        ("events: [{kind: VITAL, key: a, reference_range: low}]", "t: reference_range needs"),
        ("events: [{kind: VITAL, key: a, each: {b: {kind: VITAL}}}]", "t, each b has the unknown word kind"),
        ("events: [{kind: VITAL, key: a, codings: [{code: b}]}]", "t, codings lacks the word system"),
        ("events: [{kind: ENCOUNTER, key: a, versions: [{end_time: b}]}]", "t, versions lacks the word available_time"),
        ("events: [{kind: VITAL, key: a, display: d.name}]", "t: d.name is of a dictionary"),
        ("join: {nowhere: a}\n    without_events: x", "t joins the unknown dictionary nowhere"),
        ("file: a", "t needs either events"),
    ],
)
def test_a_wrong_mapping_file_says_what_is_wrong(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(f"format: f\nsystem: s\npatient: {{system: p, value: id}}\ntables:\n  t:\n    {change}\n")
    with pytest.raises(InvalidRequest, match=message):
        load_mapping(path)


def test_a_mapping_file_that_is_none_says_so(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    for text, message in {
        "": "the file needs words",
        "format: f": "lacks the word patient",
        "a: [": "wrong.yaml",
    }.items():
        path.write_text(text)
        with pytest.raises(InvalidRequest, match=message):
            load_mapping(path)
    with pytest.raises(InvalidRequest, match="No such file"):
        load_mapping(tmp_path / "nowhere.yaml")


def test_expressions() -> None:
    row = Row({"a": " 1 ", "b": "", "y": "2150", "z": "61"}, {"d": {"c": "x"}})
    read = {source: compile_expression(source)(row) for source in ("a", "b", "{a}/{d.c}", "{a}{b}", "=a", "{y - z}")}
    assert read == {"a": "1", "b": "", "{a}/{d.c}": "1/x", "{a}{b}": "", "=a": "a", "{y - z}": "2089"}
    assert compile_expression(["b", "{a}{b}", "d.c"])(row) == "x"


def test_rows_become_messages_keyed_by_patient(folder: Path, records: list[CanonicalRecord]) -> None:
    messages = list(read_messages([folder], SourceFormat.MIMIC_IV))
    assert len(messages) == len(records)
    assert {message.patient.rpartition("|")[2] for message in messages} == {"7", ""}
    assert left_out([folder], SourceFormat.MIMIC_IV) == ["provider.csv: no mapping names it"]


@pytest.mark.parametrize("name", ["ehrsql-2024/db", "mimic-iv-demo-2.2"])
def test_open_tables_are_read_whole(name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the open records {name} are not at hand")
    unreadable = [r.unreadable_reason for r in read_tables(SHARED / name, MIMIC) if r.unreadable_reason]
    assert unreadable == []
