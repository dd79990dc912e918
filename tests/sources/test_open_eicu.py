"""eICU's tables: all of the open demo, and a stay made for it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from chartline.record.chart import Chart
from chartline.record.event import CanonicalRecord, Event, EventStatus, Quantity
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.times import DAY, MINUTE, format_instant
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import count_rows, read_tables
from chartline.sources.tables.table_files import find_tables

DEMO = Path(__file__).parents[3] / "shared" / "data" / "eicu-demo-2.0"
EICU = load_mapping(MAPPINGS / "eicu.yaml")

PATIENT = (
    "patientunitstayid,patienthealthsystemstayid,gender,age,ethnicity,hospitaladmitoffset,hospitaladmitsource,"
    "hospitaldischargeyear,hospitaldischargetime24,hospitaldischargeoffset,hospitaldischargelocation,"
    "hospitaldischargestatus,unittype,admissionheight,admissionweight,dischargeweight,unitdischargeoffset,uniquepid,"
    "hospitalid\n"
    "11,366,Female,> 89,Caucasian,-60,Floor,2014,10:00:00,2880,Home,Alive,MICU,160,60.5,,1440,p-1,73\n"
    "12,366,Female,> 89,Caucasian,-1500,Floor,2014,10:00:00,1440,Home,Alive,SICU,160,0,,600,p-1,73\n"
)
TABLES = {
    "patient": PATIENT,
    "lab": (
        "labid,patientunitstayid,labresultoffset,labtypeid,labname,labresult,labresulttext,"
        "labmeasurenamesystem,labmeasurenameinterface,labresultrevisedoffset\n"
        "1,11,30,1,troponin - I,,<0.02,ng/mL,ng/ml,20\n"
    ),
    "medication": (
        "medicationid,patientunitstayid,drugorderoffset,drugstartoffset,drugordercancelled,drugname,drughiclseqno,"
        "dosage,routeadmin,frequency,drugstopoffset\n"
        "1,11,5,10,No,ASPIRIN,1820,81 MG,PO,Daily,0\n"
        "2,11,5,10,Yes,,1820,81 3,PO,Daily,70\n"
        "3,11,5,10,No,ASPIRIN 300 MG RECT SUPP,1820,1-2 TAB,PR,Once,70\n"
        "4,11,5,10,No,,,,PR,Once,70\n"
        "5,11,5,10,Yes,HEPARIN,2810,,IV,Once,0\n"
        "6,11,5,10,Yes,WARFARIN,2812,,PO,Daily,9000\n"
    ),
    "diagnosis": (
        "diagnosisid,patientunitstayid,diagnosisoffset,diagnosisstring,icd9code,diagnosispriority\n"
        '1,11,5,renal|disorder of kidney|acute renal failure|due to hypovolemia,"584.9, N17.9",Primary\n'
        "2,11,5,surgery|other,V45.1,Other\n"
    ),
}


def read(folder: Path) -> list[CanonicalRecord]:
    return list(read_tables(folder, EICU))


@pytest.fixture
def events(tmp_path: Path) -> list[Event]:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return [event for record in read(tmp_path) for event in record.events]


def of_kind(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


def test_offsets_become_times_of_one_hospital_stay(events: list[Event]) -> None:
    """The discharge is on the day that the stay's number gives, at the clock time that is told."""
    admitted, discharged, again, *_ = of_kind(events, EventKind.ENCOUNTER)
    assert format_instant(discharged.end_time) == "2014-01-02T10:00:00"  # type: ignore[arg-type]
    assert format_instant(admitted.time) == "2013-12-31T09:00:00"  # type: ignore[arg-type]
    assert again == admitted
    assert admitted.attribute("hospital") == "73"
    first, _, second, _ = of_kind(events, EventKind.ICU_STAY)
    assert format_instant(first.time) == "2013-12-31T10:00:00"  # type: ignore[arg-type]
    assert format_instant(second.time) == "2014-01-01T10:00:00"  # type: ignore[arg-type]


def test_an_age_above_89_is_at_least_90(events: list[Event]) -> None:
    assert {e.attribute("birth_year") for e in of_kind(events, EventKind.PATIENT)} == {"1924"}
    assert {e.attribute("age") for e in of_kind(events, EventKind.ENCOUNTER)} == {"> 89"}
    assert [(e.name, e.quantity) for e in of_kind(events, EventKind.VITAL)] == [
        ("height", Quantity("160", "cm")),
        ("weight", Quantity("60.5", "kg")),
        ("height", Quantity("160", "cm")),
    ]


