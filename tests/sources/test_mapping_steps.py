"""Every word of `{of: column, word: ...}`, and of a table, on rows made for it."""

import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartline.errors import InvalidRequest
from chartline.record.event import CanonicalRecord, Event, EventStatus, Quantity
from chartline.record.times import format_instant
from chartline.sources.tables.expressions import Row, compile_expression
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import read_tables
from chartline.sources.tables.steps import UnreadableRow

ROW = Row({"a": "40 MG", "b": "", "event": "Not Given", "age": "> 89", "time": "2014-03-01T17:05", "n": "12"})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"of": "a", "pattern": r"^([\d.]+)"}, "40"),
        ({"of": "a", "pattern": "[A-Z]+"}, "MG"),
        ({"of": "a", "pattern": "ml"}, ""),
        ({"of": "A", "is": ["40 mg", "x"]}, "40 MG"),
        ({"of": "a", "is": "40"}, ""),
        ({"of": "a", "is": r"/\d+ mg/"}, "40 MG"),
        ({"of": "a", "is": r"/\d+/"}, ""),
        ({"of": "a", "is_not": "x"}, "40 MG"),
        ({"of": "a", "is_not": "/.*mg/"}, ""),
        ({"of": "b", "is_not": "x"}, "true"),
        ({"of": "event", "words": {"/not .*/": "CANCELLED"}}, "CANCELLED"),
        ({"of": "a", "words": {"/not .*/": "CANCELLED"}}, ""),
        ([{"of": "age", "words": {"> 89": "90"}}, "age"], "90"),
        ({"of": "a", "replace": {" ": "_", "MG": "mg"}}, "40_mg"),
        ({"of": "=31.12.2014 23:05", "format": "%d.%m.%Y %H:%M"}, "2014-12-31T23:05"),
        ({"of": "=20141231", "format": ["%d.%m.%Y", "%Y%m%d"]}, "2014-12-31"),
        ({"of": "=03/0999", "format": "%m/%Y"}, "0999-03"),
        ({"of": "=2014-12-31 230507 +0100", "format": "%Y-%m-%d %H%M%S %z"}, "2014-12-31T23:05:07+0100"),
        ({"of": "=nonsense", "format": "%Y"}, "nonsense"),
        ({"of": "time", "plus": {"minutes": "n"}}, "2014-03-01T17:17"),
        ({"of": "time", "plus": {"minutes": "-{n}"}}, "2014-03-01T16:53"),
        ({"of": "time", "minus": {"minutes": "-{n}"}}, "2014-03-01T17:17"),
        ({"of": "time", "minus": {"days": "1", "hours": "2"}}, "2014-02-28T15:05"),
        ({"of": "=2014", "plus": {"days": "31"}}, "2014-02-01"),
        ({"of": "time", "plus": {"seconds": "0.5"}}, "2014-03-01T17:05:00"),
        ({"of": "time", "plus": {"minutes": "b"}}, ""),
        ({"of": "b", "plus": {"minutes": "n"}}, ""),
        ({"of": "n", "at_most": "10"}, "10"),
        ({"of": "n", "at_most": "13"}, "12"),
        ({"of": "n", "at_least": "13"}, "13"),
        ({"of": "n", "at_least": "b"}, "12"),
        ({"of": "n", "above": "11"}, "12"),
        ({"of": "n", "above": "12"}, ""),
        ({"of": "n", "below": "12"}, ""),
        ({"of": "a", "below": "12"}, "40 MG"),
        ({"of": "a", "pattern": r"\d+", "at_most": "39"}, "39"),
        ("{n % 5}", "2"),
        ("{n + 5}/{n - 5}", "17/7"),
        ("{a % 5}", ""),
        ("1440", "1440"),
    ],
)
def test_each_word_does_what_its_line_says(source: object, expected: str) -> None:
    assert compile_expression(source)(ROW) == expected


def test_an_offset_of_no_time_is_unreadable_and_tells_nothing() -> None:
    with pytest.raises(UnreadableRow, match="plus of what is no time or no number"):
        compile_expression({"of": "a", "plus": {"minutes": "n"}})(ROW)


@given(st.integers(-(10**7), 10**7))
def test_an_offset_and_back_is_where_it_began(minutes: int) -> None:
    there = {"of": "time", "plus": {"minutes": f"={minutes}"}}
    assert compile_expression({"of": there, "minus": {"minutes": f"={minutes}"}})(ROW) == ROW.cells["time"]


# --- tables ----------------------------------------------------------------------------------------------------------

