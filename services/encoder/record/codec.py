"""What records tell to the bytes that are stored and back: the contract's own messages, so they can be evolved."""

from dataclasses import replace

from chartline.record.event import (
    CanonicalRecord,
    Definition,
    Event,
    Instant,
    PatientLink,
    RecordVersion,
    TimePrecision,
)
from chartline.rpc.messages import event_from_message, event_to_message, record_from_message, record_to_message
from chartline.v1 import event_pb2


def encode_event(event: Event) -> bytes:
    return event_to_message(event).SerializeToString(deterministic=True)


def decode_event(body: bytes, event_key: bytes, recorded_at: int) -> Event:
    event = event_from_message(event_pb2.Event.FromString(body))
    return replace(event, event_key=event_key.hex(), recorded_at=_learnt(recorded_at))


def encode_definition(definition: Definition) -> bytes:
    record = record_to_message(CanonicalRecord("", definitions=(definition,)))
    return record.definitions[0].SerializeToString(deterministic=True)


def decode_definition(body: bytes) -> Definition:
    message = event_pb2.CanonicalRecord(definitions=[event_pb2.Definition.FromString(body)])
    return record_from_message(message).definitions[0]


def encode_link(link: PatientLink) -> bytes:
    record = record_to_message(CanonicalRecord("", links=(link,)))
    return record.links[0].SerializeToString(deterministic=True)


def decode_link(body: bytes) -> PatientLink:
    message = event_pb2.CanonicalRecord(links=[event_pb2.PatientLink.FromString(body)])
    return record_from_message(message).links[0]


def encode_record_version(version: RecordVersion) -> bytes:
    record = record_to_message(CanonicalRecord("", versions=(version,)))
    return record.versions[0].SerializeToString(deterministic=True)


def decode_record_version(body: bytes, recorded_at: int) -> RecordVersion:
    message = event_pb2.CanonicalRecord(versions=[event_pb2.RecordVersion.FromString(body)])
    return replace(record_from_message(message).versions[0], recorded_at=_learnt(recorded_at))


def _learnt(recorded_at: int) -> Instant:
    return Instant(recorded_at, 0, TimePrecision.MICROSECOND)
