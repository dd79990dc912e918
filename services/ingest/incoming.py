"""A record on its way in, from Kafka or from SubmitRecords, before anybody has read it."""

import re
from dataclasses import dataclass
from typing import Any

from chartline.v1.record_service_pb2 import Position

_TOPIC = re.compile(r"ehr\.(.+)\.raw")

LONGEST_LOAD_ID = 64


@dataclass(frozen=True, slots=True)
class Incoming:
    """`position` is None for a record that did not come through Kafka. `sent_at` is in seconds since 1970."""

    tenant: str
    source_format: str
    payload: bytes | None
    load_id: str = ""
    position: Position | None = None
    sent_at: float = 0.0


def tenant_of(topic: str) -> str:
    """The tenant of `ehr.<tenant>.raw`: the topic decides it and no header does. Raises ValueError for another name."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise ValueError(f"{topic} is no topic of records")
    return match[1]


def raw_topic(tenant: str) -> str:
    return f"ehr.{tenant}.raw"


def dead_letter_topic(tenant: str) -> str:
    return f"ehr.{tenant}.dlq"


def acknowledgement_topic(tenant: str) -> str:
    return f"ehr.{tenant}.acks"


def from_kafka(record: Any) -> Incoming:
    """A kafka-python ConsumerRecord of a topic of records."""
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    position = Position(topic=record.topic, partition=record.partition, offset=record.offset)
    return Incoming(
        tenant_of(record.topic),
        headers.get("format", ""),
        record.value,
        headers.get("load-id", ""),
        position,
        record.timestamp / 1000,
    )
