"""Files become patients without a cluster, parsed as ingest parses them."""

from pathlib import Path

import pytest

from chartline.errors import InvalidRequest
from chartline.local.records import parse_messages, read_patients
from chartline.record.kinds import EventKind
from chartline.sources.files import Message, SourceFormat, read_messages
from chartline.sources.hospital import build_hospital, write_ndjson
from services.ingest.parsers import parse


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    write_ndjson(build_hospital(seed=1, patients=4), folder)
    return folder


def test_each_message_becomes_what_ingest_makes_of_it(hospital: Path) -> None:
    messages = list(read_messages([hospital], SourceFormat.FHIR_NDJSON))
    messages += [Message("fhir", b"no json"), Message("unheard-of", b"")]
    assert list(parse_messages(messages)) == [parse(m.format, m.payload) for m in messages]


def test_a_hospital_becomes_its_patients(hospital: Path) -> None:
    told: list[int] = []
    patients = read_patients([hospital], SourceFormat.FHIR_NDJSON, told.append)
    assert len(patients) == 4
    assert told[-1] > 500
    for events in patients.values():
        drugs = [event for event in events if event.kind is EventKind.MEDICATION_REQUEST]
        assert drugs
        assert all(event.name and event.event_key for event in drugs)


def test_files_without_a_patient_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Location.ndjson").write_text('{"resourceType": "Organization", "id": "1"}\n')
    with pytest.raises(InvalidRequest, match="No patient"):
        read_patients([tmp_path], SourceFormat.FHIR_NDJSON, lambda _: None)
