"""Source formats to canonical records: one pure parser for each format, bytes in, a record out.

Here, and only here, a code that came without a name gets one from the tables of codes.
"""

from collections.abc import Callable

from chartline.record.codes import named
from chartline.record.event import CanonicalRecord
from services.ingest.parsers import canonical, fhir, hl7v2
from services.ingest.parsers.errors import RecordWithoutEvents, UnreadableRecord

PARSERS: dict[str, Callable[[bytes], CanonicalRecord]] = {
    "fhir": fhir.parse,
    "events": canonical.parse,
    "hl7v2": hl7v2.parse,
}


def parse(source_format: str, payload: bytes) -> CanonicalRecord:
    """Every record has an outcome: what cannot be read, or carries no event, says so in the record itself."""
    parser = PARSERS.get(source_format)
    if parser is None:
        return CanonicalRecord(
            "", unreadable_reason="the format is not known" if source_format else "no format is given"
        )
    try:
        return named(parser(payload))
    except UnreadableRecord as error:
        return CanonicalRecord("", unreadable_reason=str(error))
    except RecordWithoutEvents as error:
        return CanonicalRecord("", without_events_reason=str(error))
