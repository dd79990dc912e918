"""TQ1, and the TQ of versions before 2.5 (ORC-7, OBR-27, RXE-1, SCH-11): when, how often, for how long, how urgent."""

from collections.abc import Iterable
from dataclasses import dataclass

from chartline.record.event import Instant
from services.ingest.parsers.hl7v2 import tables, values
from services.ingest.parsers.hl7v2.scope import Scope
from services.ingest.parsers.hl7v2.splitting import Segment


@dataclass(frozen=True, slots=True)
class Timing:
    frequency: str = ""
    start: Instant | None = None
    end: Instant | None = None
    priority: str = ""
    text: str = ""


def read(scope: Scope, segments: Iterable[Segment], *old: tuple[Segment | None, int]) -> Timing:
    """The first TQ1, else the first of the `old` fields that says something; further ones, durations are left over."""
    found = [segment for segment in segments if segment.name == "TQ1"]
    for _ in found[1:]:
        scope.leave("a further TQ1 is not read")
    if found:
        timed = found[0]
        if timed.raw(6):
            scope.leave("TQ1-6 is not read")
        return Timing(
            frequency=_repeats(timed.get(3), timed.get(3, 2)),
            start=scope.moment(timed, 7),
            end=scope.moment(timed, 8),
            priority=values.said(timed.first(9), tables.PRIORITIES),
            text=" ".join(filter(None, (timed.first(10).whole(), timed.first(11).whole()))),
        )
    for segment, number in old:
        if segment is not None and segment.raw(number):
            return _quantity_timing(scope, segment, number)
    return Timing()


def _quantity_timing(scope: Scope, segment: Segment, number: int) -> Timing:
    """TQ (2A.3.72 of 2.5): quantity, interval, duration, start, end, priority, condition, text."""
    if segment.get(number, 3):
        scope.leave(f"the duration of {segment.name}-{number} is not read")
    for _ in segment.all(number)[1:]:
        scope.leave(f"a further {segment.name}-{number} is not read")
    urgency = segment.get(number, 6)
    return Timing(
        frequency=_repeats(segment.get(number, 2), segment.get(number, 2, 2)),
        start=scope.moment(segment, number, 4),
        end=scope.moment(segment, number, 5),
        priority=tables.PRIORITIES.get(urgency, urgency.lower()),
        text=segment.first(number).whole(8),
    )


def _repeats(pattern: str, explicit: str) -> str:
    return " ".join(filter(None, (pattern, explicit)))
