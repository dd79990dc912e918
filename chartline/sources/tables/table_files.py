"""The files of a folder of tables: which there are, and their rows one by one, however they are packed.

CSV with commas, semicolons, tabs or bars, plain or as .gz or .xz, and Parquet. One row is in memory at a time.
"""

from __future__ import annotations

import csv
import gzip
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from chartline.errors import InvalidRequest
from chartline.sources.tables.mapping import SourceMapping

_ENDINGS = (".csv", ".csv.gz", ".csv.xz", ".parquet")
_DELIMITERS = ",\t;|"
#: A note is longer than the csv module's default.
_LONGEST_CELL = 1 << 30
_BATCH = 10_000
#: Stands in a row for the cells beyond its header.
BEYOND = ""

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class TableFiles:
    """What a folder holds: `mapped` files by table, and the tables that neither a table nor a dictionary names."""

    mapped: dict[str, Path]
    dictionaries: dict[str, Path]
    unmapped: tuple[Path, ...]


def find_tables(folder: Path, mapping: SourceMapping) -> TableFiles:
    """Looks below `folder` for the files that the mapping names, whatever the subfolder and the case of their names.

    Raises InvalidRequest where none is there, or where one name stands for two files.
    """
    by_name: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        name = _table_name(path)
        if name and by_name.setdefault(name, path) != path:
            raise InvalidRequest(f"two files for the table {name}: load their folders one by one")
    mapped = {t.name: by_name[f] for t in mapping.tables if (f := _present(t.file, by_name))}
    dictionaries = {name: by_name[f] for name, d in mapping.dictionaries.items() if (f := _present(d.file, by_name))}
    if not mapped:
        raise InvalidRequest(f"no table of {mapping.format} in {folder}")
    used = {*mapped.values(), *dictionaries.values()}
    return TableFiles(mapped, dictionaries, tuple(p for p in by_name.values() if p not in used))


def read_rows(path: Path) -> Iterator[Cells]:
    """The cells of each row by the column's name in lower case; `BEYOND` holds what the header has no name for.

    Raises InvalidRequest for a file that breaks off, OSError for what is unreadable.
    """
    yield from _parquet_rows(path) if path.suffix == ".parquet" else _csv_rows(path)


def _table_name(path: Path) -> str:
    ending = next((ending for ending in _ENDINGS if path.name.lower().endswith(ending)), "")
    return path.name.lower().removesuffix(ending) if ending and path.is_file() else ""


def _present(names: tuple[str, ...], by_name: dict[str, Path]) -> str:
    return next((name for name in names if name in by_name), "")


def _csv_rows(path: Path) -> Iterator[Cells]:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with _open_text(path) as stream:
            heading = stream.readline()
            delimiter = max(_DELIMITERS, key=heading.count)
            # Between tabs a quotation mark is a character like any other: OHDSI's vocabulary files.
            quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
            header = [name.strip().lower() for name in next(csv.reader([heading], delimiter=delimiter), [])]
            for cells in csv.reader(stream, delimiter=delimiter, quoting=quoting):
                if cells:
                    yield _named(header, cells)
    except (EOFError, lzma.LZMAError, csv.Error) as error:
        raise InvalidRequest(f"{path.name} is broken: {error}") from error


def _named(header: list[str], cells: list[str]) -> Cells:
    row = dict(zip(header, cells, strict=False))
    row[BEYOND] = "".join(cells[len(header) :])  # an index column has no name either
    return row


def _open_text(path: Path) -> IO[str]:
    """A byte that is no UTF-8 is kept as its escape."""
    options = {"mode": "rt", "encoding": "utf-8-sig", "errors": "backslashreplace", "newline": ""}
    if path.suffix.lower() == ".gz":
        return gzip.open(path, **options)  # type: ignore[no-any-return, call-overload]
    if path.suffix.lower() == ".xz":
        return lzma.open(path, **options)  # type: ignore[no-any-return, call-overload]
    return path.open(**options)  # type: ignore[no-any-return, call-overload]


def _parquet_rows(path: Path) -> Iterator[Cells]:
    import pyarrow.parquet as pq  # only where a folder holds Parquet

    with pq.ParquetFile(path) as file:
        header = [name.lower() for name in file.schema_arrow.names]
        for batch in file.iter_batches(_BATCH):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield _named(header, ["" if cell is None else str(cell) for cell in cells])
