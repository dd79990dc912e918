"""Reads a folder of tables with a mapping: every row of every mapped table becomes one canonical record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from sys import intern

from chartline.record.event import CanonicalRecord
from chartline.sources.tables.expressions import Row
from chartline.sources.tables.mapping import DictionaryMapping, SourceMapping, TableMapping
from chartline.sources.tables.rows import RowReader, whole
from chartline.sources.tables.table_files import Cells, find_tables, read_rows

_Dictionary = Mapping[str, Mapping[str, str]]


def read_tables(folder: Path, mapping: SourceMapping) -> Iterator[CanonicalRecord]:
    """One record a row, table by table in the mapping's order. A row that cannot be read says why and is not lost.

    Dictionaries are held in memory, tables are streamed.
    """
    files = find_tables(folder, mapping)
    dictionaries = {
        name: _read_dictionary(path, mapping.dictionaries[name]) for name, path in files.dictionaries.items()
    }
    for table in mapping.tables:
        if table.name in files.mapped:
            reader = RowReader(mapping, table)
            for number, cells in enumerate(read_rows(files.mapped[table.name]), start=1):
                yield reader.record(_joined(cells, table, dictionaries), number)


def count_rows(folder: Path, mapping: SourceMapping) -> dict[str, int]:
    """Rows of every mapped table."""
    return {name: sum(1 for _ in read_rows(path)) for name, path in find_tables(folder, mapping).mapped.items()}


def _read_dictionary(path: Path, mapping: DictionaryMapping) -> _Dictionary:
    """Rows by key. Of several rows with one key the first in the alphabet counts, whatever their order in the file."""
    found: dict[str, Cells] = {}
    for cells in read_rows(path):
        row = Row(cells)
        if not (key := whole(mapping.key(row))) or not all(condition(row) for condition in mapping.when):
            continue
        for column, expression in mapping.define.items():
            cells[column] = expression(row)
        kept = {column: intern(text) for column in mapping.columns if (text := cells.get(column, ""))}
        before = found.setdefault(key, kept)
        if before is not kept and _order(kept, mapping) < _order(before, mapping):
            found[key] = kept
    return found


def _order(cells: Cells, mapping: DictionaryMapping) -> list[str]:
    return [cells.get(column, "") for column in mapping.columns]


def _joined(cells: Cells, table: TableMapping, dictionaries: Mapping[str, _Dictionary]) -> Row:
    if table.missing:
        cells = {column: "" if text.strip() in table.missing else text for column, text in cells.items()}
    row = Row(cells)
    for join in table.joins:
        if found := dictionaries.get(join.dictionary, {}).get(whole(join.key(row))):
            row.joined[join.name] = found
    return row
