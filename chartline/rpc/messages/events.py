"""Events, definitions and records to protobuf and back, by hand: this is the hot path of ingest and encoder."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.message import Message

from chartline.record.event import (
    Attribute,
    CanonicalRecord,
    Coding,
    Definition,
    Event,
    EventStatus,
    Instant,
    PatientLink,
    Quantity,
    RecordVersion,
    Source,
    TimePrecision,
)
from chartline.record.kinds import EventKind
from chartline.v1 import event_pb2


def instant_to_message(instant: Instant) -> event_pb2.Instant:
    return event_pb2.Instant(
        unix_micros=instant.unix_micros,
        offset_minutes=instant.offset_minutes,
        precision=event_pb2.TimePrecision.ValueType(instant.precision),
    )


def instant_from_message(message: event_pb2.Instant) -> Instant:
    offset = message.offset_minutes if message.HasField("offset_minutes") else None
    return Instant(message.unix_micros, offset, TimePrecision(message.precision or TimePrecision.SECOND))


def optional_instant(message: Message, name: str) -> Instant | None:
    """The instant in that field, None where it is not set."""
    return instant_from_message(getattr(message, name)) if message.HasField(name) else None


def quantity_to_message(quantity: Quantity) -> event_pb2.Quantity:
    return event_pb2.Quantity(value=quantity.value, unit=quantity.unit, comparator=quantity.comparator)


def quantity_from_message(message: event_pb2.Quantity) -> Quantity:
    return Quantity(message.value, message.unit, message.comparator)


def _codings_to_message(codings: Iterable[Coding]) -> list[event_pb2.Coding]:
    return [event_pb2.Coding(system=c.system, code=c.code, display=c.display) for c in codings]


def _codings_from_message(messages: Iterable[event_pb2.Coding]) -> tuple[Coding, ...]:
    return tuple(Coding(m.system, m.code, m.display) for m in messages)


def _attribute_to_message(attribute: Attribute) -> event_pb2.Attribute:
    value = attribute.value
    if isinstance(value, str):
        return event_pb2.Attribute(name=attribute.name, text=value)
    if isinstance(value, Quantity):
        return event_pb2.Attribute(name=attribute.name, quantity=quantity_to_message(value))
    return event_pb2.Attribute(name=attribute.name, time=instant_to_message(value))


def _attribute_from_message(message: event_pb2.Attribute) -> Attribute:
    form = message.WhichOneof("value")
    if form == "quantity":
        return Attribute(message.name, quantity_from_message(message.quantity))
    if form == "time":
        return Attribute(message.name, instant_from_message(message.time))
    return Attribute(message.name, message.text)


def event_to_message(event: Event) -> event_pb2.Event:
    message = event_pb2.Event(
        event_key=event.event_key,
        patient=event.patient,
        encounter=event.encounter,
        kind=event_pb2.EventKind.ValueType(event.kind),
        codings=_codings_to_message(event.codings),
        display=event.display,
        text_value=event.text_value,
        interpretation=event.interpretation,
        status=event_pb2.EventStatus.ValueType(event.status),
        source=event_pb2.Source(
            format=event.source.format, system=event.source.system, record_id=event.source.record_id
        ),
        natural_key=event.natural_key,
        version=event.version,
        attributes=[_attribute_to_message(a) for a in event.attributes],
        code_reference=event.code_reference,
        conflicting=event.conflicting,
    )
    for name in ("time", "end_time", "available_time", "recorded_at"):
        if (instant := getattr(event, name)) is not None:
            getattr(message, name).CopyFrom(instant_to_message(instant))
    if event.quantity is not None:
        message.quantity.CopyFrom(quantity_to_message(event.quantity))
    return message


def event_from_message(message: event_pb2.Event) -> Event:
    """Raises ValueError for a kind, status or precision this version does not know."""
    return Event(
        patient=message.patient,
        kind=EventKind(message.kind),
        source=Source(message.source.format, message.source.system, message.source.record_id),
        natural_key=message.natural_key,
        encounter=message.encounter,
        codings=_codings_from_message(message.codings),
        display=message.display,
        time=optional_instant(message, "time"),
        end_time=optional_instant(message, "end_time"),
        available_time=optional_instant(message, "available_time"),
        quantity=quantity_from_message(message.quantity) if message.HasField("quantity") else None,
        text_value=message.text_value,
        interpretation=message.interpretation,
        status=EventStatus(message.status),
        version=message.version if message.HasField("version") else None,
        attributes=tuple(_attribute_from_message(a) for a in message.attributes),
        code_reference=message.code_reference,
        event_key=message.event_key,
        recorded_at=optional_instant(message, "recorded_at"),
        conflicting=message.conflicting,
    )


def record_to_message(record: CanonicalRecord) -> event_pb2.CanonicalRecord:
    return event_pb2.CanonicalRecord(
        record_id=record.record_id,
        events=[event_to_message(e) for e in record.events],
        definitions=[
            event_pb2.Definition(
                reference=d.reference,
                codings=_codings_to_message(d.codings),
                display=d.display,
                version=d.version,
                system=d.system,
                attributes=[_attribute_to_message(a) for a in d.attributes],
                code_reference=d.code_reference,
            )
            for d in record.definitions
        ],
        links=[_link_to_message(link) for link in record.links],
        unreadable_reason=record.unreadable_reason,
        without_events_reason=record.without_events_reason,
        versions=[_version_to_message(version) for version in record.versions],
        leftovers=record.leftovers,
    )


def record_from_message(message: event_pb2.CanonicalRecord) -> CanonicalRecord:
    return CanonicalRecord(
        record_id=message.record_id,
        events=tuple(event_from_message(e) for e in message.events),
        definitions=tuple(
            Definition(
                reference=d.reference,
                system=d.system,
                codings=_codings_from_message(d.codings),
                display=d.display,
                version=d.version if d.HasField("version") else None,
                attributes=tuple(_attribute_from_message(a) for a in d.attributes),
                code_reference=d.code_reference,
            )
            for d in message.definitions
        ),
        links=tuple(_link_from_message(link) for link in message.links),
        unreadable_reason=message.unreadable_reason,
        without_events_reason=message.without_events_reason,
        versions=tuple(_version_from_message(version) for version in message.versions),
        leftovers=tuple(message.leftovers),
    )


def _link_to_message(link: PatientLink) -> event_pb2.PatientLink:
    return event_pb2.PatientLink(
        identifiers=link.identifiers,
        withdrawn=link.withdrawn,
        version=link.version,
        available_time=None if link.available_time is None else instant_to_message(link.available_time),
        system=link.system,
        record_id=link.record_id,
    )


def _link_from_message(message: event_pb2.PatientLink) -> PatientLink:
    return PatientLink(
        tuple(message.identifiers),
        message.withdrawn,
        message.version if message.HasField("version") else None,
        optional_instant(message, "available_time"),
        message.system,
        message.record_id,
    )


def _version_to_message(version: RecordVersion) -> event_pb2.RecordVersion:
    return event_pb2.RecordVersion(
        system=version.system,
        record_id=version.record_id,
        version=version.version,
        available_time=None if version.available_time is None else instant_to_message(version.available_time),
        deleted=version.deleted,
    )


def _version_from_message(message: event_pb2.RecordVersion) -> RecordVersion:
    return RecordVersion(
        message.system,
        message.record_id,
        message.version if message.HasField("version") else None,
        optional_instant(message, "available_time"),
        message.deleted,
    )
