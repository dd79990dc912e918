"""Column expressions of a mapping file, compiled once and evaluated on every row.

valuenum                 the column's text
d_labitems.label         a column of the dictionary row that was joined
"{label} [{unit}]"       a template; empty when one of its columns is empty
"{year - age}"           a difference of two whole numbers inside a template
=laboratory              these very words
[storetime, charttime]   the first that is not empty
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Row = Mapping[str, str]
Expression = Callable[[Row], str]
_COLUMN = re.compile(r"\{([\w.]+)(?: - ([\w.]+))?\}")


def compile_expression(source: str | list[str] | None) -> Expression:
    """Evaluates to a stripped text, empty where the columns are empty or absent. Raises ValueError for another type."""
    if source is None or source == "":
        return _nothing
    if isinstance(source, list):
        return _first([compile_expression(option) for option in source])
    if not isinstance(source, str):
        raise ValueError(f"a column, a template or a list of them expected, not {source!r}")
    if source.startswith("="):
        return _words(source[1:])
    if "{" in source:
        return _template(source)
    return lambda row: row.get(source, "").strip()


def _nothing(_: Row) -> str:
    return ""


def _words(text: str) -> Expression:
    return lambda _: text


def _first(options: list[Expression]) -> Expression:
    return lambda row: next((text for option in options if (text := option(row))), "")


def _template(source: str) -> Expression:
    def fill(row: Row) -> str:
        parts = [_slot(match, row) for match in _COLUMN.finditer(source)]
        return _COLUMN.sub(lambda _: parts.pop(0), source) if all(parts) else ""

    return fill


def _slot(match: re.Match[str], row: Row) -> str:
    text = row.get(match[1], "").strip()
    if match[2] is None:
        return text
    less = row.get(match[2], "").strip()
    return str(int(text) - int(less)) if text.isdecimal() and less.isdecimal() else ""
