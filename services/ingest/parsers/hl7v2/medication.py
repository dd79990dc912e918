"""RXO, RXE, RXD, RXG and RXA: drugs ordered, dispensed, given, and vaccines (HL7 v2.8, chapter 4A).

An order is the same fact in all messages that name its placer's number: what the pharmacy encodes (RXE) replaces what
was ordered (RXO). What is dispensed and given are facts of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chartline.record.event import Event, EventStatus, Quantity
from chartline.record.kinds import EventKind
from services.ingest.parsers.hl7v2 import obx_value, tables, timing, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.grouping import Detail, Order
from services.ingest.parsers.hl7v2.ordering import order_number, order_status
from services.ingest.parsers.hl7v2.scope import Facts, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment

_CVX = tables.CODING_SYSTEMS["CVX"]
#: CDC's implementation guide: no vaccine was given (CVX), the amount is not known (RXA-6).
_NO_VACCINE, _UNKNOWN_AMOUNT = "998", "999"


@dataclass(frozen=True, slots=True)
class Fields:
    """Numbers of a segment's fields, 0 where it has none."""

    code: int
    amount: int = 0
    most: int = 0
    units: int = 0
    form: int = 0
    instructions: int = 0
    strength: int = 0
    rate: int = 0
    reason: int = 0


_FIELDS = {
    "RXO": Fields(1, 2, 3, 4, 5, 7, 18, 21, 20),
    "RXE": Fields(2, 3, 4, 5, 6, 7, 25, 23, 27),
    "RXD": Fields(2, 4, 0, 5, 6, 0, 16, 0, 21),
    "RXG": Fields(4, 5, 6, 7, 8, 0, 17, 15, 22),
    "RXA": Fields(5, 6, 0, 7, 8, 0, 13, 0, 19),
}


def read_order(scope: Scope, order: Order, detail: Detail) -> Iterator[Event]:
    """RXE, or RXO where the pharmacy has not encoded it yet."""
    segment = detail.segment
    when = timing.read(scope, [*order.leads, *detail.followers], (order.control, 7), (segment, 1))
    placed = scope.moment(order.control, 9) if order.control else None
    standing = order_status(order.control)
    event = _drug(scope, EventKind.MEDICATION_REQUEST, detail, ("order", order_number(order.control, segment)))
    if event is not None:
        facts = attributes(event.kind, {"frequency": when.frequency, "order_status": standing})
        yield replace(
            event,
            time=when.start or placed or scope.head.known,
            end_time=when.end,
            available_time=scope.known(placed),
            text_value="\n".join(filter(None, (event.text_value, when.text))),
            status=tables.ORDER_EVENT_STATUSES.get(standing, EventStatus.FINAL),
            attributes=event.attributes + facts,
        )


def read_dispense(scope: Scope, order: Order, detail: Detail) -> Iterator[Event]:
    segment = detail.segment
    number = order_number(order.control, segment)
    event = _drug(scope, EventKind.MEDICATION_DISPENSE, detail, ("dispense", number, segment.get(7), segment.get(1)))
    if event is not None:
        handed = scope.moment(segment, 3)
        known = scope.known(handed, happened=handed)
        notes = "\n".join(filter(None, (event.text_value, *segment.texts(9))))
        yield replace(event, time=handed, available_time=known, text_value=notes)


def read_give(scope: Scope, order: Order, detail: Detail) -> Iterator[Event]:
    """RXG says what is to be given and when: it is an order until RXA says that it was given."""
    segment = detail.segment
    number = order_number(order.control, segment)
    event = _drug(scope, EventKind.MEDICATION_REQUEST, detail, ("give", number, segment.get(1), segment.get(2)))
    if event is not None:
        when = timing.read(scope, detail.followers, (segment, 3), (order.control, 7))
        standing = order_status(order.control) or "active"
        facts = attributes(event.kind, {"frequency": when.frequency, "order_status": standing})
        yield replace(
            event,
            time=when.start,
            end_time=when.end,
            status=tables.ORDER_EVENT_STATUSES.get(standing, EventStatus.FINAL),
            attributes=event.attributes + facts,
        )


