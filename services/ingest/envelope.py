"""Opens what comes from Kafka: CloudEvents 1.0 in binary or structured mode, or a message without an envelope; pure.

    binary      headers ce_*, `content-type` names the payload, the value is the payload
    structured  `content-type: application/cloudevents+json`, the value is the event, its `data` or
                `data_base64` is the payload
    bare        neither; the header `format` or the topic's configuration names the payload

The same record comes out of all three. What cannot be opened is refused with a reason and goes to the dead letters.
Source: CloudEvents 1.0.2, Kafka protocol binding, JSON event format, extensions dataref and partitionkey.
"""

import binascii
import re
import tomllib
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from chartline.v1.record_service_pb2 import Position
from services.ingest.incoming import Claim, Incoming, tenant_of

TENANT_MISMATCH = "tenant_mismatch"
STRUCTURED = "application/cloudevents+json"
#: A larger value is not read. kafka-python has unpacked the whole compressed batch by then, however large: this spares
#: the parsers alone, and producers must be trusted not to send gigabytes in a few kilobytes.
LARGEST_MESSAGE = 32 << 20

_CONTENT_TYPES = tomllib.loads((Path(__file__).parent / "content_types.toml").read_text())
_CLOUD_EVENTS = "application/cloudevents"
_SPEC_VERSION = "1.0"
_OWN_HEADERS = ("format", "load-id", "content-type")
_LONGEST_ATTRIBUTE = 256
#: `Observation/123` at the end of a subject or as a key, as FHIR R4 2.3.0.2 writes references.
_FHIR_RECORD = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")


class _CloudEvent(msgspec.Struct):
    """What we read of an event in JSON; other attributes and extensions may stand beside it."""

    specversion: str | None = None
    id: str | None = None
    source: str | None = None
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    dataref: str | None = None
    datasha256: str | None = None
    tenantid: str | None = None
    loadid: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    data_base64: str | None = None


_DECODER = msgspec.json.Decoder(_CloudEvent)
_ATTRIBUTES = [name for name in _CloudEvent.__struct_fields__ if not name.startswith("data_") and name != "data"]


class Formats:
    """How a payload's format is known: its own header, a media type that names one, the topic, a general media type."""

    def __init__(self, topics: Mapping[str, str]) -> None:
        """Topic, with `*` for any characters, to format; the first that fits counts."""
        self._topics = dict(topics)

    def of(self, topic: str, named: str, content_type: str) -> str:
        """Empty when nothing says it."""
        media_type = content_type.partition(";")[0].strip().lower()
        exact: str = named or _CONTENT_TYPES["exact"].get(media_type, "")
        return exact or self._of_topic(topic) or _CONTENT_TYPES["general"].get(media_type, "")

    def _of_topic(self, topic: str) -> str:
        return next((form for pattern, form in self._topics.items() if fnmatchcase(topic, pattern)), "")


@dataclass(frozen=True, slots=True)
class _Opened:
    """`attributes` by their CloudEvents names; every `tenants` said must be the topic's."""

    attributes: dict[str, str]
    payload: bytes | None
    tenants: Sequence[str] = ()
    refused: str = ""


def from_kafka(record: Any, formats: Formats) -> Incoming:
    """A kafka-python ConsumerRecord of a topic of records."""
    position = Position(topic=record.topic, partition=record.partition, offset=record.offset)
    headers = [(name.lower(), (value or b"").decode("utf-8", "replace")) for name, value in record.headers]
    return open_message(headers, record.key, record.value, position, record.timestamp / 1000, formats)


def open_message(
    headers: Sequence[tuple[str, str]],
    key: bytes | None,
    value: bytes | None,
    position: Position,
    sent_at: float,
    formats: Formats,
) -> Incoming:
    """Names of headers are in lower case."""
    opened = _open(headers, value)
    said = opened.attributes
    tenant = tenant_of(position.topic)
    refused = TENANT_MISMATCH if any(each != tenant for each in opened.tenants) else opened.refused
    claim = Claim(said["dataref"], said.get("datasha256", "")) if said.get("dataref") and not opened.payload else None
    return Incoming(
        tenant,
        formats.of(position.topic, said.get("format", ""), said.get("datacontenttype", "")),
        payload=value if refused else opened.payload,
        load_id=said.get("load-id") or said.get("loadid", ""),
        position=position,
        sent_at=sent_at,
        claim=None if refused else claim,
        deletes="" if opened.payload or claim else _named(said.get("subject", ""), key),
        refused=refused,
        content_type=said.get("content-type", "") if refused else "",
        source=said.get("source", "")[:_LONGEST_ATTRIBUTE],
        message_id=said.get("id", "")[:_LONGEST_ATTRIBUTE],
        time=said.get("time", "")[:_LONGEST_ATTRIBUTE],
    )


def _open(headers: Sequence[tuple[str, str]], value: bytes | None) -> _Opened:
    told = dict(headers)
    tenants = [text for name, text in headers if name in ("tenantid", "ce_tenantid")]
    media_type = told.get("content-type", "").partition(";")[0].strip().lower()
    own = {name: text for name, text in told.items() if name in _OWN_HEADERS}
    if len(value or b"") > LARGEST_MESSAGE:
        return _Opened(own, None, tenants, f"larger than {LARGEST_MESSAGE >> 20} MiB")
    if media_type.startswith(_CLOUD_EVENTS):
        return _structured(media_type, value or b"", own, tenants)
    attributes = {name.removeprefix("ce_"): text for name, text in told.items()}
    attributes["datacontenttype"] = told.get("content-type", "")
    return _Opened(attributes, value, tenants)


def _structured(media_type: str, value: bytes, own: dict[str, str], tenants: Sequence[str]) -> _Opened:
    if media_type != STRUCTURED:
        form = "a batch of CloudEvents" if "-batch" in media_type else "a CloudEvent in another form than JSON"
        return _Opened(own, None, tenants, form)
    try:
        event = _DECODER.decode(value)
        payload = _data(event)
    except RecursionError:
        return _Opened(own, None, tenants, "a CloudEvent nested too deep")
    except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error):
        return _Opened(own, None, tenants, "not a CloudEvent in JSON")
    said = {name: text for name in _ATTRIBUTES if (text := getattr(event, name))}
    if event.tenantid is not None:
        tenants = [*tenants, event.tenantid]
    other = "" if event.specversion == _SPEC_VERSION else "a CloudEvent of another version than 1.0"
    return _Opened({**said, **own}, payload, tenants, other)


def _data(event: _CloudEvent) -> bytes | None:
    """JSON keeps the bytes it came in, so that 1.10 stays 1.10. A text is what it says: HL7 v2, or JSON written out."""
    if event.data_base64 is not None:
        return b64decode(event.data_base64, validate=True)
    raw = bytes(event.data)
    if raw in (b"", b"null"):
        return None
    return msgspec.json.decode(raw, type=str).encode() if raw.startswith(b'"') else raw


def _named(subject: str, key: bytes | None) -> str:
    """The record that a message without value is about: its subject, else a key that is a FHIR reference."""
    if subject:
        match = _FHIR_RECORD.fullmatch(subject)
        return match[1] if match else subject[:_LONGEST_ATTRIBUTE]
    match = _FHIR_RECORD.fullmatch((key or b"").decode("utf-8", "replace"))
    return match[1] if match else ""
