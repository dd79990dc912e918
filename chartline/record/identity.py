"""Who an event is and what it says: the keys by which the record keeps, recognises and distributes events.

All three hashes are part of the stored data: changing one of them means rebuilding every record.
"""

import hashlib
import json
from dataclasses import replace

from chartline.record.event import Attribute, Event, Instant, Quantity

_KEY_BYTES = 16


def event_key(tenant: str, source_system: str, natural_key: str) -> str:
    """32 hex digits that name a fact for ever: neither the version nor the patient is part of it."""
    return _digest(json.dumps((tenant, source_system, natural_key)).encode())


def with_event_key(tenant: str, event: Event) -> Event:
    return replace(event, event_key=event_key(tenant, event.source.system, event.natural_key))


def canonical_bytes(event: Event) -> bytes:
    """All that the source said, as one line of ASCII JSON: equal bytes, equal content.

    What the record itself fills in (`event_key`, `recorded_at`, `conflicting`) is left out.
    """
    content = (
        event.patient,
        event.kind,
        (event.source.format, event.source.system, event.source.record_id),
        event.natural_key,
        event.encounter,
        [(c.system, c.code, c.display) for c in event.codings],
        event.display,
        _instant(event.time),
        _instant(event.end_time),
        _instant(event.available_time),
        _quantity(event.quantity),
        event.text_value,
        event.interpretation,
        event.status,
        event.version,
        [_attribute(a) for a in event.attributes],
        event.code_reference,
    )
    return json.dumps(content, separators=(",", ":")).encode()


def content_hash(event: Event) -> str:
    """32 hex digits of `canonical_bytes`: the same version delivered twice has the same one."""
    return _digest(canonical_bytes(event))


def shard_of(tenant: str, patient: str, shards: int) -> int:
    """The encoder shard, 0 to shards - 1, that owns this patient."""
    digest = hashlib.sha256(json.dumps((tenant, patient)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % shards


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[: 2 * _KEY_BYTES]


def _instant(instant: Instant | None) -> tuple[int, int | None, int] | None:
    return None if instant is None else (instant.unix_micros, instant.offset_minutes, instant.precision)


def _quantity(quantity: Quantity | None) -> tuple[str, str, str] | None:
    return None if quantity is None else (quantity.value, quantity.unit, quantity.comparator)


def _attribute(attribute: Attribute) -> tuple[object, ...]:
    value = attribute.value
    if isinstance(value, str):
        return (attribute.name, "text", value)
    if isinstance(value, Quantity):
        return (attribute.name, "quantity", _quantity(value))
    return (attribute.name, "time", _instant(value))
