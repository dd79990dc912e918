"""The mapping file of a tabular source, read and checked: which rows become which events.

In the spirit of MEDS-Extract's event_configs.yaml: a table names its file, its joins to dictionaries, and the events
that each row stands for. docs/mapping-files.md explains every word; mappings/mimic-iv.yaml is the example.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from chartline.errors import InvalidRequest
from chartline.record.kinds import ATTRIBUTES, EventKind
from chartline.sources.tables.expressions import Expression, compile_expression

MAPPINGS = Path(__file__).parent / "mappings"


@dataclass(frozen=True, slots=True)
class CodingMapping:
    system: Expression
    code: Expression
    display: Expression


@dataclass(frozen=True, slots=True)
class VersionMapping:
    """One version of an event that the source learns in steps: an admission, then its discharge."""

    available_time: Expression
    end_time: Expression
    attributes: dict[str, Expression]


@dataclass(frozen=True, slots=True)
class EventMapping:
    """`when` lists expressions that must not be empty; `translate` maps source words of a field to canonical ones."""

    kind: EventKind
    key: Expression
    when: tuple[Expression, ...]
    display: Expression
    codings: tuple[CodingMapping, ...]
    encounter: Expression
    time: Expression
    end_time: Expression
    available_time: Expression
    value: tuple[Expression, ...]
    unit: Expression
    text: Expression
    interpretation: Expression
    reference_low: Expression
    reference_high: Expression
    attributes: dict[str, Expression]
    versions: tuple[VersionMapping, ...]
    translate: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JoinMapping:
    """`key` of a row finds the row of `dictionary` whose `key` reads the same."""

    dictionary: str
    key: Expression


@dataclass(frozen=True, slots=True)
class DictionaryMapping:
    """A row is found by its `key`; with `when`, only rows where that is not empty can be found."""

    file: tuple[str, ...]
    key: Expression
    when: Expression


@dataclass(frozen=True, slots=True)
class TableMapping:
    name: str
    file: tuple[str, ...]
    joins: tuple[JoinMapping, ...]
    events: tuple[EventMapping, ...]
    without_events: str


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """A whole source: `system` is part of every event's identity."""

    format: str
    system: str
    patient_system: str
    patient: Expression
    dictionaries: dict[str, DictionaryMapping]
    tables: tuple[TableMapping, ...]


def load_mapping(path: Path) -> SourceMapping:
    """Raises InvalidRequest that names the table and the word that is wrong."""
    try:
        content = yaml.safe_load(path.read_text())
        return _source(content)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRequest(f"mapping file {path.name}: {error}") from error


def _source(content: dict[str, Any]) -> SourceMapping:
    _known(content, {"format", "system", "patient", "dictionaries", "tables"}, "the file")
    dictionaries = {
        name: DictionaryMapping(
            _files(d, name), compile_expression(d["key"]), compile_expression(d.get("when", "=true"))
        )
        for name, d in content.get("dictionaries", {}).items()
    }
    return SourceMapping(
        format=content["format"],
        system=content["system"],
        patient_system=content["patient"]["system"],
        patient=compile_expression(content["patient"]["value"]),
        dictionaries=dictionaries,
        tables=tuple(_table(name, table, dictionaries) for name, table in content["tables"].items()),
    )


def _table(name: str, content: dict[str, Any], dictionaries: dict[str, DictionaryMapping]) -> TableMapping:
    _known(content, {"file", "join", "events", "without_events"}, name)
    joins = tuple(JoinMapping(d, compile_expression(key)) for d, key in content.get("join", {}).items())
    if unknown := [join.dictionary for join in joins if join.dictionary not in dictionaries]:
        raise ValueError(f"{name} joins the unknown dictionary {unknown[0]}")
    events = tuple(_event(name, event) for event in content.get("events", []))
    if bool(events) == bool(content.get("without_events")):
        raise ValueError(f"{name} needs either events or the reason why it is without_events")
    return TableMapping(name, _files(content, name), joins, events, content.get("without_events", ""))


_EVENT_WORDS = {
    *("kind", "key", "when", "display", "codings", "encounter", "time", "end_time", "available_time", "value", "unit"),
    *("text", "interpretation", "reference_range", "attributes", "versions", "translate"),
}


def _event(table: str, content: dict[str, Any]) -> EventMapping:
    _known(content, _EVENT_WORDS, table)
    kind = EventKind[content["kind"]]
    low, high = content.get("reference_range", [None, None])
    value = content.get("value", [])
    return EventMapping(
        kind=kind,
        key=compile_expression(content["key"]),
        when=tuple(compile_expression(e) for e in content.get("when", [])),
        display=compile_expression(content.get("display")),
        codings=tuple(_coding(c) for c in content.get("codings", [])),
        encounter=compile_expression(content.get("encounter")),
        time=compile_expression(content.get("time")),
        end_time=compile_expression(content.get("end_time")),
        available_time=compile_expression(content.get("available_time")),
        value=tuple(compile_expression(v) for v in (value if isinstance(value, list) else [value])),
        unit=compile_expression(content.get("unit")),
        text=compile_expression(content.get("text")),
        interpretation=compile_expression(content.get("interpretation")),
        reference_low=compile_expression(low),
        reference_high=compile_expression(high),
        attributes=_attributes(table, kind, content.get("attributes", {})),
        versions=tuple(_version(table, kind, v) for v in content.get("versions", [])),
        translate=content.get("translate", {}),
    )


def _version(table: str, kind: EventKind, content: dict[str, Any]) -> VersionMapping:
    _known(content, {"available_time", "end_time", "attributes"}, f"{table}.versions")
    return VersionMapping(
        compile_expression(content["available_time"]),
        compile_expression(content.get("end_time")),
        _attributes(table, kind, content.get("attributes", {})),
    )


def _attributes(table: str, kind: EventKind, content: dict[str, Any]) -> dict[str, Expression]:
    if unknown := sorted(content.keys() - ATTRIBUTES[kind]):
        raise ValueError(f"{table}: a {kind.name} has no attribute {unknown[0]}")
    return {name: compile_expression(source) for name, source in content.items()}


def _coding(content: dict[str, Any]) -> CodingMapping:
    system, code, display = (compile_expression(content.get(word)) for word in ("system", "code", "display"))
    return CodingMapping(system, code, display)


def _files(content: dict[str, Any], default: str) -> tuple[str, ...]:
    files = content.get("file", default)
    return tuple(files) if isinstance(files, list) else (files,)


def _known(content: dict[str, Any], words: set[str], place: str) -> None:
    if unknown := sorted(content.keys() - words):
        raise ValueError(f"{place} has the unknown word {unknown[0]}")
