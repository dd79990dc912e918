"""TXA and the OBX behind it: a document, its standing and its text (HL7 v2.8, chapter 9)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chartline.record.event import RETRACTIONS, Event, EventStatus
from chartline.record.kinds import EventKind
from services.ingest.parsers.hl7v2 import obx_value, tables, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.grouping import Detail
from services.ingest.parsers.hl7v2.result import in_parts
from services.ingest.parsers.hl7v2.scope import Facts, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment

#: The parent of a replacement (T09, T10) is obsolete; T11 takes the document itself back.
_REPLACEMENTS, _CANCELLATION = frozenset({"T09", "T10"}), "T11"
#: What OBX-11 makes of a line that is no part of the text any more, the gravest first.
_TAKEN_BACK = (EventStatus.WRONG_PATIENT, EventStatus.ENTERED_IN_ERROR, EventStatus.CANCELLED)


def read(scope: Scope, detail: Detail, body: Sequence[Segment]) -> Iterator[Event]:
    document = detail.segment
    number = values.entity(document.first(12)) or values.entity(document.first(16))
    orders = [document.first(15), document.first(14)]
    named = number or next(filter(None, map(values.entity, orders)), "") or f"{scope.number}-{document.get(4)}"
    written = scope.moment(document, 4) or scope.moment(document, 6) or scope.moment(document, 7)
    concept = document.first(2)
    text, withdrawn = joined(scope, body)
    standing = _status(scope, document)
    kind = EventKind.NOTE
    authors = filter(None, (values.practitioner(element) for n in (9, 5) for element in document.all(n)))
    facts: Facts = {"category": _type(document), "author": next(authors, "")}
    note = replace(
        scope.event(kind, "note", named),
        codings=values.codings(concept, "http://terminology.hl7.org/CodeSystem/v2-0270"),
        display=_type(document),
        time=written,
        available_time=scope.known(happened=written),
        status=withdrawn if withdrawn and standing not in RETRACTIONS else standing,
        attributes=attributes(kind, facts),
    )
    yield from in_parts(note, "\n\n".join(filter(None, (text, comment(document)))))
    parent = values.entity(document.first(13))
    if scope.head.trigger in _REPLACEMENTS and parent:
        yield replace(note, natural_key=f"note/{parent}", text_value="", status=EventStatus.ENTERED_IN_ERROR)


def _type(document: Segment) -> str:
    return values.said(document.first(2), tables.DOCUMENT_TYPES)


def _status(scope: Scope, document: Segment) -> EventStatus:
    if scope.head.trigger == _CANCELLATION:
        return EventStatus.ENTERED_IN_ERROR
    withdrawn = tables.DOCUMENT_AVAILABILITIES.get(document.get(19), EventStatus.FINAL)
    completed = tables.DOCUMENT_STATUSES.get(document.get(17), EventStatus.FINAL)
    return withdrawn if withdrawn is not EventStatus.FINAL else completed


def taken_back(line: Segment) -> EventStatus | None:
    """Its status where OBX-11 says that it is no part of the text any more."""
    status = tables.RESULT_STATUSES.get(line.get(11).upper())
    return status if status in _TAKEN_BACK else None


def joined(scope: Scope, body: Sequence[Segment]) -> tuple[str, EventStatus | None]:
    """The text of OBX in a row, each name before the lines that it heads where there are several names.

    Lines that were taken back are left over; the status is the gravest of them where nothing else was said.
    """
    kept: list[Segment] = []
    statuses = set()
    for segment in body:
        if (status := taken_back(segment)) is None:
            kept.append(segment)
        else:
            statuses.add(status)
            scope.leave(f"OBX of a text in status {segment.get(11).upper()}")
    gravest = next((status for status in _TAKEN_BACK if status in statuses), None)
    return _text(scope, kept), None if any(segment.raw(5) for segment in kept) else gravest


def _text(scope: Scope, body: Sequence[Segment]) -> str:
    names = [values.words(segment.first(3)) for segment in body]
    parts: list[str] = []
    heading = ""
    for name, segment in zip(names, body, strict=True):
        found = obx_value.read(segment, scope.head.offset)
        for value in found:
            if value.left:
                scope.leave(value.left)
        said = "\n".join(value.words for value in found if value.words)
        if said and name and name != heading and len(set(names)) > 1:
            parts.append(f"\n{name}:" if parts else f"{name}:")
        heading = name if said else heading
        parts += [said, comment(segment)] if segment.notes else [said]
    return "\n".join(parts).strip()
