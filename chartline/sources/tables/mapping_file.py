"""Reads a mapping file and checks every word of it before the first row is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import yaml

from chartline.errors import InvalidRequest
from chartline.sources.tables.expressions import Expression
from chartline.sources.tables.mapping import DictionaryMapping, JoinMapping, SourceMapping, TableMapping
from chartline.sources.tables.mapping_events import read_events
from chartline.sources.tables.mapping_words import Content, conditions, expression, listed, named, words_of


def load_mapping(path: Path) -> SourceMapping:
    """Raises InvalidRequest that names the table and the word that is wrong."""
    try:
        # Words stay as they are written: "No" is no truth value and "08" no number.
        return _source(yaml.load(path.read_text(), yaml.BaseLoader))  # noqa: S506 - it builds texts alone
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise InvalidRequest(f"mapping file {path.name}: {error}") from error


def _source(content: object) -> SourceMapping:
    source = words_of(
        content,
        "the file",
        {"format", "system", "patient", "join", "dictionaries", "tables"},
        {"format", "system", "patient", "tables"},
    )
    patient = words_of(source["patient"], "patient", {"system", "value"}, {"system", "value"})
    dictionaries = {
        name.lower(): _dictionary(name, dictionary)
        for name, dictionary in named(source.get("dictionaries", {}), "dictionaries").items()
    }
    shared = named(source.get("join", {}), "join")
    value = expression(patient["value"], "patient, value")
    tables = tuple(
        _table(name, table, shared, dictionaries, value) for name, table in named(source["tables"], "tables").items()
    )
    return SourceMapping(
        format=str(source["format"]),
        system=str(source["system"]),
        patient_system=str(patient["system"]),
        patient=value,
        dictionaries=_with_columns(dictionaries, tables, value),
        tables=tables,
    )


def _dictionary(name: str, content: object) -> DictionaryMapping:
    place = f"dictionaries, {name}"
    words = words_of(content, place, {"file", "key", "when", "define"}, {"key"})
    define = named(words.get("define", {}), f"{place}, define")
    return DictionaryMapping(
        file=_files(words, name),
        key=expression(words["key"], f"{place}, key"),
        when=conditions(words, place),
        define={column.lower(): expression(source, f"{place}, {column}") for column, source in define.items()},
        columns=(),
    )


def _with_columns(
    dictionaries: dict[str, DictionaryMapping], tables: Iterable[TableMapping], patient: Expression
) -> dict[str, DictionaryMapping]:
    """The dictionaries with the columns that some table reads of them: no more of them is kept in memory."""
    read: dict[str, set[str]] = {name: set() for name in dictionaries}
    for table in tables:
        columns = patient.columns.union(*(e.columns for e in _expressions_of(table)))
        for join in table.joins:
            read[join.dictionary] |= {c.removeprefix(f"{join.name}.") for c in columns if c.startswith(f"{join.name}.")}
    return {name: replace(d, columns=tuple(sorted(read[name]))) for name, d in dictionaries.items()}


def _table(
    name: str, content: object, shared: Content, dictionaries: Collection[str], patient: Expression
) -> TableMapping:
    words = words_of(content, name, {"file", "join", "events", "without_events", "missing"})
    joins = tuple(
        _join(name, *join, dictionaries) for join in (shared | named(words.get("join", {}), f"{name}, join")).items()
    )
    events = tuple(event for e in listed(words, "events", name) for event in read_events(name, e))
    if not events and not words.get("without_events"):
        raise ValueError(f"{name} needs either events or the reason why it is without_events")
    missing = frozenset(str(text) for text in listed(words, "missing", name))
    table = TableMapping(name, _files(words, name), joins, events, str(words.get("without_events", "")), missing)
    _check_joined(table, patient if events else None)
    return table


def _check_joined(table: TableMapping, patient: Expression | None) -> None:
    joined = {join.name for join in table.joins}
    read = frozenset().union(*(e.columns for e in _expressions_of(table)), patient.columns if patient else ())
    for column in sorted(read):
        if "." in column and column.partition(".")[0] not in joined:
            raise ValueError(f"{table.name}: {column} is of a dictionary that the table does not join")


def _join(table: str, name: str, content: object, dictionaries: Collection[str]) -> JoinMapping:
    """`dictionary: key`, or `name: {dictionary: ..., key: ...}` where a table joins one dictionary twice."""
    place, dictionary, key = f"{table}, join {name}", name, content
    if isinstance(content, dict) and "of" not in content:
        words = words_of(content, place, {"dictionary", "key"}, {"dictionary", "key"})
        dictionary, key = str(words["dictionary"]), words["key"]
    if dictionary.lower() not in dictionaries:
        raise ValueError(f"{table} joins the unknown dictionary {dictionary}")
    return JoinMapping(name.lower(), dictionary.lower(), expression(key, place))


def _expressions_of(table: TableMapping) -> Iterator[Expression]:
    yield from (join.key for join in table.joins)
    for event in table.events:
        single = (getattr(event, f.name) for f in fields(event))
        yield from (e for e in single if isinstance(e, Expression))
        yield from (*event.when, *event.value, *event.attributes.values())
        for coding in event.codings:
            yield from (coding.system, coding.code, coding.display)
        for version in event.versions:
            yield from (version.available_time, version.end_time, *version.attributes.values())


def _files(words: Content, default: str) -> tuple[str, ...]:
    files = words.get("file", default)
    return tuple(str(file).lower() for file in (files if isinstance(files, list) else [files]))
