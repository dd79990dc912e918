"""Reads a folder of CSV tables with a mapping: every row of every mapped table becomes one canonical record."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chartline.errors import InvalidRequest
from chartline.record.event import CanonicalRecord
from chartline.sources.tables.expressions import Row
from chartline.sources.tables.mapping import DictionaryMapping, SourceMapping, TableMapping
from chartline.sources.tables.rows import RowReader

_ENDINGS = (".csv", ".csv.gz")


@dataclass(frozen=True, slots=True)
class TableFiles:
    """What a folder holds: `mapped` files by table, and the CSV files that no table and no dictionary names."""

    mapped: dict[str, Path]
    dictionaries: dict[str, Path]
    unmapped: tuple[Path, ...]


def find_tables(folder: Path, mapping: SourceMapping) -> TableFiles:
    """Looks below `folder` for the files that the mapping names, whatever the subfolder.

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


def read_tables(folder: Path, mapping: SourceMapping) -> Iterator[CanonicalRecord]:
    """One record a row, table by table in the mapping's order. A row that cannot be read says why and is not lost."""
    files = find_tables(folder, mapping)
    dictionaries = {
        name: _read_dictionary(path, mapping.dictionaries[name], name) for name, path in files.dictionaries.items()
    }
    for table in mapping.tables:
        if table.name in files.mapped:
            reader = RowReader(mapping, table)
            for number, row in enumerate(_rows(files.mapped[table.name]), start=1):
                yield reader.record(_joined(row, table, dictionaries), number)


def count_rows(folder: Path, mapping: SourceMapping) -> dict[str, int]:
    """Rows of every mapped table, for progress."""
    return {name: sum(1 for _ in _rows(path)) for name, path in find_tables(folder, mapping).mapped.items()}


def _table_name(path: Path) -> str:
    ending = next((ending for ending in _ENDINGS if path.name.endswith(ending)), "")
    return path.name.removesuffix(ending) if ending else ""


def _present(names: tuple[str, ...], by_name: dict[str, Path]) -> str:
    return next((name for name in names if name in by_name), "")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", newline="") as stream:
        for row in csv.DictReader(stream, restkey="", restval=""):
            row.pop("", None)  # an index column without a name, cells beyond the header
            yield row


def _read_dictionary(path: Path, mapping: DictionaryMapping, name: str) -> dict[str, dict[str, str]]:
    """Rows by key with their columns named `<dictionary>.<column>`; the first row of a key wins."""
    rows: dict[str, dict[str, str]] = {}
    for row in _rows(path):
        if (key := mapping.key(row)) and key not in rows and mapping.when(row):
            rows[key] = {f"{name}.{column}": text for column, text in row.items() if text}
    return rows


def _joined(row: dict[str, str], table: TableMapping, dictionaries: dict[str, dict[str, dict[str, str]]]) -> Row:
    for join in table.joins:
        if found := dictionaries.get(join.dictionary, {}).get(join.key(row)):
            row |= found
    return row
