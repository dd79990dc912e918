"""Training reads only data that is what its card says, and of which no patient is in two splits."""

import json
import shutil
from pathlib import Path

import pytest

from chartline.errors import InvalidRequest
from chartline.learning.generation.folders import CARD, EXAMPLES, file_hashes
from chartline.learning.generation.held_out import split_of
from chartline.learning.training.examples import read_examples


@pytest.fixture
def folder(example_folder: Path, tmp_path: Path) -> Path:
    """One that a test may change."""
    return Path(shutil.copytree(example_folder, tmp_path / "copy"))


def rows_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / EXAMPLES).read_text().splitlines()]


def write(folder: Path, rows: list[dict[str, object]]) -> None:
    """Rows, and a card that names them."""
    (folder / EXAMPLES).write_text("".join(json.dumps(row) + "\n" for row in rows))
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "files": file_hashes(folder)}))


def test_training_never_sees_the_patients_of_the_test_split(folder: Path) -> None:
    read = read_examples(folder)
    patients = {row.patient for row in read.rows} | set(read.charts())
    assert {split_of(patient) for patient in patients} == {"train", "valid"}


def test_a_patient_in_two_splits_is_an_error(folder: Path) -> None:
    rows = rows_of(folder)
    patient = next(str(row["patient"]) for row in rows if row["split"] == "train")
    view = f"{patient.partition('#')[0]}#99"
    write(folder, [*rows, {**rows[0], "patient": view, "split": "valid"}])
    with pytest.raises(InvalidRequest, match="is in train and in valid"):
        read_examples(folder)


def test_data_that_was_changed_is_not_what_its_card_names(folder: Path) -> None:
    before = read_examples(folder).sha256
    lines = (folder / EXAMPLES).read_text()
    (folder / EXAMPLES).write_text(lines.replace("last", "first", 1))
    with pytest.raises(InvalidRequest, match=r"examples\.jsonl is not what card\.json names"):
        read_examples(folder)
    write(folder, rows_of(folder))
    assert read_examples(folder).sha256 != before


def test_a_missing_column_is_named(folder: Path) -> None:
    write(folder, [{name: value for name, value in row.items() if name != "answer"} for row in rows_of(folder)])
    with pytest.raises(InvalidRequest, match="answer"):
        read_examples(folder)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="holds no generated examples"):
        read_examples(tmp_path)
