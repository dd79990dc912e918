"""Reads FHIR data types into the parts of an event: names, codes, amounts, times, references."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from chartline.record import event as record
from chartline.record.event import EventStatus, Instant
from chartline.record.times import interval_end, is_never, parse_instant
from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.fhir import codes
from services.ingest.parsers.fhir.elements import (
    Annotation,
    CodeableConcept,
    Coding,
    HumanName,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
)

LONGEST_NAME = 1024
_CONDITIONAL = re.compile(r"[A-Z][A-Za-z]+\?(?:.*&)?identifier=([^&]+)")


# --- references ------------------------------------------------------------------------------------------------------


def reference_id(reference: Reference | None) -> str:
    """What a reference points to: `Type/id`, or `system|value` of a logical one; empty when it says neither.

    Relative, absolute, versioned and conditional references are read. `urn:uuid:` ones are rewritten when their bundle
    is split; one that is left keeps its own text, as one to a contained resource does.
    """
    if reference is None:
        return ""
    if text := reference.reference:
        if match := _CONDITIONAL.search(text):
            return unquote(match[1])
        return "/".join(text.partition("/_history/")[0].split("/")[-2:])
    identifier = reference.identifier
    return f"{identifier.system}|{identifier.value}" if identifier and identifier.value else ""


def bare_id(reference: Reference | None) -> str:
    """The id alone, as an event names its encounter."""
    return reference_id(reference).rpartition("/")[2] if reference else ""


# --- concepts --------------------------------------------------------------------------------------------------------


def codings(concept: CodeableConcept | None) -> tuple[record.Coding, ...]:
    """Codings that have a code, in the source's order."""
    if concept is None:
        return ()
    return tuple(coding(c) for c in concept.coding if c.code)


def coding(source: Coding) -> record.Coding:
    return record.Coding(source.system, source.code, source.display[:LONGEST_NAME])


def words(concept: CodeableConcept | None) -> str:
    """The concept in words: its text, else the first display, else the first code."""
    if concept is None:
        return ""
    shown = next((c.display for c in concept.coding if c.display), "")
    return concept.text or shown or next((c.code for c in concept.coding if c.code), "")


def code(concept: CodeableConcept | None) -> str:
    """The first code, as FHIR's own value sets are read."""
    return next((c.code for c in concept.coding if c.code), "") if concept else ""


def name(concept: CodeableConcept | None) -> str:
    """The concept's name for people, empty where the source gives codes alone."""
    if concept is None:
        return ""
    return (concept.text or next((c.display for c in concept.coding if c.display), ""))[:LONGEST_NAME]


def person(names: tuple[HumanName, ...]) -> str:
    """The official name, else the first."""
    if not names:
        return ""
    best = next((n for n in names if n.use == "official"), names[0])
    return best.text or " ".join(filter(None, (*best.given, best.family)))


def all_words(concepts: Iterable[CodeableConcept]) -> str:
    return "; ".join(filter(None, map(words, concepts)))


def joined(*said: str) -> str:
    return "; ".join(filter(None, said))


def lines(*said: str) -> str:
    return "\n".join(filter(None, said))


def labelled(label: str, *concepts: CodeableConcept | None) -> str:
    """`label: words`, empty where the concepts say nothing."""
    said = all_words(c for c in concepts if c)
    return f"{label}: {said}" if said else ""


def notes(annotations: Iterable[Annotation]) -> str:
    return "\n".join(a.text.strip() for a in annotations if a.text.strip())


def status(code: str) -> EventStatus:
    return codes.STATUSES.get(code, EventStatus.UNSPECIFIED)


# --- amounts ---------------------------------------------------------------------------------------------------------


def quantity(source: Quantity | None) -> record.Quantity | None:
    """The amount, None where the source has a unit and no number. A UCUM code is preferred to the unit's words."""
    if source is None or source.value is None:
        return None
    unit = source.code if source.system == codes.UCUM and source.code else source.unit or source.code
    return record.Quantity(str(source.value), unit, source.comparator)


def amount_words(source: Quantity | None) -> str:
    if (amount := quantity(source)) is None:
        return ""
    return f"{amount.comparator}{amount.value} {amount.unit}".strip()


def range_words(source: Range) -> str:
    """`2 mg to 4 mg`, `from 2 mg`, `up to 4 mg`."""
    low, high = amount_words(source.low), amount_words(source.high)
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"up to {high}" if high else ""


def age_words(said: str, age: Quantity | None, ages: Range | None) -> str:
    """When something was, as a choice of types that is no date: a string, an Age or a Range."""
    return said or amount_words(age) or (range_words(ages) if ages else "")


def ratio_words(source: Ratio) -> str:
    """`1:128` for pure numbers, `5 mg per 1 h` for amounts."""
    top, bottom = quantity(source.numerator), quantity(source.denominator)
    if top and bottom and not top.unit and not bottom.unit:
        return f"{top.comparator}{top.value}:{bottom.value}"
    return " per ".join(filter(None, (amount_words(source.numerator), amount_words(source.denominator))))


# --- times -----------------------------------------------------------------------------------------------------------


def moment(text: str, field: str) -> Instant | None:
    """The instant a FHIR date, dateTime or instant names; None for an absent one and for the year 9999.

    Raises UnreadableRecord.
    """
    if not text:
        return None
    try:
        instant = parse_instant(text)
    except ValueError:
        raise UnreadableRecord(f"{field} is not a FHIR date or time") from None
    return None if is_never(instant) else instant


def span(at: str, period: Period | None, field: str) -> tuple[Instant | None, Instant | None]:
    """Start and end of a choice between a dateTime and a Period; a dateTime has no end, a Period may have no start."""
    if period is None:
        return moment(at, field), None
    return moment(period.start, f"{field}.start"), moment(period.end, f"{field}.end")


def occurrence(at: str, period: Period | None, field: str) -> tuple[Instant | None, Instant | None]:
    """The span of what happens and does not last: where nobody says when it began, it is dated by its end."""
    start, end = span(at, period, field)
    return (start, end) if start else (end, None)


def begun(start: Instant | None, stated: Instant | None, end: Instant | None) -> Instant | None:
    """When what lasts began, else when it was stated, unless it was over by then: it then began nobody knows when."""
    if start is None and stated and end and interval_end(stated) > interval_end(end):
        return None
    return start or stated