STAYS = "stay,subject,started\n1,7,2014-03-01 10:00\n2,8,2014-03-02 10:00\n"
MAPPING = """
format: ward
system: ward
patient: {system: urn:ward, value: stay.subject}
dictionaries:
  stay:
    file: stays
    key: stay
    define: {first_day_over: {of: started, plus: {days: 1}}}
  names: {key: id}
join: {stay: stay}
tables:
  wide:
    missing: [-1, n/a]
    join: {other: {dictionary: names, key: name_id}}
    events:
      - kind: VITAL
        key: id
        encounter: stay
        time: {of: stay.started, plus: {minutes: offset}}
        available_time: stay.first_day_over
        status: {of: state, words: {void: ENTERED_IN_ERROR, odd: NO_STATUS}}
        each:
          heartrate: {display: =heart rate, unit: =/min}
          sao2: {display: other.name, unit: "=%", when: [{of: sao2, above: 0}]}
    without_events: "wide: nothing measured"
"""
WIDE = (
    "ID;Stay;Offset;HeartRate;SaO2;State;name_id\n"
    "1;1;-30;80;97;;9\n"
    "2;1;5;-1;0;;9\n"
    "3;2.0;5;n/a;98;void;9\n"
    "4;2;x;80;;;9\n"
    "5;3;5;80;;;9\n"
    "6;2;5;80;;odd;9\n"
    "7;2;5;80;;;9;rest\n"
)


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "Stays.CSV").write_text(STAYS)
    (tmp_path / "names.csv").write_text("id\tname\n9\toxygen saturation\n9\tzzz\n")
    (tmp_path / "wide.csv").write_text("\ufeff" + WIDE)
    return tmp_path


def read(ward: Path) -> list[CanonicalRecord]:
    return list(read_tables(ward, load_mapping(ward / "mapping.yaml")))


def test_a_wide_row_becomes_one_event_for_each_filled_column(ward: Path) -> None:
    first, second, third, *_ = read(ward)
    assert [(e.name, e.quantity, e.natural_key) for e in first.events] == [
        ("heart rate", Quantity("80", "/min"), "wide/1/heartrate#VITAL"),
        ("oxygen saturation", Quantity("97", "%"), "wide/1/sao2#VITAL"),
    ]
    assert {(e.patient, e.encounter) for e in first.events} == {("urn:ward|7", "1")}
    assert [times(e) for e in first.events] == [("2014-03-01T09:30", "2014-03-02T10:00")] * 2
    assert second.without_events_reason == "wide: nothing measured"
    assert [(e.name, e.status, e.patient) for e in third.events] == [
        ("oxygen saturation", EventStatus.ENTERED_IN_ERROR, "urn:ward|8")
    ]


def times(event: Event) -> tuple[str, ...]:
    return tuple(format_instant(t) for t in (event.time, event.available_time) if t is not None)


def test_what_cannot_be_read_says_why(ward: Path) -> None:
    assert [r.unreadable_reason for r in read(ward)[3:]] == [
        "wide: plus of what is no time or no number",
        "wide: no patient",
        "wide: status is no status",
        "wide: more cells than the header names",
    ]


@pytest.mark.parametrize(("ending", "compress"), [(".csv.gz", gzip.compress), (".csv.xz", lzma.compress)])
def test_packed_tables_read_the_same(ward: Path, ending: str, compress: Callable[[bytes], bytes]) -> None:
    plain = read(ward)
    (ward / f"wide{ending}").write_bytes(compress((ward / "wide.csv").read_bytes()))
    (ward / "wide.csv").unlink()
    assert read(ward) == plain
    whole = (ward / f"wide{ending}").read_bytes()
    (ward / f"wide{ending}").write_bytes(whole[:-10])
    with pytest.raises(InvalidRequest, match="is broken"):
        read(ward)


def test_parquet_reads_the_same(ward: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"ID": 1, "Stay": 1.0, "Offset": -30, "HeartRate": 80, "SaO2": 97, "State": None, "name_id": 9}]
    plain = read(ward)[0]
    (ward / "wide.csv").unlink()
    pq.write_table(pa.Table.from_pylist(rows), ward / "wide.parquet")
    (record,) = read(ward)
    assert [(e.name, e.quantity) for e in record.events] == [(e.name, e.quantity) for e in plain.events]


def test_the_order_of_rows_changes_no_event(ward: Path) -> None:
    plain = {event for record in read(ward) for event in record.events}
    for name in ("Stays.CSV", "wide.csv", "names.csv"):
        head, *lines = (ward / name).read_text().splitlines()
        random.Random(1).shuffle(lines)
        (ward / name).write_text("\n".join([head, *lines[::-1]]))
    assert {event for record in read(ward) for event in record.events} == plain


def test_a_byte_that_is_no_utf8_stays_visible(ward: Path) -> None:
    (ward / "names.csv").write_bytes(b"id,name\n9,caf\xe9\n")
    assert read(ward)[0].events[1].name == r"caf\xe9"


def test_every_word_of_a_mapping_file_is_explained() -> None:
    from chartline.sources.tables import mapping_events, steps

    page = (Path(__file__).parents[2] / "docs" / "mapping-files.md").read_text()
    words = mapping_events.WORDS | steps.WORDS | {"define", "missing", "without_events", "join", "dictionary", "file"}
    assert not [word for word in words if f"`{word}`" not in page and f"{word}:" not in page]