def test_a_lab_keeps_its_comparator_and_is_not_known_before_it_is_drawn(events: list[Event]) -> None:
    (lab,) = of_kind(events, EventKind.LABORATORY)
    assert (lab.quantity, lab.available_time) == (Quantity("0.02", "ng/mL", "<"), lab.time)


def test_drugs_have_names_and_doses_only_where_the_unit_is_told(events: list[Event]) -> None:
    drugs = [e for e in of_kind(events, EventKind.MEDICATION_REQUEST) if e.version == 1][:3]
    assert [(e.name, e.quantity, e.text_value) for e in drugs] == [
        ("ASPIRIN", Quantity("81", "MG"), ""),
        ("ASPIRIN", None, "81 3"),
        ("ASPIRIN 300 MG RECT SUPP", None, "1-2 TAB"),
    ]
    assert [e.end_time is None for e in drugs] == [True, False, False]


def test_an_order_stands_until_it_is_cancelled(events: list[Event]) -> None:
    """By its end; without one, or with one after it, by the discharge from hospital at minute 2880."""
    orders = [with_event_key("t", event) for event in of_kind(events, EventKind.MEDICATION_REQUEST)]
    admitted = of_kind(events, EventKind.ICU_STAY)[0].time
    assert admitted is not None

    def cancelled(minute: int) -> list[str]:
        now = replace(admitted, unix_micros=admitted.unix_micros + minute * MINUTE)
        chart = Chart.build(orders, as_of=now)
        return sorted(e.natural_key.split("/")[1][0] for e in chart.events if e.status is EventStatus.CANCELLED)

    assert [cancelled(minute) for minute in (5, 69, 70, 2879, 2880)] == [[], [], ["2"], ["2"], ["2", "5", "6"]]
    assert len(Chart.build(orders).events) == 5


def test_a_diagnosis_has_its_name_without_the_organ_and_both_codes(events: list[Event]) -> None:
    renal, other = of_kind(events, EventKind.CONDITION)
    assert renal.name == "acute renal failure, due to hypovolemia"
    assert [c.code for c in renal.codings] == ["584.9", "N17.9"]
    assert [(c.system.rpartition("/")[2], c.code) for c in other.codings] == [("icd-9-cm", "V45.1")]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_open_demo_is_read_whole() -> None:
    if not DEMO.is_dir():
        pytest.skip("the open records eicu-demo-2.0 are not at hand")
    outcomes: Counter[str] = Counter()
    stays: dict[str, Event] = {}
    charted: list[tuple[str, int]] = []
    for record in read_tables(DEMO, EICU):
        table = record.record_id.partition("/")[0]
        assert not record.unreadable_reason
        assert bool(record.events) != bool(record.without_events_reason)
        outcomes[table] += 1
        for event in record.events:
            assert event.name or event.kind is EventKind.PATIENT
            if event.kind is EventKind.ICU_STAY:
                stays[event.natural_key.split("/")[1].split("#")[0]] = event
            elif event.kind is not EventKind.ENCOUNTER and event.encounter and event.time:
                charted.append((event.encounter, event.time.unix_micros))
            elif event.kind is EventKind.PATIENT and (born := event.attribute("birth_year")):
                assert 1910 < int(str(born)) < 2016
    assert outcomes == count_rows(DEMO, EICU)
    assert find_tables(DEMO, EICU).unmapped == ()
    assert len(stays) == 1701
    far = sum(not _near(stays[stay], micros) for stay, micros in charted)
    assert far / len(charted) < 0.01  # labs and orders of the weeks before and after


def _near(stay: Event, micros: int) -> bool:
    assert stay.time is not None
    assert stay.end_time is not None
    return stay.time.unix_micros - 7 * DAY <= micros <= stay.end_time.unix_micros + 7 * DAY


def test_what_was_charted_in_error_is_no_drug_given(tmp_path: Path) -> None:
    (tmp_path / "patient.csv").write_text(PATIENT)
    (tmp_path / "infusionDrug.csv").write_text(
        "infusiondrugid,patientunitstayid,infusionoffset,drugname,drugrate,infusionrate,drugamount,volumeoffluid\n"
        "1,11,5,Norepinephrine (mcg/min),ERROR,,,\n"
        "2,11,5,Norepinephrine (mcg/min),0,0,4,250\n"
    )
    wrong, stopped = (r.events[0] for r in read(tmp_path) if r.record_id.startswith("infusiondrug"))
    assert (wrong.name, wrong.status, wrong.quantity) == ("Norepinephrine", EventStatus.ENTERED_IN_ERROR, None)
    assert (stopped.status, stopped.quantity) == (EventStatus.FINAL, Quantity("0", "mcg/min"))
    assert stopped.attribute("strength") == "4 in 250 mL"
