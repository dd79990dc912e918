"""A few shapes of records for the encoder's tests."""

from collections.abc import Sequence
from dataclasses import replace

from chartline.record.event import (
    Attribute,
    CanonicalRecord,
    Coding,
    Definition,
    Event,
    Instant,
    PatientLink,
    Quantity,
    Source,
)
from chartline.record.kinds import EventKind
from services.encoder.record.outcomes import Delivery, Position

HOUR = 3_600_000_000
START = 4_102_444_800_000_000  # 2100-01-01


def lab(
    number: int, patient: str = "Patient/1", name: str = "Creatinine", value: str = "1.1", **fields: object
) -> Event:
    when = Instant(START + number * HOUR)
    event = Event(
        patient=patient,
        kind=EventKind.LABORATORY,
        source=Source("fhir", "hospital", f"Observation/{number}"),
        natural_key=f"Observation/{number}",
        codings=(Coding("http://loinc.org", "2160-0", name),),
        display=name,
        time=when,
        available_time=when,
        quantity=Quantity(value, "mg/dL"),
        version=1,
        attributes=(Attribute("specimen", "Serum"),),
    )
    return replace(event, **fields)


def order(number: int, reference: str, patient: str = "Patient/1") -> Event:
    """A drug order that names its drug by reference alone."""
    return lab(
        number,
        patient,
        kind=EventKind.MEDICATION_REQUEST,
        natural_key=f"MedicationRequest/{number}",
        codings=(),
        display="",
        attributes=(Attribute("route", "PO"),),
        code_reference=reference,
    )


def medication(reference: str, name: str, version: int = 1) -> Definition:
    return Definition(reference, "hospital", display=name, version=version, attributes=(Attribute("form", "tablet"),))


def antibiotic(number: int, reference: str) -> Event:
    """An antibiotic that names what it was tested on by reference alone."""
    return replace(
        order(number, reference),
        kind=EventKind.MICROBIOLOGY,
        natural_key=f"Observation/{number}",
        attributes=(Attribute("antibiotic", "Ampicillin"),),
    )


def culture() -> list[Definition]:
    """An organism, which refers to its culture, which refers to its specimen."""
    return [
        Definition(
            "Observation/o", "hospital", attributes=(Attribute("organism", "E. coli"),), code_reference="Observation/c"
        ),
        Definition("Observation/c", "hospital", display="Urine culture", code_reference="Specimen/s"),
        Definition("Specimen/s", "hospital", display="Urine", attributes=(Attribute("specimen", "Urine"),)),
    ]


def record(*events: Event, definitions: Sequence[Definition] = (), link: Sequence[str] = ()) -> CanonicalRecord:
    links = (PatientLink(tuple(link)),) if link else ()
    return CanonicalRecord("record", tuple(events), tuple(definitions), links)


def delivery(content: CanonicalRecord | Event, offset: int | None = None, load: str = "") -> Delivery:
    position = None if offset is None else Position("ehr.t.raw", 0, offset)
    return Delivery(record(content) if isinstance(content, Event) else content, position, load)
