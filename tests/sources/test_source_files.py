"""Files in every packing become one message a record; nothing is left out in silence."""

import gzip
import json
import lzma
from pathlib import Path

import pytest
from google.protobuf import json_format

from chartline.errors import InvalidRequest
from chartline.sources.files import SourceFormat, read_messages
from chartline.v1.event_pb2 import CanonicalRecord, Event

PATIENT = {"resourceType": "Patient", "id": "p"}
WEIGHT = {"resourceType": "Observation", "id": "w", "subject": {"reference": "Patient/p"}}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {"resource": PATIENT, "request": {"method": "PUT"}},
        {"resource": WEIGHT, "request": {"method": "PUT"}},
        {"request": {"method": "DELETE", "url": "Observation/x"}},
    ],
}


def messages(path: Path, source_format: str) -> list[tuple[str, str, object]]:
    found = read_messages([path], SourceFormat(source_format))
    return [(m.format, m.patient, json.loads(m.payload) if m.format == "fhir" else m.payload) for m in found]


def test_each_resource_of_a_bundle_is_a_record(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text(json.dumps(BUNDLE))
    first, second, third = messages(tmp_path, "fhir")
    assert first == ("fhir", "Patient/p", PATIENT)
    assert second == ("fhir", "Patient/p", WEIGHT)
    deletion = third[2]
    assert isinstance(deletion, dict)
    assert deletion["entry"][0]["request"]["method"] == "DELETE"


@pytest.mark.parametrize("packed", ["", ".gz", ".xz"])
def test_lines_are_read_in_every_packing(tmp_path: Path, packed: str) -> None:
    pack = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}[packed]
    lines = f"{json.dumps(PATIENT)}\n\n{json.dumps(WEIGHT)}\n"
    (tmp_path / f"all.ndjson{packed}").write_bytes(pack(lines.encode()))
    assert [patient for _, patient, _ in messages(tmp_path, "fhir-ndjson")] == ["Patient/p", "Patient/p"]


def test_a_malformed_record_is_sent_for_ingest_to_judge(tmp_path: Path) -> None:
    (tmp_path / "torn.ndjson").write_text('{"resourceType": "Pat\n')
    (message,) = read_messages([tmp_path], SourceFormat.FHIR_NDJSON)
    assert message.payload == b'{"resourceType": "Pat\n'
    assert message.patient == ""


def test_canonical_records_come_as_protobuf_json(tmp_path: Path) -> None:
    record = CanonicalRecord(record_id="1", events=[Event(patient="Patient/p", natural_key="1")])
    line = json_format.MessageToJson(record, indent=None)
    secret = json.dumps({"events": [{"patient": "Patient/p", "status": "Jane Doe"}]})
    (tmp_path / "events.ndjson").write_text(f"{line}\n{secret}\n")
    first, second = messages(tmp_path, "events")
    assert first == ("events", "Patient/p", record.SerializeToString())
    assert isinstance(second[2], bytes)
    assert CanonicalRecord.FromString(second[2]).unreadable_reason == "not JSON of a CanonicalRecord"


def test_a_path_without_anything_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="There is no"):
        list(read_messages([tmp_path / "nowhere"], SourceFormat.FHIR))
    with pytest.raises(InvalidRequest, match="No file that ends with"):
        list(read_messages([tmp_path], SourceFormat.FHIR))
