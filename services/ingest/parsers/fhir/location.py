"""Location: the name of a care unit, for the moves that refer to it."""

from collections.abc import Iterator

from chartline.record.event import Definition
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Resource
from services.ingest.parsers.fhir.resource import SYSTEM, Head, Part, attributes


class Location(Resource):
    name: str = ""
    description: str = ""
    type: tuple[CodeableConcept, ...] = ()


def read(resource: Location, head: Head) -> Iterator[Part]:
    coded = tuple(c for concept in resource.type for c in reading.codings(concept))
    shown = resource.name or resource.description
    unit = attributes(EventKind.TRANSFER, {"care_unit": shown})
    yield Definition(head.record_id, SYSTEM, coded, shown, head.version, unit)
