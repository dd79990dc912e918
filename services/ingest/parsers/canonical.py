"""Canonical protobuf records: what the sources of tables send; they need no reading, only checking."""

from dataclasses import replace

from google.protobuf.message import DecodeError

from chartline.record.event import CanonicalRecord
from chartline.rpc.messages import record_from_message
from chartline.sources.reasons import is_unreadable_reason, known_without_events
from chartline.v1 import event_pb2
from services.ingest.parsers.errors import RecordWithoutEvents, UnreadableRecord

_LEFT_OVER = "left over at its source"


def parse(payload: bytes) -> CanonicalRecord:
    """Raises UnreadableRecord for what is no complete CanonicalRecord, RecordWithoutEvents for an empty one."""
    try:
        record = record_from_message(event_pb2.CanonicalRecord.FromString(payload))
    except DecodeError:
        raise UnreadableRecord("not a CanonicalRecord") from None
    except ValueError:
        raise UnreadableRecord("a kind, status or precision that is not known") from None
    if record.unreadable_reason:
        known = is_unreadable_reason(record.unreadable_reason)
        raise UnreadableRecord(record.unreadable_reason if known else "unreadable at its source")
    _check(record)
    reason = known_without_events(record.without_events_reason)
    if not (record.events or record.definitions or record.links or record.versions):
        raise RecordWithoutEvents(reason or "no event in the record")
    return replace(record, without_events_reason=reason, leftovers=(_LEFT_OVER,) * len(record.leftovers))


def _check(record: CanonicalRecord) -> None:
    for number, event in enumerate(record.events):
        for field in ("patient", "natural_key"):
            if not getattr(event, field):
                raise UnreadableRecord(f"events[{number}] without {field}")
        if not event.source.format or not event.source.system:
            raise UnreadableRecord(f"events[{number}] without source")
    if any(not d.reference for d in record.definitions):
        raise UnreadableRecord("a definition without reference")
    if any(len(link.identifiers) < 2 for link in record.links):
        raise UnreadableRecord("a link of fewer than two identifiers")
    if any(not version.record_id or not version.system for version in record.versions):
        raise UnreadableRecord("a version of no record")
