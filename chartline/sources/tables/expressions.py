"""Column expressions of a mapping file, compiled once and evaluated on every row.

valuenum                    the column's text
d_labitems.label            a column of the dictionary row that was joined
"{label} [{unit}]"          a template; empty when one of its columns is empty
"{year - age}", "{id % 7}"  a difference, a sum or a remainder of two whole numbers inside a template
=laboratory, 1440           these very words, this number
[storetime, charttime]      the first that is not empty
{of: column, word: ...}     what the words of `steps` make of it, from left to right

Upper and lower case of a column's name are alike.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chartline.sources.tables.steps import Step, compile_step

_NOTHING: Mapping[str, str] = {}
_SLOT = re.compile(r"\{([\w.]+)(?: ([-+%]) ([\w.]+))?\}", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_OPERATORS: dict[str, Callable[[int, int], int]] = {"-": operator.sub, "+": operator.add, "%": operator.mod}


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by column, and those of the dictionary rows that it is joined with."""

    cells: Mapping[str, str]
    joined: dict[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expression:
    """Evaluates to a stripped text, empty where the columns are empty or absent; `columns` are those that it reads."""

    evaluate: Callable[[Row], str]
    columns: frozenset[str] = frozenset()

    def __call__(self, row: Row) -> str:
        return self.evaluate(row)


def compile_expression(source: object) -> Expression:
    """Raises ValueError that says which word is wrong."""
    if source is None or source == "":
        return Expression(lambda _: "")
    if isinstance(source, list):
        return _first([compile_expression(option) for option in source])
    if isinstance(source, dict):
        return _stepwise(source)
    if not isinstance(source, str):
        raise ValueError(f"a column, a template, a list of them or {{of: ...}} expected, not {source!r}")
    if source.startswith("="):
        return _words(source[1:])
    if _NUMBER.fullmatch(source):
        return _words(source)
    return _template(source) if "{" in source else _column(source)


def _column(name: str) -> Expression:
    name = name.lower()
    dictionary, _, column = name.partition(".")
    if not column:
        return Expression(lambda row: row.cells.get(name, "").strip(), frozenset({name}))
    return Expression(lambda row: row.joined.get(dictionary, _NOTHING).get(column, "").strip(), frozenset({name}))


def _words(text: str) -> Expression:
    return Expression(lambda _: text)


def _first(options: list[Expression]) -> Expression:
    functions = [option.evaluate for option in options]

    def first(row: Row) -> str:
        for function in functions:
            if text := function(row):
                return text
        return ""

    return Expression(first, frozenset().union(*(option.columns for option in options)))


def _template(source: str) -> Expression:
    slots = [_slot(match) for match in _SLOT.finditer(source)]
    if not slots or "{" in _SLOT.sub("", source):
        raise ValueError(f"{source!r} is no template: {{column}} or {{number - number}} expected")
    fixed = _SLOT.split(source)[:: _SLOT.groups + 1]

    def fill(row: Row) -> str:
        parts = [slot.evaluate(row) for slot in slots]
        if not all(parts):
            return ""
        return fixed[0] + "".join(part + text for part, text in zip(parts, fixed[1:], strict=True))

    return Expression(fill, frozenset().union(*(slot.columns for slot in slots)))


def _slot(match: re.Match[str]) -> Expression:
    first = _operand(match[1])
    if match[2] is None:
        return first
    compute, second = _OPERATORS[match[2]], _operand(match[3])

    def calculate(row: Row) -> str:
        one, other = first(row), second(row)
        return str(compute(int(one), int(other))) if one.isdecimal() and other.isdecimal() else ""

    return Expression(calculate, first.columns | second.columns)


def _operand(text: str) -> Expression:
    return _words(text) if text.isdecimal() else _column(text)


def _stepwise(source: dict[str, object]) -> Expression:
    if "of" not in source:
        raise ValueError("an expression of words needs `of`")
    start = compile_expression(source["of"])
    steps: list[Step] = []
    columns = start.columns
    for word, argument in source.items():
        if word != "of":
            step, read = compile_step(word, argument, compile_expression)
            steps.append(step)
            columns |= read

    def walk(row: Row) -> str:
        text = start.evaluate(row)
        for step in steps:
            text = step(text, row)
        return text

    return Expression(walk, columns)
