"""The events of a mapping file's table: what each row stands for, read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from chartline.record.kinds import CARRIED, EventKind
from chartline.sources.tables.expressions import Expression, compile_expression
from chartline.sources.tables.mapping import CodingMapping, EventMapping, VersionMapping
from chartline.sources.tables.mapping_words import Content, conditions, expression, listed, named, words_of

WORDS = {f.name for f in fields(EventMapping)} - {"reference_low", "reference_high"} | {"reference_range", "each"}


def read_events(table: str, content: object) -> Iterator[EventMapping]:
    """One event, or with `each` one for every column that it names: a wide table."""
    words = words_of(content, table, WORDS, {"kind", "key"})
    if "each" not in words:
        yield _event(table, words)
        return
    shared = {word: source for word, source in words.items() if word != "each"}
    for column, own in named(words["each"], f"{table}, each").items():
        further = words_of(own or {}, f"{table}, each {column}", WORDS - {"each", "key", "kind"})
        event = _event(table, {"value": column, **shared, **further})
        filled, part = compile_expression(column), compile_expression(f"={column.lower()}")
        yield replace(event, when=(*event.when, filled), key=_keyed(event.key, part))


def _keyed(key: Expression, part: Expression) -> Expression:
    return Expression(lambda row: f"{found}/{part(row)}" if (found := key(row)) else "", key.columns)


def _event(table: str, words: Content) -> EventMapping:
    kind = _kind(table, words["kind"])
    low, high = _range(table, words.get("reference_range", [None, None]))
    simple = {
        word: expression(words.get(word), f"{table}, {word}")
        for word in ("key", "display", "encounter", "time", "end_time", "available_time", "unit", "text")
    }
    value = words.get("value", [])
    return EventMapping(
        kind=kind,
        when=conditions(words, table),
        codings=tuple(_coding(table, c) for c in listed(words, "codings", table)),
        value=tuple(expression(v, f"{table}, value") for v in (value if isinstance(value, list) else [value])),
        interpretation=expression(words.get("interpretation"), f"{table}, interpretation"),
        status=expression(words.get("status"), f"{table}, status"),
        reference_low=low,
        reference_high=high,
        attributes=_attributes(table, kind, words.get("attributes", {})),
        versions=tuple(_version(table, kind, v) for v in listed(words, "versions", table)),
        **simple,
    )


def _kind(table: str, name: object) -> EventKind:
    try:
        return EventKind[str(name)]
    except KeyError:
        raise ValueError(f"{table}: {name} is no kind; known: {', '.join(EventKind.__members__)}") from None


def _range(table: str, content: object) -> tuple[Expression, Expression]:
    if not isinstance(content, list) or len(content) != 2:
        raise ValueError(f"{table}: reference_range needs [low, high]")
    low, high = (expression(bound, f"{table}, reference_range") for bound in content)
    return low, high


def _version(table: str, kind: EventKind, content: object) -> VersionMapping:
    place = f"{table}, versions"
    words = words_of(content, place, {"available_time", "end_time", "status", "attributes"}, {"available_time"})
    return VersionMapping(
        expression(words["available_time"], place),
        expression(words.get("end_time"), place),
        expression(words.get("status"), place),
        _attributes(table, kind, words.get("attributes", {})),
    )


def _attributes(table: str, kind: EventKind, content: object) -> dict[str, Expression]:
    sources = named(content, f"{table}, attributes")
    if unknown := sorted(sources.keys() - CARRIED[kind]):
        raise ValueError(f"{table}: a {kind.name} has no attribute {unknown[0]}")
    return {name: expression(source, f"{table}, {name}") for name, source in sources.items()}


def _coding(table: str, content: object) -> CodingMapping:
    words = words_of(content, f"{table}, codings", {"system", "code", "display"}, {"system", "code"})
    system, code, display = (
        expression(words.get(word), f"{table}, codings, {word}") for word in ("system", "code", "display")
    )
    return CodingMapping(system, code, display)
