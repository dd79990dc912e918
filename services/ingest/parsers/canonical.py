"""Canonical protobuf records: what the sources of tables send; they need no reading, only checking."""

import re

from google.protobuf.message import DecodeError

from chartline.record.event import CanonicalRecord
from chartline.rpc.messages import record_from_message
from chartline.v1 import event_pb2
from services.ingest.parsers.errors import RecordWithoutEvents, UnreadableRecord

#: What `chartline load` says of a row or a line that it cannot read, with the name of a row's table. A reason stands in
#: logs, headers and counts: any other is a stranger's and may quote the record.
_REASON = re.compile(
    r"longer than \d+ bytes|not JSON of a CanonicalRecord|meds: not a row as `chartline export` writes it"
    r"|\w{1,64}: (?:no patient|no key|more cells than the header names|\w{1,32} is no time|status is no status"
    r"|\w{1,32} of what is no time or no number)"
)


def parse(payload: bytes) -> CanonicalRecord:
    """Raises UnreadableRecord for what is no complete CanonicalRecord, RecordWithoutEvents for an empty one."""
    try:
        record = record_from_message(event_pb2.CanonicalRecord.FromString(payload))
    except DecodeError:
        raise UnreadableRecord("not a CanonicalRecord") from None
    except ValueError:
        raise UnreadableRecord("a kind, status or precision that is not known") from None
    if record.unreadable_reason:
        known = _REASON.fullmatch(record.unreadable_reason)
        raise UnreadableRecord(known[0] if known else "unreadable at its source")
    _check(record)
    if not (record.events or record.definitions or record.links or record.versions):
        raise RecordWithoutEvents(record.without_events_reason or "no event in the record")
    return record


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
