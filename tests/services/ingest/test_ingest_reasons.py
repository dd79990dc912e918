"""All that the sources of tables say of records without events is known to ingest, or a new reason is found here."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chartline.record.event import CanonicalRecord
from chartline.rpc.messages import record_to_message
from chartline.sources import files
from chartline.sources.files import SourceFormat, fhir_messages, read_messages
from chartline.sources.meds.codes import RULES
from chartline.sources.meds.exported import SCHEMA, read_exported
from chartline.sources.tables.expressions import Row
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.rows import RowReader
from chartline.sources.tables.table_files import BEYOND
from services.ingest.parsers import parse

SOURCES = Path(files.__file__).parent
MAPPING = """
format: north
system: north
patient: {system: "urn:north", value: person}
tables:
  vital-signs:
    events:
      - kind: VITAL
        key: id
        when: [charted]
        display: =Pulse
        time: {of: at, plus: {minutes: offset}}
        end_time: until
        available_time: known
        status: status
"""
CELLS = {"person": "7", "id": "1", "charted": "y", "at": "2150-01-01 10:00:00", "offset": "5"}
ROWS = [{BEYOND: "x"}, {"person": ""}, {"id": ""}, {"offset": "x"}, {"until": "x"}, {"known": "x"}, {"status": "x"}]
ROWS += [{"charted": ""}]


@pytest.fixture
def rows(tmp_path):
    file = tmp_path / "north.yaml"
    file.write_text(MAPPING)
    mapping = load_mapping(file)
    reader = RowReader(mapping, mapping.tables[0])
    return [reader.record(Row(CELLS | cells), 1) for cells in ROWS]


@pytest.fixture
def exported(tmp_path):
    row = dict.fromkeys(SCHEMA.names) | {"subject_id": 7, "code": "X"}
    shard = tmp_path / "0.parquet"
    pq.write_table(pa.Table.from_pylist([row | {"derived": derived} for derived in (True, False)], SCHEMA), shard)
    return list(read_exported(shard))


@pytest.fixture
def lines(tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text("{")
    large = b'{"resourceType": "Patient", "id": "' + b"x" * (16 << 20) + b'"}'
    return [m.payload for m in (*read_messages([file], SourceFormat.EVENTS), *fhir_messages(large))]


def read(record):
    return parse("events", record_to_message(record).SerializeToString())


def test_why_a_row_or_a_line_is_unreadable_is_known(rows, exported, lines):
    said = [record.unreadable_reason for record in (*rows, *exported)]
    told = [read(record).unreadable_reason for record in (*rows, *exported)]
    assert told == said
    told += [parse("events", line).unreadable_reason for line in lines]
    assert "unreadable at its source" not in told
    for wording in wordings():
        assert any(re.search(wording, reason) for reason in told), f"nothing here is told that {wording}"


def wordings():
    """What the modules of the sources give as reasons, what they fill in left open."""
    given = re.compile(r'(?:UnreadableRow\(|unreadable_reason=|reason = )f?"([^"]+)"')
    code = "".join(file.read_text("utf-8") for file in SOURCES.rglob("*.py"))
    found = [re.sub(r"\\{[^}]*\}", ".+", re.escape(wording)) for wording in given.findall(code)]
    assert len(found) >= 8
    return found


def test_why_a_row_is_no_event_is_known(rows, exported):
    said = {record.without_events_reason for record in (*rows, *exported)} - {""}
    assert len(said) == 2
    said |= {table.without_events for file in MAPPINGS.glob("*.yaml") for table in load_mapping(file).tables} - {""}
    said |= {f"meds: {rule['without_events']}" for rule in RULES["rules"] if "without_events" in rule}
    said |= set(re.findall(r'without_events_reason="([^"]+)"', (SOURCES / "meds" / "reading.py").read_text("utf-8")))
    assert {read(CanonicalRecord("r", without_events_reason=reason)).without_events_reason for reason in said} == said
