"""Short HL7 v2 messages for tests: a header, the segments that a test is about, and what comes of them."""

from chartline.record.event import CanonicalRecord, Event
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant
from services.ingest.parsers import parse

PID = "PID|1||7^^^GHH^MR||Doe^Jane||19800102|F"
PV1 = "PV1|1|I|ICU^101^A|E|||||||||||||||V1^^^GHH^VN|||||||||||||||||||||||||20260301080000"


def segment(name: str, **fields: str) -> str:
    """`segment("OBR", f3="F1", f24="LAB")`: fields by the standard's numbers."""
    numbered = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(numbered.get(number, "") for number in range(1, max(numbered) + 1))])


def message(
    kind: str, *segments: str, sent: str = "20260301120000", application: str = "LAB", control: str = "c1"
) -> bytes:
    header = f"MSH|^~\\&|{application}|GHH|||{sent}||{kind}|{control}|P|2.5.1"
    return "\r".join([header, *segments]).encode()


def read(kind: str, *segments: str, **sending: str) -> CanonicalRecord:
    """Fails the test where the message is unreadable or without events."""
    record = parse("hl7v2", message(kind, *segments, **sending))
    assert not record.unreadable_reason
    assert not record.without_events_reason
    return record


def of_kind(record: CanonicalRecord, *kinds: EventKind) -> list[Event]:
    return [event for event in record.events if event.kind in kinds]


def only(record: CanonicalRecord, *kinds: EventKind) -> Event:
    (event,) = of_kind(record, *kinds)
    return event


def at(event: Event, field: str = "time") -> str:
    instant = getattr(event, field)
    return format_instant(instant) if instant else ""
