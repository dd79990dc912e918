"""Device: what is in, at or with a patient; and its name, for the statements of its use."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Definition
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Element, Resource
from services.ingest.parsers.fhir.resource import SYSTEM, Facts, Head, Part, attributes, patient_of


class DeviceName(Element):
    name: str = ""


class Device(Resource):
    type: CodeableConcept | None = None
    device_name: tuple[DeviceName, ...] = ()
    manufacturer: str = ""
    model_number: str = ""
    lot_number: str = ""
    serial_number: str = ""


def read(resource: Device, head: Head) -> Iterator[Part]:
    """A device that belongs to no patient is a definition alone."""
    shown = reading.name(resource.type) or next((n.name for n in resource.device_name if n.name), resource.model_number)
    yield Definition(head.record_id, SYSTEM, reading.codings(resource.type), shown, head.version)
    if resource.patient is None:
        return
    kind = EventKind.DEVICE
    facts: Facts = {"device_status": resource.status}
    numbers = {
        "manufacturer": resource.manufacturer,
        "model": resource.model_number,
        "lot": resource.lot_number,
        "serial number": resource.serial_number,
    }
    yield replace(
        head.event(kind, patient_of(resource)),
        codings=reading.codings(resource.type),
        display=shown or "device",
        text_value=reading.lines(
            *(f"{label}: {said}" for label, said in numbers.items() if said), reading.notes(resource.note)
        ),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
