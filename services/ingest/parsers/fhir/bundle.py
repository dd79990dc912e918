"""A bundle that comes as one record: all that its entries say, taken whole or not at all."""

from __future__ import annotations

import re
from itertools import chain

import msgspec

from chartline.record.event import CanonicalRecord, RecordVersion
from chartline.sources.fhir_bundle import BundleEntry, split_bundle
from services.ingest.parsers.errors import RecordWithoutEvents, UnreadableRecord
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.readers import READERS
from services.ingest.parsers.fhir.resource import SYSTEM, version_of
from services.ingest.parsers.fhir.single import Typed, read_single

_RESOURCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})(?:/_history/[^/]*)?$")


def read_bundle(payload: bytes, record_id: str) -> CanonicalRecord:
    """Entries without events are passed over, one that is unreadable spoils the bundle.

    Raises UnreadableRecord, RecordWithoutEvents, msgspec.MsgspecError.
    """
    parts, reasons = [], []
    for entry in split_bundle(payload):
        try:
            parts.append(_read_entry(entry))
        except RecordWithoutEvents as error:
            reasons.append(str(error))
        except UnreadableRecord as error:
            raise UnreadableRecord(f"entry {entry.number}: {error}") from None
    if not parts:
        raise RecordWithoutEvents(next(iter(reasons), "Bundle without entries"))
    if len(parts) == 1 and not reasons:
        return parts[0]
    return CanonicalRecord(
        record_id,
        tuple(chain.from_iterable(part.events for part in parts)),
        tuple(chain.from_iterable(part.definitions for part in parts)),
        tuple(chain.from_iterable(part.links for part in parts)),
        versions=tuple(chain.from_iterable(part.versions for part in parts)),
        leftovers=tuple(dict.fromkeys(chain.from_iterable(part.leftovers for part in parts))),
    )


def _read_entry(entry: BundleEntry) -> CanonicalRecord:
    if entry.method == "DELETE":
        return _deletion(entry)
    if entry.method == "PATCH":
        raise UnreadableRecord("a PATCH says what changes and not what is: send the whole resource")
    if entry.resource:
        return read_single(entry.resource, msgspec.json.decode(entry.resource, type=Typed).resource_type)
    if entry.full_url:
        raise RecordWithoutEvents("needs to be fetched: a notification that names a resource and does not hold it")
    raise RecordWithoutEvents("an entry without a resource")


def _deletion(entry: BundleEntry) -> CanonicalRecord:
    """Takes back whatever the record said, of whichever patient: no version that is older resurrects it."""
    match = _RESOURCE.search(entry.url or entry.full_url)
    if match is None or "?" in entry.url:
        raise UnreadableRecord("a DELETE entry names no resource: send the resource as entered-in-error")
    deleted_at = reading.moment(entry.last_modified, "response.lastModified")
    reader = READERS.get(match[1])
    version = None  # the time alone is no version: the server's own may be small numbers
    if entry.version_id:
        version = version_of(entry.version_id, deleted_at, twice=reader is not None and reader.twice)
    record_id = f"{match[1]}/{match[2]}"
    return CanonicalRecord(record_id, versions=(RecordVersion(SYSTEM, record_id, version, deleted_at, deleted=True),))
