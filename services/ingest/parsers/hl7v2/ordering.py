"""ORC and OBR of an order: what is asked for, and what became of it (HL7 v2.8, chapter 4.5)."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event, EventStatus
from chartline.record.kinds import EventKind
from services.ingest.parsers.hl7v2 import tables, timing, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.grouping import Detail, Order
from services.ingest.parsers.hl7v2.scope import Facts, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment


def order_number(control: Segment | None, detail: Segment | None) -> str:
    """The placer's number, else the filler's; of ORC, else of OBR."""
    found = [control.first(2), control.first(3)] if control else []
    if detail is not None and detail.name == "OBR":
        found[1:1] = [detail.first(2)]
        found.append(detail.first(3))
    return next(filter(None, map(values.entity, found)), "")


def order_status(control: Segment | None) -> str:
    """ORC-5 says it, else the control code implies it."""
    if control is None:
        return ""
    standing = tables.ORDER_STATUSES.get(control.get(5).upper(), "")
    implied = tables.ORDER_CONTROLS.get(control.get(1).upper(), "")
    return implied if implied not in ("", "active") else standing or implied


def read(scope: Scope, order: Order, detail: Detail) -> Iterator[Event]:
    segment, control = detail.segment, order.control
    concept = segment.first(4)
    number = order_number(control, segment)
    if not (number or values.code_of(concept)):
        scope.leave("OBR without a number or a test")
        return
    when = timing.read(scope, [*order.leads, *detail.followers], (control, 7), (segment, 27))
    placed = scope.moment(control, 9) if control else None
    standing = order_status(control)
    kind = EventKind.SERVICE_REQUEST
    facts: Facts = {
        "category": tables.SERVICES.get(segment.get(24), segment.get(24)),
        "priority": when.priority or tables.PRIORITIES.get(segment.get(5), segment.get(5)),
        "reason": "; ".join(filter(None, map(values.words, segment.all(31)))) or segment.first(13).whole(),
        "order_status": standing,
        "body_site": segment.get(15, 4, 2) or segment.get(15, 4),
    }
    yield replace(
        scope.event(kind, "order", number, values.code_of(concept)),
        codings=values.codings(concept),
        display=values.name(concept),
        time=when.start or scope.moment(segment, 7) or scope.moment(segment, 6) or placed,
        end_time=when.end,
        available_time=scope.known(placed),
        text_value="\n".join(filter(None, (when.text, comment(segment)))),
        status=tables.ORDER_EVENT_STATUSES.get(standing, EventStatus.FINAL),
        attributes=attributes(kind, facts),
    )
