"""From files to labels, to a model: the commands as a user gives them, on a hospital that is made up."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from chartline.cli import app
from chartline.errors import InvalidRequest
from chartline.sources.hospital import build_hospital, write_ndjson

#: Asked twice a day, so that few patients give many labels.
TASK = """
name: long_stay
question: Does the stay last longer than a week?
trigger: hospital_stay
prediction_time: {from: start, after: 12 h, every: 12 h}
target: {lasts: 7 d}
"""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    write_ndjson(build_hospital(seed=1, patients=40), folder)
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


def test_records_become_a_model_and_the_model_predictions(hospital: Path, tmp_path: Path) -> None:
    labels, folder, told = tmp_path / "labels.parquet", tmp_path / "model", tmp_path / "told.parquet"
    task = tmp_path / "task.yaml"
    task.write_text(TASK)
    run("train", "labels", hospital, "--task", task, "--out", labels)
    run(
        "train", "outcomes", hospital, "--task", task, "--labels", labels, "--model", "counts-logistic", "--out", folder
    )
    said = run("evaluate", "predictions", folder, hospital, "--labels", labels, "--out", told)
    rows, numbers = pq.read_table(labels).num_rows, pq.read_table(told)["predicted_boolean_probability"].to_pylist()
    assert len(numbers) == rows
    assert f"{sum(number is not None for number in numbers)} predicted" in said
    assert sum(number is not None for number in numbers) > rows / 2


def test_models_are_measured_and_the_page_is_written(hospital: Path, tmp_path: Path) -> None:
    page, task = tmp_path / "results" / "outcomes.md", tmp_path / "task.yaml"
    task.write_text(TASK)
    page.parent.mkdir()
    run("evaluate", "outcomes", hospital, "--task", task, "--rotations", 1, "--out", page, "--predictions", tmp_path)
    assert "## long_stay" in page.read_text()
    assert (page.parent / "outcomes" / "long_stay.svg").exists() == ("long_stay.svg" in page.read_text())
    assert pq.read_table(tmp_path / "counts-lightgbm" / "long_stay.parquet").num_rows > 0


def test_what_is_wrong_is_one_clear_line(hospital: Path, tmp_path: Path) -> None:
    for arguments, word in (
        (("--task", "mortality"), "readmission_30d"),
        (("--task", "readmission_30d", "--model", "oracle"), "counts-lightgbm"),
    ):
        with pytest.raises(InvalidRequest, match=word):
            run("train", "outcomes", hospital, *arguments, "--out", tmp_path / "model")
