"""HL7 v2 messages to canonical events, versions 2.1 to 2.8: one small module for each family of segments.

bytes ─▶ decoding ─▶ splitting ─▶ grouping ─▶ patient · visit · reading (results, drugs, documents …) ─▶ events
"""

from chartline.record.event import CanonicalRecord, Event, PatientLink, RecordVersion
from services.ingest.parsers.errors import RecordWithoutEvents, UnreadableRecord
from services.ingest.parsers.hl7v2 import identity, patient, reading, tables, visit
from services.ingest.parsers.hl7v2.decoding import decode
from services.ingest.parsers.hl7v2.grouping import Group, group
from services.ingest.parsers.hl7v2.scope import Head, Scope, read_head
from services.ingest.parsers.hl7v2.splitting import Message, split

_MOST_LEFTOVERS = 1_000
#: Person information is deleted.
_FORGET = "A29"


def parse(payload: bytes) -> CanonicalRecord:
    """One record for one message. Raises UnreadableRecord, RecordWithoutEvents; never anything else."""
    text = decode(payload)
    message = split(text)
    head = read_head(message, text)
    if (reason := tables.WITHOUT_EVENTS.get(head.code)) is not None:
        raise RecordWithoutEvents(reason)
    if not head.family:
        raise UnreadableRecord("MSH-9 is missing" if not head.code else "the message type of MSH-9 is not known")
    return _read(head, message)


def _read(head: Head, message: Message) -> CanonicalRecord:
    groups = group(message.segments, head.code, head.trigger)
    leftovers = ["a line that is no segment"] * message.strays
    links = identity.read(head, groups, leftovers)
    events: list[Event] = []
    versions: list[RecordVersion] = []
    unnamed = []
    for each in groups:
        scope = Scope(head, leftovers)
        try:
            _read_patient(scope, each, message, events, versions)
        except RecordWithoutEvents as error:
            unnamed.append(str(error))
    if not (events or links):
        raise RecordWithoutEvents(unnamed[0] if unnamed else "no event in the message")
    leftovers += unnamed
    return CanonicalRecord(
        head.record_id, tuple(events), links=_distinct(links), versions=tuple(versions), leftovers=_bounded(leftovers)
    )


def _read_patient(
    scope: Scope, each: Group, message: Message, events: list[Event], versions: list[RecordVersion]
) -> None:
    if each.patient is None:
        raise RecordWithoutEvents("no PID segment names a patient")
    patient.enter(scope, each.patient)
    where = visit.enter(scope, each)
    if scope.head.trigger == _FORGET and scope.head.family == "visit":
        events += patient.forgotten(scope)
    else:
        events += patient.demographics(scope, each.patient)
        events += patient.death(scope, each.patient, next(iter(each.all("PDA")), None))
    if where is not None:
        events += visit.read(scope, where, each, next(message.all("EVN"), None))
    events += reading.read_group(scope, each)
    if (deleted := visit.deletion(scope)) is not None:
        versions.append(deleted)


def _distinct(links: list[PatientLink]) -> tuple[PatientLink, ...]:
    return tuple(dict.fromkeys(links))


def _bounded(leftovers: list[str]) -> tuple[str, ...]:
    if len(leftovers) <= _MOST_LEFTOVERS:
        return tuple(leftovers)
    kept = leftovers[: _MOST_LEFTOVERS - 1]
    return (*kept, f"{len(leftovers) - len(kept)} further parts of the message")
