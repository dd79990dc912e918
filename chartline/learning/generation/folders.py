"""The folder of generated data: examples as JSON lines and as Parquet, charts as canonical records, and what it holds.

examples.jsonl  examples.parquet      the same rows, in the same order: those of one chart stand together
charts/{train,valid,test}.ndjson      one CanonicalRecord a line: a patient's chart as the questions see it
card.json  DATA_CARD.md               counts, hashes, seed, sources
teacher.jsonl                         where a teacher was asked: what it wrote, and what became of it
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from google.protobuf import json_format

from chartline.language.turns import Turn
from chartline.learning.generation.examples import Row
from chartline.learning.generation.held_out import SPLITS
from chartline.learning.generation.views import View
from chartline.learning.teaching.lesson import Lesson
from chartline.record.event import CanonicalRecord, Event
from chartline.rpc.messages import record_from_message, record_to_message
from chartline.v1 import event_pb2

EXAMPLES, EXAMPLES_PARQUET = "examples.jsonl", "examples.parquet"
CHARTS, CARD, CARD_TEXT = "charts", "card.json", "DATA_CARD.md"
LESSONS = "teacher.jsonl"
_ROW_GROUP = 4096


class FolderWriter:
    """A context manager; rows and charts are written as they come, what a teacher was asked where there is one."""

    def __init__(self, folder: Path, *, taught: bool = False) -> None:
        import pyarrow.parquet as parquet  # of developers' machines alone

        (folder / CHARTS).mkdir(parents=True, exist_ok=True)
        (folder / LESSONS).unlink(missing_ok=True)
        self._lessons = (folder / LESSONS).open("w", encoding="utf-8") if taught else None
        self._rows: list[Row] = []
        self._lines = (folder / EXAMPLES).open("w", encoding="utf-8")
        self._charts: dict[str, IO[str]] = {split: _chart_file(folder, split).open("w") for split in SPLITS}
        self._parquet = parquet.ParquetWriter(folder / EXAMPLES_PARQUET, _schema(), compression="zstd")

    def add_chart(self, view: View) -> None:
        message = record_to_message(CanonicalRecord(view.name, view.chart.events))
        self._charts[view.split].write(json_format.MessageToJson(message, indent=None, sort_keys=True) + "\n")

    def add_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            self._rows.append(row)
            if len(self._rows) == _ROW_GROUP:
                self._flush()

    def add_lessons(self, lessons: Iterable[Lesson]) -> None:
        """Of a folder that is taught."""
        assert self._lessons is not None
        self._lessons.writelines(json.dumps(asdict(lesson), ensure_ascii=False) + "\n" for lesson in lessons)

    def _flush(self) -> None:
        import pyarrow

        table = pyarrow.Table.from_pylist([asdict(row) for row in self._rows], schema=_schema())
        self._parquet.write_table(table)
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._parquet.close()
        for file in (self._lines, self._lessons, *self._charts.values()):
            if file is not None:
                file.close()


def _schema() -> Any:
    import pyarrow

    turn = pyarrow.struct([(field.name, pyarrow.string()) for field in fields(Turn)])
    told = {
        "held_out_wording": pyarrow.bool_(),
        "held_out_name": pyarrow.bool_(),
        "conversation": pyarrow.list_(turn),
        "hints": pyarrow.list_(pyarrow.string()),
    }
    return pyarrow.schema([(field.name, told.get(field.name, pyarrow.string())) for field in fields(Row)])


def read_rows(folder: Path) -> Iterator[Row]:
    """The rows in their order. Raises OSError where there are none, ValueError for what is no row."""
    with (folder / EXAMPLES).open(encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            told["conversation"] = tuple(Turn(**turn) for turn in told["conversation"])
            yield Row(**{**told, "hints": tuple(told["hints"])})


def read_charts(folder: Path, splits: Sequence[str] = SPLITS) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Each chart's name and events. Raises OSError where there are none."""
    for split in splits:
        with _chart_file(folder, split).open() as lines:
            for line in lines:
                record = record_from_message(json_format.Parse(line, event_pb2.CanonicalRecord()))
                yield record.record_id, record.events


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of data, by its path in the folder."""
    files = [folder / EXAMPLES, folder / EXAMPLES_PARQUET, *(_chart_file(folder, split) for split in SPLITS)]
    files += [folder / LESSONS] if (folder / LESSONS).exists() else []
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _chart_file(folder: Path, split: str) -> Path:
    return folder / CHARTS / f"{split}.ndjson"
