"""Reads tables of codes from a folder that the site names: what Chartline may not ship, as it is published."""

import csv
import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Title(NamedTuple):
    system: str
    code: str
    title: str


class Link(NamedTuple):
    system: str
    code: str
    to_system: str
    to_code: str


def read_folder(folder: Path, layouts: list[dict[str, Any]]) -> Iterator[Title | Link]:
    """Of every file below it that has a layout, in the order of their names. Raises OSError for what is unreadable."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        for layout in layouts:
            if re.fullmatch(layout["file"] + r"(\.gz)?", file.name, re.IGNORECASE):
                yield from _read(file, layout)


def _read(file: Path, layout: dict[str, Any]) -> Iterator[Title | Link]:
    reader = gzip.open if file.suffix == ".gz" else open
    with reader(file, "rt", encoding="utf-8-sig") as lines:
        for row in _rows(lines, layout, "\t" if ".tsv" in file.suffixes else ","):
            if all(row.get(str(column)) in wanted for column, wanted in layout.get("only", {}).items()):
                yield from _entry(row, layout)


def _rows(lines: Any, layout: dict[str, Any], delimiter: str) -> Iterator[Mapping[str, str]]:
    """By column, named or numbered; nothing of a file whose header is another one."""
    delimiter = layout.get("delimiter", delimiter)
    if "columns" not in layout:
        parted = (_parted(line.rstrip("\r\n"), delimiter, layout) for line in lines)
        return ({str(n): text for n, text in enumerate(parts)} for parts in parted)
    plain = delimiter == "\t"
    read = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL)
    table = ([_bare(text) for text in row] for row in read)
    header = next((row for row in table if set(layout["columns"]) <= set(row)), [])
    return (dict(zip(header, row, strict=False)) for row in table)


def _parted(line: str, delimiter: str, layout: dict[str, Any]) -> list[str]:
    return line.split(None, -1 if "to" in layout else 1) if delimiter == " " else line.split(delimiter)


def _bare(text: str) -> str:
    """CCS writes its codes in quotes of their own."""
    return text.strip().strip("'").strip()


def _entry(row: Mapping[str, str], layout: dict[str, Any]) -> Iterator[Title | Link]:
    system, code = layout["system"].format(**row), row.get(str(layout["code"]), "").strip()
    if "title" in layout:
        title = row.get(str(layout["title"]), "").strip()
        if code and title:
            yield Title(system, code, title)
    else:
        to_code = row.get(str(layout["to_code"]), "").strip()
        if code and to_code:
            yield Link(system, code, layout["to"].format(**row), to_code)
