"""FHIR R4 JSON to canonical events: one small module or table for each family of resources."""

from __future__ import annotations

import msgspec

from chartline.record.event import CanonicalRecord
from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.fhir.bundle import read_bundle
from services.ingest.parsers.fhir.guards import check_size
from services.ingest.parsers.fhir.single import Typed, read_single


def parse(payload: bytes) -> CanonicalRecord:
    """One record for one resource, and one for a bundle, which is taken whole or not at all.

    Raises UnreadableRecord, RecordWithoutEvents; never anything else, whatever the bytes.
    """
    try:
        check_size(payload)
        typed = msgspec.json.decode(payload, type=Typed)
        if typed.resource_type == "Bundle":
            return read_bundle(payload, f"Bundle/{typed.id}" if typed.id else "Bundle")
        return read_single(payload, typed.resource_type)
    except RecursionError:
        raise UnreadableRecord("JSON is nested too deep") from None
    except UnicodeDecodeError:
        raise UnreadableRecord("JSON is not UTF-8") from None
    except msgspec.MsgspecError as error:
        raise UnreadableRecord(f"not FHIR R4 JSON: {error}") from None
