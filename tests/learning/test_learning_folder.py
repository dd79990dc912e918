"""The folder: the same bytes for the same seed and source, the same rows in both forms, charts that can be read."""

import json
import random
from pathlib import Path

import pytest
from generation_parts import views
from typer.testing import CliRunner

from chartline import cli
from chartline.errors import InvalidRequest
from chartline.learning.generation.charts import generate_chart
from chartline.learning.generation.dataset import generate_dataset
from chartline.learning.generation.examples import RowWriter
from chartline.learning.generation.folders import FolderWriter, file_hashes, read_charts, read_rows
from chartline.learning.generation.held_out import SPLITS, split_of
from chartline.learning.generation.sources import read_records
from chartline.sources.hospital import build_hospital, write_ndjson

parquet = pytest.importorskip("pyarrow.parquet")
EXAMPLES = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    told: list[int] = []
    generate_dataset(folder, None, EXAMPLES, 3, told.append)
    assert told[-1] == EXAMPLES
    assert told == sorted(told)
    return folder


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    card = generate_dataset(tmp_path, None, EXAMPLES, 3, lambda _: None)
    assert card.files == file_hashes(folder)
    assert {f.name: f.read_bytes() for f in tmp_path.rglob("*.json*")} == {
        f.name: f.read_bytes() for f in folder.rglob("*.json*")
    }
    other = generate_dataset(tmp_path, None, EXAMPLES, 4, lambda _: None)
    assert other.files["examples.jsonl"] != card.files["examples.jsonl"]


def test_both_forms_hold_the_same_rows(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "examples.jsonl").read_text().splitlines()]
    assert parquet.read_table(folder / "examples.parquet").to_pylist() == lines
    assert [row.id for row in read_rows(folder)] == [line["id"] for line in lines]
    assert len(lines) == EXAMPLES


def test_every_row_has_its_chart_in_the_file_of_its_split(folder: Path) -> None:
    charts = {split: dict(read_charts(folder, (split,))) for split in SPLITS}
    for row in read_rows(folder):
        assert split_of(row.patient) == row.split
        assert {event.patient for event in charts[row.split][row.patient]} == {row.patient}


def test_charts_come_back_as_they_were(tmp_path: Path) -> None:
    with FolderWriter(tmp_path) as writer:
        for view in views():
            writer.add_chart(view)
    assert {view.name: view.chart.events for view in views()} == dict(read_charts(tmp_path))


def test_the_card_counts_what_there_is(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    assert sum(number for tasks in card["examples"].values() for number in tasks.values()) == EXAMPLES
    assert sum(card["families"].values()) == EXAMPLES
    assert sum(card["charts"].values()) == len(list(read_charts(folder)))
    assert card["seed"] == 3
    text = (folder / "DATA_CARD.md").read_text()
    assert card["source_sha256"] in text
    assert all(digest in text for digest in card["files"].values())


def test_a_source_is_named_and_hashed(tmp_path: Path) -> None:
    patients = {f"Patient/{number}": generate_chart(number, 80) for number in range(3)}
    first = generate_dataset(tmp_path / "1", read_records("clinic", patients), 40, 1, lambda _: None)
    patients["Patient/1"] = generate_chart(1, 90)
    second = generate_dataset(tmp_path / "2", read_records("clinic", patients), 120, 1, lambda _: None)
    assert first.source == second.source == "clinic"
    assert "licence" in first.terms
    assert first.source_sha256 != second.source_sha256


def test_a_source_without_enough_to_ask_about_is_refused(tmp_path: Path) -> None:
    patients = {"Patient/1": generate_chart(1, 80)[:3]}
    with pytest.raises(InvalidRequest, match="enough"):
        generate_dataset(tmp_path, read_records("clinic", patients), 10, 1, lambda _: None)


def test_rows_are_numbered_on() -> None:
    writer = RowWriter()
    ids = [row.id for view in views()[:2] for row in writer.rows(view, 3, random.Random(1))]
    assert ids == [f"{number:07}" for number in range(1, 7)]


def test_the_command_draws_on_records(tmp_path: Path) -> None:
    write_ndjson(build_hospital(seed=2, patients=3), tmp_path / "records")
    arguments = ["train", "generate", str(tmp_path / "records"), "--format", "fhir-ndjson"]
    done = CliRunner().invoke(cli.app, [*arguments, "--out", str(tmp_path / "data"), "--examples", "60"])
    assert done.exit_code == 0, done.output
    assert "60 examples" in done.output
    charts = dict(read_charts(tmp_path / "data"))
    assert {row.patient for row in read_rows(tmp_path / "data")} == charts.keys()
    assert json.loads((tmp_path / "data" / "card.json").read_text())["source"] == "records"
