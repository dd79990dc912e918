"""Specimen: what was taken, from where, and when; and what it is called, for the results that refer to it."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Definition
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Element, Period, Quantity, Resource
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import SYSTEM, Facts, Head, Part, attributes, patient_of


class Collection(Element):
    collected_date_time: str = ""
    collected_period: Period | None = None
    quantity: Quantity | None = None
    method: CodeableConcept | None = None
    body_site: CodeableConcept | None = None


class Specimen(Resource):
    type: CodeableConcept | None = None
    received_time: str = ""
    collection: Collection | None = None


def read(resource: Specimen, head: Head) -> Iterator[Part]:
    if shown := reading.name(resource.type):
        lent = attributes(EventKind.LABORATORY, {"specimen": shown})
        yield Definition(head.record_id, SYSTEM, (), "", head.version, lent)
    taken = resource.collection or Collection()
    start, end = reading.occurrence(taken.collected_date_time, taken.collected_period, "collected")
    received = reading.moment(resource.received_time, "receivedTime")
    kind = EventKind.SPECIMEN
    facts: Facts = {"body_site": reading.words(taken.body_site), "method": reading.words(taken.method)}
    yield replace(
        head.event(kind, patient_of(resource)),
        codings=reading.codings(resource.type),
        display=shown,
        time=start or received,
        end_time=end,
        available_time=known_at(received, end or start, head.last_updated),
        quantity=reading.quantity(taken.quantity),
        text_value=reading.notes(resource.note),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
