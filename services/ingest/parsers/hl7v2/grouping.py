"""Segments in a row to what belongs together: patients, their orders, and what follows each order's detail.

    PID PV1 OBX AL1 … ── ORC ── OBR ── NTE OBX OBX SPM …          one Group for each PID
    └─ Group.segments ┘  └ Order ──────────────────────┘          one Order for each ORC, or OBR without one
                         control · leads · Detail(OBR, followers)

The grammar of each message type (HL7 v2.8, chapters 3 to 12) is not checked: senders leave segments out and add others,
and none of that makes a fact unreadable. A comment (NTE) belongs to the segment before it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from services.ingest.parsers.hl7v2.splitting import Segment

#: Segments that say what is ordered, given or written.
_DETAILS = frozenset({"OBR", "RXO", "RXE", "RXD", "RXG", "RXA", "ODS", "ODT", "RQD", "TXA"})
#: Segments that end an order: what follows is the patient's again.
_ENDS = frozenset({"PV1", "PRB", "GOL", "PTH", "SCH", "RGS"})
#: Between a segment and its comment.
_PASSED_OVER = frozenset({"PRT", "CTD", "ROL"})


@dataclass(slots=True)
class Detail:
    """`specimen` is the sample that was sent before it."""

    segment: Segment
    followers: list[Segment] = field(default_factory=list)
    specimen: Segment | None = None

    def all(self, name: str) -> list[Segment]:
        return [segment for segment in self.followers if segment.name == name]


@dataclass(slots=True)
class Order:
    control: Segment | None = None
    leads: list[Segment] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)

    def segments(self) -> Iterator[Segment]:
        yield from self.leads
        for detail in self.details:
            yield from (detail.segment, *detail.followers)

    def first(self, name: str) -> Segment | None:
        return next((segment for segment in self.segments() if segment.name == name), None)


@dataclass(slots=True)
class Group:
    """`patient` is None for what comes before the first PID; `specimen` is the last sample outside an order so far."""

    patient: Segment | None = None
    specimen: Segment | None = None
    segments: list[Segment] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    def all(self, name: str) -> list[Segment]:
        """Outside orders first. Asked of a whole group alone: it is looked through."""
        orders = (order.segments() for order in self.orders)
        return [segment for segment in chain(self.segments, *orders) if segment.name == name]


def group(segments: Iterable[Segment], code: str, trigger: str) -> list[Group]:
    """`code` and `trigger` are MSH-9's: OUL sends ORC behind OBR, and specimens before their orders, R24 alone behind
    OBR (7.3.6 to 7.3.9)."""
    groups = [Group()]
    oul = code == "OUL"
    commented: Segment | None = None
    for segment in segments:
        if segment.name == "NTE":
            if commented is not None:
                commented.notes = (*commented.notes, segment)
            continue
        if segment.name not in _PASSED_OVER:
            commented = segment
        if segment.name == "PID":
            if groups[-1].patient is not None:
                groups.append(Group())
            groups[-1].patient = segment
        else:
            _place(segment, groups[-1], controls_follow=oul, specimens_lead=oul and trigger != "R24")
    return groups


def _place(segment: Segment, into: Group, *, controls_follow: bool, specimens_lead: bool) -> None:
    order = into.orders[-1] if into.orders else None
    if segment.name == "ORC":
        if order and controls_follow and order.control is None:
            order.control = segment
        else:
            into.orders.append(Order(segment))
    elif segment.name in _DETAILS:
        if order is None or (segment.name == "OBR" and order.details):
            into.orders.append(order := Order())
        order.details.append(Detail(segment, specimen=into.specimen))
    elif order is None or segment.name in _ENDS or (specimens_lead and segment.name == "SPM"):
        into.segments.append(segment)
        if segment.name == "SPM":
            into.specimen = segment
        if order is not None:
            into.orders.append(Order())
    elif order.details:
        order.details[-1].followers.append(segment)
    else:
        order.leads.append(segment)
