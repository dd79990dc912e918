"""SCH with AIS, AIL and AIP: an appointment and what became of it (HL7 v2.8, chapter 10)."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event, EventStatus, Instant
from chartline.record.kinds import EventKind
from chartline.record.times import MINUTE
from services.ingest.parsers.hl7v2 import tables, timing, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.scope import Facts, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment

_MINUTES = {
    "": 1,
    "MIN": 1,
    "MINUTE": 1,
    "MINUTES": 1,
    "M": 1,
    "S": 1 / 60,
    "SEC": 1 / 60,
    "H": 60,
    "HR": 60,
    "HOURS": 60,
}


def read(scope: Scope, schedule: Segment, resources: list[Segment]) -> Iterator[Event]:
    """`resources` are the other segments of the message: services, places, people, TQ1."""
    number = values.entity(schedule.first(2)) or values.entity(schedule.first(1))
    if not number:
        scope.leave("SCH without a number of the appointment")
        return
    when = timing.read(scope, resources, (schedule, 11))
    service = next((s for s in resources if s.name == "AIS"), None)
    start = when.start or _starts(scope, resources)
    standing = _standing(scope, schedule)
    kind = EventKind.APPOINTMENT
    facts: Facts = {
        "category": values.words(schedule.first(8)),
        "appointment_status": standing,
        "reason": values.words(schedule.first(7)) or values.words(schedule.first(6)),
        "location": "; ".join(filter(None, (values.place(s.first(3)) for s in resources if s.name == "AIL"))),
        "practitioner": "; ".join(
            filter(None, (values.practitioner(s.first(3)) for s in resources if s.name == "AIP"))
        ),
    }
    named = service.first(3) if service else schedule.first(8)
    yield replace(
        scope.event(kind, "appointment", number),
        encounter="",
        codings=values.codings(named),
        display=values.name(named) or str(facts["category"] or facts["reason"]),
        time=start,
        end_time=when.end or _end(schedule, service, start),
        text_value="\n".join(filter(None, (when.text, comment(schedule)))),
        status=tables.APPOINTMENT_STATUSES.get(standing, EventStatus.FINAL),
        attributes=attributes(kind, facts),
    )


def _standing(scope: Scope, schedule: Segment) -> str:
    """A cancelled, deleted or missed appointment by the trigger event, else what SCH-25 says."""
    told = tables.APPOINTMENT_TRIGGERS.get(scope.head.trigger, "booked")
    if told != "booked":
        return told
    filler = schedule.get(25)
    return tables.APPOINTMENT_FILLERS.get(filler.upper(), filler.lower() if filler.isalpha() else "") or told


def _starts(scope: Scope, resources: list[Segment]) -> Instant | None:
    """AIS-4; AIL-6 and AIP-6 where no service has a time."""
    fields = {"AIS": 4, "AIL": 6, "AIP": 6}
    timed = (scope.moment(s, fields[s.name]) for s in resources if s.name in fields and s.raw(fields[s.name]))
    return next(filter(None, timed), None)


def _end(schedule: Segment, service: Segment | None, start: Instant | None) -> Instant | None:
    """SCH-9 and SCH-10, else AIS-7 and AIS-8: how long it lasts."""
    for segment, number in ((schedule, 9), (service, 7)):
        length = segment.get(number) if segment else ""
        unit = _MINUTES.get(segment.get(number + 1).upper()) if segment else None
        if start and unit and length.isascii() and length.isdecimal() and 0 < len(length) <= 6:
            return replace(start, unix_micros=start.unix_micros + round(int(length) * unit * MINUTE))
    return None
