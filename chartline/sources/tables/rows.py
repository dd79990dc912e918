"""One row of a table becomes one canonical record: the mapping's expressions applied, times and numbers read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from chartline.record.event import (
    Attribute,
    CanonicalRecord,
    Coding,
    Event,
    EventStatus,
    Instant,
    Quantity,
    Source,
)
from chartline.record.interpretations import CODES_OF_WORD
from chartline.record.times import parse_instant
from chartline.sources.reasons import row_without_content
from chartline.sources.tables.expressions import Expression, Row
from chartline.sources.tables.mapping import EventMapping, SourceMapping, TableMapping, VersionMapping
from chartline.sources.tables.steps import UnreadableRow
from chartline.sources.tables.table_files import BEYOND

_NUMBER = re.compile(r"(?P<comparator>[<>]=?)?\s*(?P<value>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)", re.ASCII)
_INTERPRETATIONS = frozenset().union(*CODES_OF_WORD.values())


@dataclass(frozen=True, slots=True)
class RowReader:
    """Turns the rows of one table into records; the table's name keeps natural keys of tables apart."""

    source: SourceMapping
    table: TableMapping

    def record(self, row: Row, number: int) -> CanonicalRecord:
        """`number` counts the table's rows from 1 and names the record where the mapping's key cannot."""
        record_id = f"{self.table.name}/row {number}"
        try:
            if row.cells.get(BEYOND):
                raise UnreadableRow("more cells than the header names")
            events = tuple(event for mapping in self.table.events for event in self._events(mapping, row))
        except UnreadableRow as error:
            return CanonicalRecord(record_id, unreadable_reason=f"{self.table.name}: {error}")
        if not events:
            reason = self.table.without_events or row_without_content(self.table.name)
            return CanonicalRecord(record_id, without_events_reason=reason)
        return CanonicalRecord(events[0].source.record_id, events)

    def _events(self, mapping: EventMapping, row: Row) -> Iterator[Event]:
        if not all(condition(row) for condition in mapping.when):
            return
        event = self._event(mapping, row)
        if not mapping.versions:
            yield event
            return
        for number, version in enumerate(mapping.versions, start=1):
            available = _instant(version.available_time, row, "available_time")
            if available is not None or number == 1:
                yield _versioned(event, version, row, number, available)

    def _event(self, mapping: EventMapping, row: Row) -> Event:
        patient, key = whole(self.source.patient(row)), mapping.key(row)
        if not patient:
            raise UnreadableRow("no patient")
        if not key:
            raise UnreadableRow("no key")
        natural_key = f"{self.table.name}/{key}"
        quantity, text = _value(mapping, row)
        time = _instant(mapping.time, row, "time")
        return Event(
            patient=f"{self.source.patient_system}|{patient}",
            kind=mapping.kind,
            source=Source(self.source.format, self.source.system, natural_key),
            natural_key=f"{natural_key}#{mapping.kind.name}",
            encounter=whole(mapping.encounter(row)),
            codings=tuple(
                Coding(coding.system(row), code, coding.display(row))
                for coding in mapping.codings
                if (code := coding.code(row))
            ),
            display=mapping.display(row),
            time=time,
            end_time=_instant(mapping.end_time, row, "end_time"),
            available_time=_instant(mapping.available_time, row, "available_time") or time,
            quantity=quantity,
            text_value=text,
            interpretation=_interpretation(mapping, row, quantity),
            status=_status(mapping.status, row, EventStatus.FINAL),
            attributes=tuple(_attributes(mapping, row)),
        )


def whole(identifier: str) -> str:
    """An identifier that went through a column of floats without its ".0"."""
    return identifier.removesuffix(".0")


def _versioned(event: Event, mapping: VersionMapping, row: Row, number: int, available: Instant | None) -> Event:
    further = (Attribute(name, text) for name, source in mapping.attributes.items() if (text := source(row)))
    return replace(
        event,
        version=number,
        available_time=available,
        end_time=_instant(mapping.end_time, row, "end_time"),
        status=_status(mapping.status, row, event.status),
        attributes=(*event.attributes, *further),
    )


def _instant(source: Expression, row: Row, role: str) -> Instant | None:
    text = source(row)
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise UnreadableRow(f"{role} is no time") from None


def _value(mapping: EventMapping, row: Row) -> tuple[Quantity | None, str]:
    """The first of the mapping's values that is a number, else its text or the first value as words."""
    texts = [text for source in mapping.value if (text := source(row))]
    for text in texts:
        if match := _NUMBER.fullmatch(text):
            return Quantity(match["value"], mapping.unit(row), match["comparator"] or ""), ""
    return None, mapping.text(row) or next(iter(texts), "")


def _interpretation(mapping: EventMapping, row: Row, quantity: Quantity | None) -> str:
    said = mapping.interpretation(row)
    flag = said if said in _INTERPRETATIONS else ""
    low, high = _number(mapping.reference_low(row)), _number(mapping.reference_high(row))
    if quantity is None or quantity.comparator or (low is None and high is None):
        return flag
    value = float(quantity.value)
    if low is not None and value < low:
        return "L"
    if high is not None and value > high:
        return "H"
    return flag or "N"


def _status(source: Expression, row: Row, unsaid: EventStatus) -> EventStatus:
    said = source(row)
    try:
        return EventStatus[said] if said else unsaid
    except KeyError:
        raise UnreadableRow("status is no status") from None


def _number(text: str) -> float | None:
    return float(text) if text and _NUMBER.fullmatch(text) and text[0] not in "<>" else None


def _attributes(mapping: EventMapping, row: Row) -> Iterator[Attribute]:
    for name, source in mapping.attributes.items():
        if text := source(row):
            yield Attribute(name, text)
    for name, source in (("reference_low", mapping.reference_low), ("reference_high", mapping.reference_high)):
        if text := source(row):
            yield Attribute(name, text)
