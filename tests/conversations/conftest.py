from collections.abc import Iterator
from pathlib import Path

import pytest
from script_records import Records

from chartline.sources.files import SourceFormat, fhir_messages, read_messages
from chartline.sources.hospital import build_hospital, encode

_OPEN_DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "synthea-r4-smart" / "full"


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    messages = (message for resource in build_hospital() for message in fhir_messages(encode(resource)))
    records = Records(messages, tmp_path_factory.mktemp("hospital"))
    yield records
    records.database.close()


@pytest.fixture(scope="session")
def synthea(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    if not _OPEN_DATA.is_dir():
        pytest.skip("the open data folder with Synthea's patients is not there")
    records = Records(read_messages([_OPEN_DATA], SourceFormat.FHIR), tmp_path_factory.mktemp("synthea"))
    yield records
    records.database.close()
