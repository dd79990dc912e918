"""What the segments of a message share: who sent it and when, whose it is, and what could not be read of it."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from chartline.record.event import Attribute, Event, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import ATTRIBUTES, EventKind
from chartline.record.times import is_never
from services.ingest.parsers.hl7v2 import tables, values
from services.ingest.parsers.hl7v2.splitting import Message, Segment
from services.ingest.parsers.hl7v2.times import known_at, parse_offset, parse_time

FORMAT = "hl7v2"
_LONGEST_PART_OF_A_KEY = 200
_LONGEST_NAME = 100

Facts = dict[str, str | Quantity | Instant | None]


@dataclass(frozen=True, slots=True)
class Head:
    """MSH and EVN. `offset` is the default of the message's times, in minutes; `known` when the event was recorded."""

    system: str
    facility: str
    record_id: str
    code: str
    trigger: str
    family: str
    offset: int | None
    sent: Instant | None
    known: Instant | None

    @property
    def version(self) -> int | None:
        """Grows with the source's: what a later message says of a fact counts for more, in whatever order they come."""
        moment = self.sent or self.known
        return None if moment is None else moment.unix_micros


def read_head(message: Message, text: str) -> Head:
    """A message without a control id is known by its content."""
    header = message.header
    application, facility = values.authority(header.first(3), 1), values.authority(header.first(4), 1)
    application, facility = (header.get(3) or application)[:_LONGEST_NAME], (header.get(4) or facility)[:_LONGEST_NAME]
    code, trigger = header.get(9), header.get(9, 2)
    offset = parse_offset(header.get(7))
    event = next(message.all("EVN"), None)
    sent = _instant(header.get(7), offset)
    recorded = _instant(event.get(2), offset) if event else None
    precise = recorded is not None and recorded.precision > TimePrecision.DAY
    return Head(
        system=f"{application}|{facility}" if application or facility else FORMAT,
        facility=facility or application or FORMAT,
        record_id=header.get(10)[:_LONGEST_NAME] or f"sha256-{hashlib.sha256(text.encode()).hexdigest()[:32]}",
        code=code,
        trigger=trigger or (event.get(1) if event else ""),
        family=tables.MESSAGES.get(code, ""),
        offset=offset,
        sent=sent,
        known=recorded if precise else sent or recorded,
    )


@dataclass(slots=True)
class Scope:
    """One patient's part of a message. `authority` gave the patient's number; `visit` is how events name the visit;
    `samples` are those of its requests so far, by the placer's and the filler's number.
    """

    head: Head
    leftovers: list[str]
    patient: str = ""
    authority: str = ""
    number: str = ""
    visit: str = ""
    visit_authority: str = ""
    visit_start: Instant | None = None
    said: set[Event] = field(default_factory=set)
    samples: dict[tuple[str, str], Segment] = field(default_factory=dict)
    _keys: Counter[str] = field(default_factory=Counter)

    def event(self, kind: EventKind, *key: str, system: str = "") -> Event:
        """An event of this message that says nothing yet. The parts of its key name the fact, whoever says it again."""
        natural = "/".join(part.replace("/", "%2F")[:_LONGEST_PART_OF_A_KEY] for part in key)
        repeat = self._keys[system + natural]
        self._keys[system + natural] += 1
        return Event(
            self.patient,
            kind,
            Source(FORMAT, system or self.head.system, self.head.record_id),
            f"{natural}/{repeat}" if repeat else natural,
            encounter=self.visit,
            available_time=self.head.known,
            version=self.head.version,
        )

    def moment(self, segment: Segment, number: int, component: int = 1, subcomponent: int = 1) -> Instant | None:
        """None for an absent time, for the year 9999, and for one that cannot be read, which is left over by name."""
        text = segment.get(number, component, subcomponent)
        if not text:
            return None
        degree = segment.get(number, 2) if component == 1 else ""
        try:
            instant = parse_time(text, self.head.offset, degree)
        except ValueError:
            self.leftovers.append(f"{segment.name}-{number} is not a time")
            return None
        return None if is_never(instant) else instant

    def known(self, *stated: Instant | None, happened: Instant | None = None) -> Instant | None:
        """From when the chart knew it: what is stated, else when the message was recorded."""
        return known_at([*stated] if any(stated) else [self.head.known], happened)

    def leave(self, reason: str) -> None:
        self.leftovers.append(reason)


def attributes(kind: EventKind, facts: Facts) -> tuple[Attribute, ...]:
    """The facts that say something and that the kind has a name for, in order."""
    allowed = ATTRIBUTES[kind]
    return tuple(Attribute(name, value) for name, value in facts.items() if value and name in allowed)


def _instant(text: str, offset: int | None) -> Instant | None:
    try:
        return parse_time(text, offset) if text else None
    except ValueError:
        return None