def read_administration(scope: Scope, order: Order, detail: Detail) -> Iterator[Event]:
    """A vaccine by the message or by its code system, else a drug given."""
    segment = detail.segment
    concept = segment.first(5)
    vaccine = scope.head.family == "vaccines" or _CVX in {coding.system for coding in values.codings(concept)}
    if vaccine and concept.get(1) == _NO_VACCINE:
        scope.leave("RXA without a vaccine: none was given")
        return
    kind = EventKind.IMMUNIZATION if vaccine else EventKind.MEDICATION_ADMINISTRATION
    key = ("given", order_number(order.control, None), values.code_of(concept), segment.get(3), segment.get(2))
    event = _drug(scope, kind, detail, key)
    if event is not None:
        start, end = scope.moment(segment, 3), scope.moment(segment, 4)
        done = segment.get(20)
        facts: Facts = {
            "lot_number": segment.get(15),
            "administration": tables.COMPLETION_WORDS.get(done, ""),
            "rate": _per_time(segment),
        }
        refused = "; ".join(filter(None, map(values.words, segment.all(18))))
        said = (event.text_value, *map(values.words, segment.all(9)), f"not given: {refused}" if refused else "")
        yield replace(
            event,
            time=start,
            end_time=end if end != start else None,
            available_time=scope.known(scope.moment(segment, 22), happened=end or start),
            text_value="\n".join(filter(None, said)),
            status=_given(done, segment.get(21)),
            attributes=event.attributes + attributes(kind, facts),
        )


def _given(completion: str, action: str) -> EventStatus:
    if action == "D":
        return EventStatus.ENTERED_IN_ERROR
    return tables.COMPLETION_STATUSES.get(completion, EventStatus.FINAL)


def _drug(scope: Scope, kind: EventKind, detail: Detail, key: Sequence[str]) -> Event | None:
    """What all segments of drugs say; left over where it names none."""
    segment = detail.segment
    where = _FIELDS[segment.name]
    concept = segment.first(where.code)
    if not values.code_of(concept):
        scope.leave(f"{segment.name} without a drug")
        return None
    routes = detail.all("RXR")
    routed = routes[0] if routes else None
    for _ in routes[1:]:
        scope.leave("a further RXR is not read")
    facts: Facts = {
        "route": values.said(routed.first(1), tables.ROUTES) if routed else "",
        "body_site": values.words(routed.first(2)) if routed else "",
        "form": values.words(segment.first(where.form)) if where.form else "",
        "strength": " ".join(filter(None, (segment.get(where.strength), segment.get(where.strength + 1)))),
        "rate": _rate(segment, where.rate),
        "reason": values.words(segment.first(where.reason)),
    }
    own = (values.words(element) for element in segment.all(where.instructions)) if where.instructions else ()
    said = (*own, _mixture(detail), comment(segment))
    return replace(
        scope.event(kind, *key),
        codings=values.codings(concept),
        display=values.name(concept),
        quantity=_dose(segment, where),
        text_value="\n".join(filter(None, said)),
        attributes=attributes(kind, facts),
    )


def _dose(segment: Segment, where: Fields) -> Quantity | None:
    """From the least to the most is no amount; the words keep it."""
    least, most = segment.get(where.amount), segment.get(where.most) if where.most else ""
    if least == _UNKNOWN_AMOUNT or (most and most != least):
        return None
    return obx_value.number(least, obx_value.read_unit(segment.first(where.units)))


def _rate(segment: Segment, number: int) -> str:
    if not number:
        return ""
    return " ".join(filter(None, (segment.get(number), obx_value.read_unit(segment.first(number + 1)))))


def _per_time(segment: Segment) -> str:
    """RXA has no rate of its own: what was given (RXA-6, RXA-7) in a unit of time (RXA-12)."""
    amount, per = segment.get(6), segment.get(12)
    if not per or amount in ("", _UNKNOWN_AMOUNT):
        return ""
    return " ".join(filter(None, (amount, obx_value.read_unit(segment.first(7)), "per", per)))


def _mixture(detail: Detail) -> str:
    """RXC: what the drug is mixed of, bases and additives."""
    parts = [segment for segment in detail.followers if segment.name == "RXC"]
    shown = (
        " ".join(filter(None, (values.words(part.first(2)), part.get(3), obx_value.read_unit(part.first(4)))))
        for part in parts
    )
    return f"of: {'; '.join(shown)}" if parts else ""
