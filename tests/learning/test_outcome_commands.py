"""From files to labels, to a model: the commands as a user gives them, on a hospital that is made up."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from chartline.cli import app
from chartline.sources.hospital import build_hospital, write_ndjson


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    write_ndjson(build_hospital(seed=1, patients=30), folder)
    return folder


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_records_become_labels(hospital: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.parquet"
    told = run("train", "labels", hospital, "--task", "length_of_stay_over_3d", "--out", file)
    table = pq.read_table(file)
    assert f"{table.num_rows} labels" in told
    assert table.num_rows > 10
    assert None not in table["boolean_value"].to_pylist()
