"""Domain objects to protobuf and back: the only place where the two meet."""

from chartline.rpc.messages.charts import events_from_bytes, events_to_bytes
from chartline.rpc.messages.events import (
    event_from_message,
    event_to_message,
    instant_from_message,
    instant_to_message,
    optional_instant,
    record_from_message,
    record_to_message,
)
from chartline.rpc.messages.plans import plan_from_message, plan_to_message
from chartline.rpc.messages.results import (
    concept_to_message,
    result_from_message,
    result_to_message,
    value_from_message,
    value_to_message,
)

__all__ = [
    "concept_to_message",
    "event_from_message",
    "event_to_message",
    "events_from_bytes",
    "events_to_bytes",
    "instant_from_message",
    "instant_to_message",
    "optional_instant",
    "plan_from_message",
    "plan_to_message",
    "record_from_message",
    "record_to_message",
    "result_from_message",
    "result_to_message",
    "value_from_message",
    "value_to_message",
]
