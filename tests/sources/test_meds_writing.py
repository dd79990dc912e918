"""What is exported as MEDS is valid MEDS, and reading it gives the same events."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from meds import CodeMetadataSchema, DataSchema, DatasetMetadataSchema, SubjectSplitSchema

from chartline.commands.export import export_meds
from chartline.errors import InvalidRequest
from chartline.record.event import Attribute, Coding, Event, EventStatus, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant, parse_instant
from chartline.rpc.messages import event_to_message
from chartline.sources.meds.exported import SCHEMA, event_of, event_rows, meds_code
from chartline.sources.meds.reading import read_meds
from chartline.sources.meds.writing import MedsWriter, split_of, subject_ids
from chartline.v1 import event_pb2
from chartline.v1.record_service_pb2 import ListEventsRequest, PatientSummary

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
PATIENT = "http://hospital/mrn|7"


def event(kind: EventKind, key: str, time: str = "", **more: object) -> Event:
    instant = parse_instant(time) if time else None
    made = Event(PATIENT, kind, Source("fhir", "hospital", key), key, time=instant, available_time=instant)
    return replace(made, **more)  # type: ignore[arg-type]


CHART = [
    event(
        EventKind.PATIENT,
        "p",
        attributes=(Attribute("gender", "female"), Attribute("birth_date", "1960-05")),
        version=3,
    ),
    event(
        EventKind.ENCOUNTER,
        "Encounter/1",
        "2020-01-01T10:00:00+01:00",
        end_time=parse_instant("2020-01-03"),
        attributes=(Attribute("admission_type", "urgent"), Attribute("discharge_location", "home")),
    ),
    event(
        EventKind.LABORATORY,
        "Observation/1",
        "2020-01-01T12:00:00.250000+01:00",
        encounter="Encounter/1",
        display="Creatinine",
        codings=(Coding("http://loinc.org", "2160-0", "Creatinine"), Coding("http://local", "KREA", "Krea")),
        quantity=Quantity("1.10", "mg/dL"),
        interpretation="H",
        status=EventStatus.PRELIMINARY,
    ),
    event(EventKind.LABORATORY, "Observation/2", "2020", quantity=Quantity("0.02", "ng/mL", "<"), display="Troponin"),
    event(
        EventKind.MEDICATION_ADMINISTRATION,
        "m",
        "2020-01-01T13:00Z",
        display="Aspirin",
        status=EventStatus.CANCELLED,
        attributes=(Attribute("strength", Quantity("100", "mg")), Attribute("reason", parse_instant("2020-01-01"))),
        code_reference="Medication/1",
    ),
    event(EventKind.NOTE, "n", "2020-01-02", text_value="Line one.\nLine two."),
]


class FakeClient:
    """What `export_meds` needs of a client."""

    tenant = "ward"

    def __init__(self, charts: dict[str, list[Event]]) -> None:
        self.charts = charts

    def patients(self) -> list[PatientSummary]:
        return [PatientSummary(patient=patient) for patient in self.charts]

    def events(self, request: ListEventsRequest) -> list[event_pb2.Event]:
        return [event_to_message(event) for event in self.charts[request.patient]]


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    charts = {PATIENT: CHART}
    for name in ("Patient/abc", "Patient/def", "Patient/8", "http://other|8"):
        charts[name] = [replace(e, patient=name, natural_key=f"{name}/{e.natural_key}") for e in CHART[::-1]]
    report = export_meds(FakeClient(charts), tmp_path / "out")  # type: ignore[arg-type]
    assert report == {"subjects": 5, "rows": 5 * (len(CHART) + 3)}
    return tmp_path / "out"


def test_every_file_is_valid_meds(exported: Path) -> None:
    shards = sorted((exported / "data").rglob("*.parquet"))
    subjects: list[int] = []
    for shard in shards:
        table = pq.read_table(shard)
        DataSchema.validate(table)
        rows = table.to_pylist()
        order = [row["subject_id"] for row in rows]
        subjects += dict.fromkeys(order)
        assert order == [s for s in dict.fromkeys(order) for _ in range(order.count(s))]  # contiguous
        for subject in dict.fromkeys(order):
            times = [row["time"] for row in rows if row["subject_id"] == subject]
            known = [time for time in times if time is not None]
            assert times == [None] * (len(times) - len(known)) + sorted(known)
    assert len(subjects) == len(set(subjects)) == 5
    codes = pq.read_table(exported / "metadata" / "codes.parquet")
    CodeMetadataSchema.validate(codes)
    assert {c for s in shards for c in pq.read_table(s)["code"].to_pylist()} == set(codes["code"].to_pylist())
    splits = pq.read_table(exported / "metadata" / "subject_splits.parquet")
    SubjectSplitSchema.validate(splits)
    assert sorted(splits["subject_id"].to_pylist()) == sorted(subjects)
    card = json.loads((exported / "metadata" / "dataset.json").read_text())
    DatasetMetadataSchema.validate(card)
    extra = [name for word, names in card.items() if word.endswith("_columns") for name in names]
    assert sorted(extra) == sorted(name for name in SCHEMA.names if name not in DataSchema.columns())


def test_reading_it_back_gives_the_same_events(exported: Path) -> None:
    records = list(read_meds(exported))
    events = [event for record in records for event in record.events]
    assert {e for e in events if e.patient == PATIENT} == set(CHART)
    assert len(events) == 5 * len(CHART)
    assert sum(bool(r.without_events_reason) for r in records) == 5 * 3


def test_meds_tools_find_what_they_look_for(exported: Path) -> None:
    rows = [row for s in (exported / "data").rglob("*.parquet") for row in pq.read_table(s).to_pylist()]
    seven = [(str(row["time"]), row["code"], row["numeric_value"]) for row in rows if row["subject_id"] == 7]
    assert seven == [
        ("None", "GENDER//female", None),
        ("None", "PATIENT", None),
        ("1960-05-01 00:00:00", "MEDS_BIRTH", None),
        ("2020-01-01 00:00:00", "LABORATORY//Troponin", None),
        ("2020-01-01 10:00:00", "HOSPITAL_ADMISSION//urgent//UNK", None),
        ("2020-01-01 12:00:00.250000", "LOINC/2160-0", pytest.approx(1.1)),
        ("2020-01-01 13:00:00", "MEDICATION_ADMINISTRATION//Aspirin", None),
        ("2020-01-02 00:00:00", "NOTE", None),
        ("2020-01-03 00:00:00", "HOSPITAL_DISCHARGE//home", None),
    ]


def test_subjects_keep_their_numbers_where_they_are_one() -> None:
    ids = subject_ids(["Patient/8", "http://other|8", "Patient/9", "Patient/09", "Patient/x", "Patient/" + "9" * 30])
    assert ids["Patient/9"] == 9
    assert len(set(ids.values())) == 6
    assert all(0 <= number < 2**63 for number in ids.values())
    assert ids["Patient/8"] not in (8, 9)


def test_the_order_of_events_changes_no_file(tmp_path: Path) -> None:
    for name, events in {"a": CHART, "b": CHART[::-1]}.items():
        with MedsWriter(tmp_path / name, "ward", {PATIENT: 7}, NOW) as writer:
            writer.add(PATIENT, events)
    files = sorted(file.relative_to(tmp_path / "a") for file in (tmp_path / "a").rglob("*") if file.is_file())
    assert len(files) == 4
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidRequest, match="not empty"):
        MedsWriter(tmp_path, "ward", {}, NOW)


def test_a_torn_row_is_unreadable_and_says_so(exported: Path) -> None:
    shard = next((exported / "data").rglob("*.parquet"))
    table = pq.read_table(shard)
    kinds = pa.array(["NOTHING"] * table.num_rows)
    pq.write_table(table.set_column(table.schema.get_field_index("kind"), "kind", kinds), shard)
    reasons = {record.unreadable_reason for record in read_meds(exported)}
    assert "meds: not a row as `chartline export` writes it" in reasons


def test_a_code_of_meds_stays_what_it_was() -> None:
    own = event(EventKind.LABORATORY, "1", codings=(Coding("http://loinc.org", "1"), Coding("urn:meds:code", "LAB//1")))
    assert meds_code(own) == "LAB//1"


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
INSTANTS = st.builds(
    Instant,
    st.integers(-(10**15), 4 * 10**15),
    st.none() | st.integers(-14 * 60, 14 * 60),
    st.sampled_from(TimePrecision),
).map(lambda instant: parse_instant(format_instant(instant)))
QUANTITIES = st.builds(
    Quantity, st.decimals(allow_nan=False, allow_infinity=False).map(str), TEXTS, st.sampled_from(["", "<", ">="])
)
EVENTS = st.builds(
    Event,
    patient=TEXTS,
    kind=st.sampled_from(EventKind),
    source=st.builds(Source, TEXTS, TEXTS, TEXTS),
    natural_key=TEXTS,
    encounter=TEXTS,
    codings=st.lists(st.builds(Coding, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
    display=TEXTS,
    time=st.none() | INSTANTS,
    end_time=st.none() | INSTANTS,
    available_time=st.none() | INSTANTS,
    quantity=st.none() | QUANTITIES,
    text_value=TEXTS,
    interpretation=TEXTS,
    status=st.sampled_from(EventStatus),
    version=st.none() | st.integers(0, 2**62),
    attributes=st.lists(st.builds(Attribute, TEXTS, TEXTS | QUANTITIES | INSTANTS), max_size=3).map(tuple),
    code_reference=TEXTS,
)


@given(EVENTS)
def test_any_event_comes_back_exactly(event: Event) -> None:
    table = pa.Table.from_pylist(list(event_rows(event, 1)), SCHEMA)
    own, *derived = table.to_pylist()
    assert event_of(own) == event
    assert all(row["derived"] for row in derived)


def test_splits_are_of_ten_by_who_the_patient_is() -> None:
    splits = [split_of(f"Patient/{number}") for number in range(1000)]
    assert 700 < splits.count("train") < 900
    assert 50 < splits.count("held_out") < 150
