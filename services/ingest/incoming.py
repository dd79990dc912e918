"""A record on its way in, from Kafka, from a dead letter or from SubmitRecords, before anybody has read it."""

import re
from dataclasses import dataclass

from chartline.rpc.auth import TENANT
from chartline.v1.record_service_pb2 import Position

_TOPIC = re.compile(rf"ehr\.({TENANT.pattern})\.(?:raw|backfill)")

LONGEST_LOAD_ID = 64


@dataclass(frozen=True, slots=True)
class Claim:
    """Where a payload lies that the message does not carry: a URI, and its SHA-256 in hex or empty."""

    reference: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """The dead letter that a record was read from again: its place, and the reason it is counted under."""

    place: Position
    reason: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """`position` is None for a record that did not come through Kafka. `sent_at` is in seconds since 1970.

    `refused` says why its envelope is not accepted; the payload then is the whole message, in its `content_type`.
    `deletes` is the record, in its source's words, that a message without value takes back. `source`, `message_id` and
    `time` are what its CloudEvent says.
    """

    tenant: str
    source_format: str
    payload: bytes | None
    load_id: str = ""
    position: Position | None = None
    sent_at: float = 0.0
    claim: Claim | None = None
    deletes: str = ""
    refused: str = ""
    content_type: str = ""
    source: str = ""
    message_id: str = ""
    time: str = ""
    letter: Letter | None = None


def is_load_id(text: str) -> bool:
    """Whether the encoder counts under it."""
    return len(text) <= LONGEST_LOAD_ID and "\x00" not in text


def holds_records(topic: str) -> bool:
    """Whether it is named as one, by a tenant that a token can name too: no other could ever be asked about."""
    return _TOPIC.fullmatch(topic) is not None


def tenant_of(topic: str) -> str:
    """The tenant of `ehr.<tenant>.raw` or `.backfill`: the topic decides it. Raises ValueError for another name."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise ValueError(f"{topic} is no topic of records")
    return match[1]


def raw_topic(tenant: str) -> str:
    return f"ehr.{tenant}.raw"


def backfill_topic(tenant: str) -> str:
    """What need not be live: years of records, sent once."""
    return f"ehr.{tenant}.backfill"


def dead_letter_topic(tenant: str) -> str:
    return f"ehr.{tenant}.dlq"


def acknowledgement_topic(tenant: str) -> str:
    return f"ehr.{tenant}.acks"
