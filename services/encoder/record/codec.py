"""Events and definitions to the bytes that are stored and back; the contract's own messages, so they can be evolved."""

from dataclasses import replace

from chartline.record.event import CanonicalRecord, Definition, Event, Instant, TimePrecision
from chartline.rpc.messages import event_from_message, event_to_message, record_from_message, record_to_message
from chartline.v1 import event_pb2


def encode_event(event: Event) -> bytes:
    return event_to_message(event).SerializeToString(deterministic=True)


def decode_event(body: bytes, event_key: bytes, recorded_at: int) -> Event:
    event = event_from_message(event_pb2.Event.FromString(body))
    learnt = Instant(recorded_at, 0, TimePrecision.MICROSECOND)
    return replace(event, event_key=event_key.hex(), recorded_at=learnt)


def encode_definition(definition: Definition) -> bytes:
    record = record_to_message(CanonicalRecord("", definitions=(definition,)))
    return record.definitions[0].SerializeToString(deterministic=True)


def decode_definition(body: bytes) -> Definition:
    message = event_pb2.CanonicalRecord(definitions=[event_pb2.Definition.FromString(body)])
    return record_from_message(message).definitions[0]
