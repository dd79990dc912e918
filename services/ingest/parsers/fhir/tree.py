"""A resource as a tree of decoded JSON: what its paths lead to, and what FHIR's data types say in words.

The tables of `tabled` read so; numbers are Decimal or int, whose text is the one the source wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from chartline.record import event as record
from chartline.record.event import Instant
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.contained import called
from services.ingest.parsers.fhir.elements import (
    CodeableConcept,
    Coding,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Resource,
    Timing,
)
from services.ingest.parsers.fhir.timing import timing_words

Tree = dict[str, Any]

_CHOICE = re.compile(r"[A-Z]\w*")


def found(tree: Tree, path: str) -> list[Any]:
    """What the path leads to, through lists. `x[x]` is a choice of types, `x:Type` a reference to such a resource."""
    values: list[Any] = [tree]
    for step in path.split("."):
        name, _, kind = step.partition(":")
        values = [v for value in values if isinstance(value, dict) for v in _members(value, name)]
        if kind:
            values = [v for v in values if reading.reference_id(msgspec.convert(v, Reference)).startswith(kind)]
    return values


def _members(value: Tree, name: str) -> Iterator[Any]:
    chosen = [value.get(name)]
    if name.endswith("[x]"):
        stem = name.removesuffix("[x]")
        chosen = [v for key, v in value.items() if key.startswith(stem) and _CHOICE.fullmatch(key[len(stem) :])]
    for one in chosen:
        yield from (v for v in (one if isinstance(one, list) else [one]) if v is not None)


#: Which data type an object is, by members that only it has, in this order.
_TYPES: tuple[tuple[frozenset[str], Callable[[Any, Resource], str]], ...] = (
    (frozenset({"coding"}), lambda v, _: reading.words(msgspec.convert(v, CodeableConcept))),
    (frozenset({"numerator", "denominator"}), lambda v, _: reading.ratio_words(msgspec.convert(v, Ratio))),
    (frozenset({"low", "high"}), lambda v, _: reading.range_words(msgspec.convert(v, Range))),
    (frozenset({"start", "end"}), lambda v, _: period_words(msgspec.convert(v, Period))),
    (frozenset({"repeat", "event"}), lambda v, _: timing_words(msgspec.convert(v, Timing))),
    (frozenset({"reference"}), lambda v, resource: called([msgspec.convert(v, Reference)], resource)),
    (frozenset({"text"}), lambda v, _: reading.words(msgspec.convert(v, CodeableConcept)).strip()),
    (frozenset({"value"}), lambda v, _: _value_words(v)),
    (frozenset({"display", "code"}), lambda v, _: _coding_words(msgspec.convert(v, Coding))),
)


def words(value: Any, resource: Resource) -> str:
    """Whatever the value is, in words; empty for an object of no type that is known."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | Decimal):
        return str(value).strip()
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get("code"), dict):  # of a Timing
        return words(value["code"], resource)
    return next((say(value, resource) for members, say in _TYPES if not members.isdisjoint(value)), "")


def all_words(tree: Tree, paths: Iterable[str], resource: Resource) -> str:
    """What the paths say, each thing once."""
    return "; ".join(dict.fromkeys(filter(None, (words(v, resource) for path in paths for v in found(tree, path)))))


def _value_words(value: Tree) -> str:
    """Of a Quantity, or of an Identifier, whose value is text."""
    if isinstance(value["value"], str):
        return value["value"]
    return reading.amount_words(msgspec.convert(value, Quantity))


def _coding_words(coding: Coding) -> str:
    return coding.display or coding.code


def period_words(period: Period) -> str:
    return " to ".join(filter(None, (period.start, period.end)))


def concept(value: Any) -> CodeableConcept | None:
    """A CodeableConcept, or a Coding as one; None for what names no concept."""
    if not isinstance(value, dict):
        return None
    if "coding" in value or ("text" in value and "reference" not in value):
        return msgspec.convert(value, CodeableConcept)
    is_coding = isinstance(value.get("code"), str) and "value" not in value
    return CodeableConcept(coding=(msgspec.convert(value, Coding),)) if is_coding else None


def span(tree: Tree, paths: Iterable[str]) -> tuple[Instant | None, Instant | None]:
    """Start and end of the first path that has a time: a dateTime, a Period, or the first event of a Timing.

    Raises UnreadableRecord for what is no time where only a time may stand.
    """
    for path in paths:
        for value in found(tree, path):
            if isinstance(value, str) and (at := _moment(value, path)):
                return at, None
            if isinstance(value, dict) and not {"start", "end"}.isdisjoint(value):
                return reading.span("", msgspec.convert(value, Period), path)
            if isinstance(value, dict) and (period := _planned(value)):
                return reading.span("", period, path)
    return None, None


def _moment(text: str, path: str) -> Instant | None:
    """A choice may be a string of words, which is no time; any other field must be one."""
    if path.endswith("[x]") and not text[:4].isdecimal():
        return None
    return reading.moment(text, path)


def _planned(value: Tree) -> Period | None:
    if {"repeat", "event"}.isdisjoint(value):
        return None
    timing = msgspec.convert(value, Timing)
    bounds = timing.repeat.bounds_period if timing.repeat else None
    return bounds or (Period(start=timing.event[0]) if timing.event else None)


def amount(tree: Tree, paths: Iterable[str]) -> record.Quantity | None:
    """The first amount: a Quantity or a bare number."""
    for value in (v for path in paths for v in found(tree, path)):
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return record.Quantity(str(value))
        if (
            isinstance(value, dict)
            and "value" in value
            and (read := reading.quantity(msgspec.convert(value, Quantity)))
        ):
            return read
    return None
