"""What an OBX says beside its value: flags, reference range, comments, and of a culture the antibiotic's effect."""

import re
from collections.abc import Sequence
from dataclasses import replace

from chartline.record.event import Event, Quantity
from chartline.record.kinds import EventKind
from services.ingest.parsers.absences import NONE_FOUND
from services.ingest.parsers.hl7v2 import obx_value, tables, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.obx_value import Value
from services.ingest.parsers.hl7v2.scope import Facts, attributes
from services.ingest.parsers.hl7v2.splitting import Element, Segment

#: Event.text_value holds at most 1 MiB; a character is at most four bytes.
LONGEST_PART = 2**18
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|to)\s*({_NUMBER})(?:\s*\S+)?", re.ASCII)
_BOUND = re.compile(rf"(<=?|>=?)\s*({_NUMBER})(?:\s*\S+)?", re.ASCII)
_TESTED = re.compile(r" \[Susceptibility\].*")
_CODED = frozenset({"CE", "CWE", "CNE", "ST", "IS", ""})


def measured(event: Event, lines: Sequence[Segment], value: Value, specimen: str, organism: str) -> Event:
    """The event with its value; `organism` is that of the culture whose result was tested further."""
    segment = lines[0]
    flags, unknown = _flags(segment.all(8))
    low, high, stated = _reference(segment.first(7).text.strip(), value.quantity.unit if value.quantity else "")
    facts: Facts = {
        "specimen": specimen,
        "category": "",
        "reference_low": low,
        "reference_high": high,
        "method": values.words(segment.first(17)),
        "body_site": values.words(segment.first(20)),
        "comment": "; ".join(filter(None, (*map(comment, lines), unknown, stated))),
    }
    if event.kind is EventKind.MICROBIOLOGY:
        facts |= _culture(event, segment, value, organism)
    return replace(
        event,
        quantity=value.quantity,
        text_value=value.text[:LONGEST_PART],
        interpretation=flags,
        attributes=attributes(event.kind, facts),
    )


def _flags(elements: Sequence[Element]) -> tuple[str, str]:
    """The first flag that is a code, and those that are none."""
    codes = [tables.INTERPRETATIONS.get(element.get(1).upper(), "") for element in elements]
    words = [values.words(element) for element, code in zip(elements, codes, strict=True) if not code]
    return next(filter(None, codes), ""), "; ".join(words)


def _reference(text: str, unit: str) -> tuple[Quantity | None, Quantity | None, str]:
    """Lower and upper limit, or the range in words where it is none."""
    plain = text.strip(" []()")
    if not plain:
        return None, None, ""
    if match := _RANGE.fullmatch(plain):
        return Quantity(match[1], unit), Quantity(match[2], unit), ""
    if match := _BOUND.fullmatch(plain):
        limit = Quantity(match[2], unit)
        return (limit, None, "") if match[1][0] == ">" else (None, limit, "")
    return None, None, f"reference range: {text}"


def _culture(event: Event, segment: Segment, value: Value, organism: str) -> Facts:
    """An antibiotic's test by its flag S, I or R; else what grew, where a code or a word names it."""
    flag = segment.get(8).upper()
    effect = tables.SUSCEPTIBILITIES.get(flag) or tables.SUSCEPTIBILITIES.get(value.text.strip().upper())
    if effect:
        antibiotic = _TESTED.sub("", event.name)
        return {"antibiotic": antibiotic, "susceptibility": effect, "dilution": value.quantity, "organism": organism}
    names = segment.get(2).upper() in _CODED and "\n" not in value.text and not _says_none(segment, value.text)
    return {"organism": (value.text if names else "") or organism}


def _says_none(segment: Segment, text: str) -> bool:
    """That nothing grew is a result, and no name of an organism."""
    codings = (coding for e in segment.all(5) if values.words(e) == text for coding in values.codings(e))
    return NONE_FOUND.named(text) or NONE_FOUND.coded(codings)


def joins(one: Segment, other: Segment) -> bool:
    """Whether two OBX in a row are lines of one text: of the same name, status and time, both text and no amounts."""
    return (
        {one.get(2).upper(), other.get(2).upper()} <= obx_value.LINES
        and values.code_of(one.first(3)) == values.code_of(other.first(3))
        and one.get(11).upper() == other.get(11).upper()
        and one.get(14) == other.get(14)
        and not any(map(_is_amount, (one, other)))
    )


def _is_amount(line: Segment) -> bool:
    """Without a unit no text is one: long reports are not read twice."""
    return bool(obx_value.read_unit(line.first(6))) and any(value.quantity for value in obx_value.read(line, None))
