"""What a dead letter is in Kafka: the payload as value, everything else in headers without content; pure.

The key is the place the record came from, `<topic>-<partition>-<offset>`, and the topic is compacted: the newest letter
of a key counts, and one without value has been erased. A payload that lies elsewhere, or could not be taken out of its
envelope, is kept as the CloudEvent it came in and has the header `content-type`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from chartline.v1.record_service_pb2 import Position
from services.ingest.envelope import STRUCTURED, TENANT_MISMATCH, Formats, open_message
from services.ingest.incoming import Incoming, Letter

Headers = list[tuple[str, bytes]]
TOO_LARGE = "too-large"
REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`place` is its own, `origin` the record's. `buried_at` is in seconds since 1970. `replayed` is the outcome of a
    replay that succeeded, or empty. A payload that is `too_large` is in its topic of records alone. `size` is in bytes.
    """

    place: Position
    origin: Position
    reason: str
    source_format: str
    payload: bytes
    buried_at: float
    load_id: str = ""
    content_type: str = ""
    source: str = ""
    message_id: str = ""
    replayed: str = ""
    too_large: bool = False
    size: int = 0

    @property
    def id(self) -> str:
        return letter_id(self.origin)


def letter_id(origin: Position) -> str:
    return f"{origin.topic}-{origin.partition}-{origin.offset}"


def encode(incoming: Incoming, reason: str) -> tuple[bytes, Headers]:
    """Value and headers. The record has a position."""
    assert incoming.position is not None
    value, content_type = incoming.payload or b"", incoming.content_type
    if incoming.claim is not None:
        claim = {"dataref": incoming.claim.reference, "datasha256": incoming.claim.sha256}
        value, content_type = msgspec.json.encode({"specversion": "1.0", **claim}), STRUCTURED
    place = incoming.position
    said = {
        "topic": place.topic,
        "partition": str(place.partition),
        "offset": str(place.offset),
        "reason": reason,
        "format": incoming.source_format,
        "load-id": incoming.load_id,
        "content-type": content_type,
        "source": incoming.source,
        "message-id": incoming.message_id,
    }
    return value, [(name, text.encode()) for name, text in said.items() if text]


def decode(record: Any) -> DeadLetter | None:
    """A kafka-python ConsumerRecord of a dead-letter topic; None for what is none: an erased one, a stranger's."""
    said = {name: (text or b"").decode("utf-8", "replace") for name, text in record.headers}
    try:
        origin = Position(topic=said["topic"], partition=int(said["partition"]), offset=int(said["offset"]))
    except (KeyError, ValueError):
        return None
    return DeadLetter(
        place=Position(topic=record.topic, partition=record.partition, offset=record.offset),
        origin=origin,
        reason=said.get("reason", ""),
        source_format=said.get("format", ""),
        payload=record.value or b"",
        buried_at=record.timestamp / 1000,
        load_id=said.get("load-id", ""),
        content_type=said.get("content-type", ""),
        source=said.get("source", ""),
        message_id=said.get("message-id", ""),
        replayed=said.get(REPLAYED, ""),
        too_large=TOO_LARGE in said,
        size=len(record.value or b""),
    )


def reopened(letter: DeadLetter, formats: Formats) -> Incoming:
    """The record as it came. Replayed before, its count has moved already; another tenant's stays refused."""
    headers = {"format": letter.source_format, "load-id": letter.load_id, "content-type": letter.content_type}
    told: Sequence[tuple[str, str]] = [(name, text) for name, text in headers.items() if text]
    incoming = open_message(told, None, letter.payload, letter.origin, letter.buried_at, formats)
    return as_letter(incoming, letter)


def as_letter(incoming: Incoming, letter: DeadLetter) -> Incoming:
    refused = TENANT_MISMATCH if letter.reason == TENANT_MISMATCH else incoming.refused
    counted = None if letter.replayed else Letter(letter.place, letter.reason)
    return replace(incoming, refused=refused, letter=counted, source=letter.source, message_id=letter.message_id)
