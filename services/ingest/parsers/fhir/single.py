"""One resource to one record: read by its type's reader, then held back, marked and counted as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import msgspec

from chartline.record.event import RETRACTIONS, CanonicalRecord, Definition, Event, PatientLink
from services.ingest.parsers.errors import RecordWithoutEvents, UnreadableRecord
from services.ingest.parsers.fhir.elements import Resource
from services.ingest.parsers.fhir.extensions import unread_extensions
from services.ingest.parsers.fhir.guards import has_modifier
from services.ingest.parsers.fhir.marking import marked
from services.ingest.parsers.fhir.readers import READERS
from services.ingest.parsers.fhir.resource import Head, Leftover, Part, head
from services.ingest.parsers.fhir.types import WITHOUT_EVENTS

_WITHHELD = "modifierExtension may change what the resource says and is not known"


class Typed(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    id: str = ""


def read_single(payload: bytes, resource_type: str) -> CanonicalRecord:
    """Raises UnreadableRecord, RecordWithoutEvents, msgspec.MsgspecError."""
    if reason := WITHOUT_EVENTS.get(resource_type):
        raise RecordWithoutEvents(f"{resource_type}: {reason}")
    reader = READERS.get(resource_type)
    if reader is None:
        raise UnreadableRecord("resourceType is missing" if not resource_type else "resourceType is not of FHIR R4")
    resource = reader.decode(payload)
    common = resource if isinstance(resource, Resource) else resource.common
    whose = head(common, payload, twice=reader.twice)
    parts = [marked(part, common) for part in chain(reader.read(resource, whose), unread_extensions(common))]
    if b'"modifierExtension"' in payload and has_modifier(msgspec.json.decode(payload)):
        return _withheld(whose, parts)
    return _collected(whose, parts, several=reader.several)


def _withheld(whose: Head, parts: Iterable[Part]) -> CanonicalRecord:
    """Of a resource whose meaning is not known only its withdrawal is believed."""
    withdrawn = tuple(p for p in parts if isinstance(p, Event) and p.status in RETRACTIONS)
    return CanonicalRecord(
        whose.record_id,
        withdrawn,
        without_events_reason="" if withdrawn else _WITHHELD,
        versions=whose.whole(withdrawn),
        leftovers=(_WITHHELD,),
    )


def _collected(whose: Head, parts: Iterable[Part], *, several: bool) -> CanonicalRecord:
    """`several`: the resource may be several facts, so a version of it says of which it still consists."""
    kept = list(parts)
    events = tuple(p for p in kept if isinstance(p, Event))
    return CanonicalRecord(
        whose.record_id,
        events,
        tuple(p for p in kept if isinstance(p, Definition)),
        tuple(p for p in kept if isinstance(p, PatientLink)),
        versions=whose.whole(events) if several else (),
        leftovers=tuple(dict.fromkeys(p.reason for p in kept if isinstance(p, Leftover))),
    )
