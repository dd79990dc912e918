"""A message without value: the record it names was deleted; pure.

The name is the CloudEvent's subject, or the key where that is a FHIR reference (`Observation/123`). In the format
`events` the subject is Source.record_id and the CloudEvent's source is Source.system.
"""

from chartline.record.event import CanonicalRecord, Instant, RecordVersion, TimePrecision
from chartline.record.times import parse_instant
from services.ingest.incoming import Incoming
from services.ingest.parsers.fhir.resource import SYSTEM as FHIR_SYSTEM

_SYSTEMS = {"fhir": FHIR_SYSTEM}


def read_tombstone(incoming: Incoming) -> CanonicalRecord:
    system = incoming.source if incoming.source_format == "events" else _SYSTEMS.get(incoming.source_format, "")
    if not incoming.deletes or not system:
        return CanonicalRecord("", without_events_reason="a message without value that names no record")
    deleted = RecordVersion(system, incoming.deletes, available_time=_known_at(incoming), deleted=True)
    return CanonicalRecord(incoming.deletes, versions=(deleted,))


def _known_at(incoming: Incoming) -> Instant:
    """The CloudEvent's time, else when Kafka took the message."""
    try:
        return parse_instant(incoming.time)
    except ValueError:
        return Instant(round(incoming.sent_at * 1e6), 0, TimePrecision.MICROSECOND)
