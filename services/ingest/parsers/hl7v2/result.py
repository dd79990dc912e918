"""OBR, OBX and SPM: results, charted values, cultures and reports.

    OBR-24, LOINC or the name decide what an OBX is      laboratory · vital sign · microbiology · a report's text
    OBR itself is the report over them                   REPORT: its name, its status, its text

A corrected result comes in a message of its own: it is the same fact where the filler's number (OBR-3), the test
(OBX-3) and its sub-id (OBX-4) are the same, and it replaces the other because it was sent later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chartline.record.event import RETRACTIONS, Event, EventStatus, Instant
from chartline.record.kinds import EventKind
from services.ingest.parsers.hl7v2 import obx_value, tables, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.grouping import Order
from services.ingest.parsers.hl7v2.measuring import LONGEST_PART, measured
from services.ingest.parsers.hl7v2.obx_value import Value
from services.ingest.parsers.hl7v2.scope import Facts, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment

_SAID_WITHOUT_VALUE = RETRACTIONS | {EventStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class Request:
    """What the OBX of one OBR share. `number` is the filler's, else the placer's, else what else is known of it."""

    number: str = ""
    kind: EventKind | None = None
    service: str = ""
    time: Instant | None = None
    end: Instant | None = None
    reported: Instant | None = None
    specimen: str = ""
    organism_of: str = ""
    organism: str = ""


def request(
    scope: Scope, order: Order, detail: Segment, results: Sequence[Segment], specimen: Segment | None
) -> Request:
    numbers = [detail.first(3), detail.first(2)]
    if order.control is not None:
        numbers[1:1] = [order.control.first(3)]
        numbers.append(order.control.first(2))
    test = values.code_of(detail.first(4))
    time = scope.moment(detail, 7) or (scope.moment(specimen, 17) if specimen else None)
    own = next(filter(None, map(values.entity, numbers)), "")
    sample = detail.get(15, 1, 2) or detail.get(15) or (values.words(specimen.first(4)) if specimen else "")
    fallback = "-".join((scope.number, values.entity(specimen.first(2)) if specimen else "", detail.get(7)))
    return Request(
        number=f"{own or fallback}/{test}",
        kind=_section(detail, results, bool(sample)),
        service=detail.get(24),
        time=time,
        end=scope.moment(detail, 8),
        reported=scope.moment(detail, 22),
        specimen=sample,
        organism_of=detail.get(26, 2),
        organism=detail.get(26, 3),
    )


def _section(detail: Segment, results: Sequence[Segment], sampled: bool) -> EventKind | None:
    """What the whole request is: by OBR-24, by its LOINC code, by what is charted in it; None where nobody says."""
    if (service := tables.SERVICE_KINDS.get(detail.get(24).upper())) is not None:
        return service
    if detail.get(4) in tables.MICROBIOLOGY_CODES or detail.get(4, 4) in tables.MICROBIOLOGY_CODES:
        return EventKind.MICROBIOLOGY
    if not sampled and any(_is_vital(segment) for segment in results):
        return EventKind.VITAL
    types = {segment.get(2).upper() for segment in results}
    return EventKind.REPORT if types and types <= {"TX", "FT", "ED", "RP"} and not sampled else None


def _is_vital(segment: Segment) -> bool:
    named = segment.first(3)
    words = {named.get(1).lower(), named.get(2).lower()}
    return bool({named.get(1), named.get(4)} & tables.VITAL_CODES or words & tables.VITAL_NAMES)


# --- the report ------------------------------------------------------------------------------------------------------


def read_report(
    scope: Scope, detail: Segment, asked: Request, text: str, withdrawn: EventStatus | None
) -> Iterator[Event]:
    """The report over the results; what of them is text is its text, and goes with it where it is `withdrawn`."""
    concept = detail.first(4)
    if not (values.code_of(concept) or text or detail.notes or withdrawn):
        scope.leave("OBR without a test")
        return
    kind = EventKind.REPORT
    facts: Facts = {"category": tables.SERVICES.get(asked.service, asked.service)}
    report = replace(
        scope.event(kind, "report", *asked.number.rsplit("/", 1)),
        codings=values.codings(concept),
        display=values.name(concept),
        time=asked.time,
        end_time=asked.end,
        available_time=_known(scope, asked, None),
        status=withdrawn or tables.REPORT_STATUSES.get(detail.get(25), EventStatus.FINAL),
        attributes=attributes(kind, facts),
    )
    yield from in_parts(report, "\n\n".join(filter(None, (text, comment(detail)))))


def in_parts(event: Event, text: str) -> Iterator[Event]:
    """A text too long for one event goes on in further ones."""
    yield event if event.text_value == text else replace(event, text_value=text[:LONGEST_PART])
    for part, start in enumerate(range(LONGEST_PART, len(text), LONGEST_PART), 1):
        key = f"{event.natural_key}/part/{part}"
        yield replace(event, natural_key=key, text_value=text[start : start + LONGEST_PART])


# --- one result ------------------------------------------------------------------------------------------------------


def read_result(scope: Scope, lines: Sequence[Segment], asked: Request) -> Iterator[Event]:
    """`lines` are one OBX, or several that are lines of one text. Each value is an event."""
    first = lines[0]
    found = _values(scope, lines)
    status = tables.RESULT_STATUSES.get(first.get(11).upper(), EventStatus.FINAL)
    left = [value.left for value in found if value.left]
    if left or (not found and status not in _SAID_WITHOUT_VALUE and not first.deleted(5)):
        scope.leave(left[0] if left else f"OBX without value{_standing(first)}")
        return
    concept = first.first(3)
    key = ("result", asked.number or _place(scope, first), values.code_of(concept), first.get(4))
    for value in found or [Value()]:
        event = scope.event(_kind(first, asked), *key)
        event = replace(
            event,
            codings=values.codings(concept),
            display=values.name(concept),
            time=(when := scope.moment(first, 14) or asked.time),
            end_time=None if first.get(14) else asked.end,
            available_time=_known(scope, asked, when, scope.moment(first, 19), corrected=_is_corrected(status)),
            status=status,
        )
        yield from in_parts(measured(event, lines, value, asked.specimen, asked.organism), value.text)


def _values(scope: Scope, lines: Sequence[Segment]) -> list[Value]:
    if len(lines) == 1:
        return obx_value.read(lines[0], scope.head.offset)
    texts = [value.words for line in lines for value in obx_value.read(line, scope.head.offset) or [Value()]]
    joined = "\n".join(texts).strip()
    return [Value(text=joined)] if joined else []


def _kind(segment: Segment, asked: Request) -> EventKind:
    """What a single value says of itself counts for more than its request."""
    if {segment.get(3), segment.get(3, 4)} & tables.MICROBIOLOGY_CODES:
        return EventKind.MICROBIOLOGY
    if _is_vital(segment) and asked.kind not in (EventKind.LABORATORY, EventKind.MICROBIOLOGY):
        return EventKind.VITAL
    if asked.kind is None:
        return EventKind.LABORATORY if asked.number else EventKind.VITAL
    return asked.kind if asked.kind is not EventKind.REPORT else EventKind.VITAL


def _place(scope: Scope, segment: Segment) -> str:
    """A result outside any request is that of its moment, else of its visit, else of the message."""
    sent = scope.head.sent
    when = segment.get(14) or ("" if scope.visit else str(sent.unix_micros if sent else ""))
    return f"{scope.visit or scope.number}-{when}"


def _is_corrected(status: EventStatus) -> bool:
    return status in (EventStatus.CORRECTED, EventStatus.CANCELLED, *RETRACTIONS)


def _known(
    scope: Scope, asked: Request, happened: Instant | None, analysed: Instant | None = None, *, corrected: bool = False
) -> Instant | None:
    """When it was analysed or reported, whichever is later; a correction not before it was sent."""
    stated = (analysed, asked.reported, scope.head.known if corrected else None)
    return scope.known(*stated, happened=happened or asked.time)


def _standing(segment: Segment) -> str:
    status = segment.get(11).upper()
    return f" in status {status}" if len(status) == 1 and status.isalpha() else ""


# --- the sample ------------------------------------------------------------------------------------------------------


def read_specimen(scope: Scope, segment: Segment, number: str) -> Iterator[Event]:
    """`number` is that of the request, for a sample without its own."""
    concept = segment.first(4)
    own = values.entity(segment.first(2)) or segment.get(2, 2) or f"{number}-{segment.get(1)}"
    taken, until = scope.moment(segment, 17), scope.moment(segment, 17, 2)
    kind = EventKind.SPECIMEN
    facts: Facts = {"body_site": values.words(segment.first(8)), "method": values.words(segment.first(7))}
    yield replace(
        scope.event(kind, "specimen", own),
        codings=values.codings(concept),
        display=values.name(concept),
        time=taken or scope.moment(segment, 18),
        end_time=until,
        available_time=scope.known(scope.moment(segment, 18), happened=until or taken),
        quantity=obx_value.number(segment.get(12), segment.get(12, 2)),
        text_value="\n".join(filter(None, (segment.first(14).whole(), comment(segment)))),
        attributes=attributes(kind, facts),
    )
