"""Patient: demographics, death, and the identifiers that name the same person."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event, EventStatus, PatientLink
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import codes, reading
from services.ingest.parsers.fhir.elements import (
    CodeableConcept,
    Element,
    Extension,
    HumanName,
    Identifier,
    Reference,
    Resource,
)
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import SYSTEM, Facts, Head, Leftover, Part, attributes

#: Each type of link says that two Patient resources are one person (hl7.org/fhir/R4/valueset-link-type.html).
_SAME_PERSON = frozenset({"replaced-by", "replaces", "refer", "seealso"})


class Communication(Element):
    language: CodeableConcept | None = None
    preferred: bool = False


class Link(Element):
    other: Reference | None = None
    type: str = ""


class Patient(Resource):
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    gender: str = ""
    birth_date: str = ""
    deceased_boolean: bool | None = None
    deceased_date_time: str = ""
    marital_status: CodeableConcept | None = None
    communication: tuple[Communication, ...] = ()
    link: tuple[Link, ...] = ()


def read(resource: Patient, head: Head) -> Iterator[Part]:
    """Links say which version of which resource says so: a newer one without them takes them back."""
    yield _demographics(resource, head)
    yield from _death(resource, head)
    for identifiers in _links(resource, head.record_id):
        yield PatientLink(
            identifiers,
            version=head.version,
            available_time=head.last_updated,
            system=SYSTEM,
            record_id=head.record_id,
        )
    if any(not reading.reference_id(link.other).startswith("Patient/") for link in resource.link):
        yield Leftover("link to something else than a Patient")


def _demographics(resource: Patient, head: Head) -> Event:
    kind = EventKind.PATIENT
    facts: Facts = {
        "name": reading.person(resource.name),
        "gender": resource.gender,
        "birth_date": reading.moment(resource.birth_date, "birthDate"),
        "race": _us_core(resource.extension, codes.RACE),
        "ethnicity": _us_core(resource.extension, codes.ETHNICITY),
        "birth_sex": next((e.value_code for e in resource.extension if e.url == codes.BIRTH_SEX), ""),
        "marital_status": _marital_status(resource.marital_status),
        "language": _language(resource.communication),
    }
    return replace(head.event(kind, head.record_id), display="demographics", attributes=attributes(kind, facts))


def _death(resource: Patient, head: Head) -> Iterator[Event]:
    """A patient said to live takes an earlier word of death back."""
    if not resource.deceased_date_time and resource.deceased_boolean is None:
        return
    died = reading.moment(resource.deceased_date_time, "deceasedDateTime")
    if died is None and not resource.deceased_boolean and head.version is None:
        return
    alive = died is None and not resource.deceased_boolean
    yield replace(
        head.event(EventKind.DEATH, head.record_id, "deceased"),
        display="death",
        time=died,
        available_time=known_at(None, died, None) or head.last_updated,
        status=EventStatus.ENTERED_IN_ERROR if alive else EventStatus.FINAL,
    )


def _links(resource: Patient, own: str) -> Iterator[tuple[str, str]]:
    for identifier in resource.identifier:
        if identifier.value and not _is_shared(identifier):
            yield own, f"{identifier.system}|{identifier.value}"
    for link in resource.link:
        other = reading.reference_id(link.other)
        if link.type in _SAME_PERSON and other.startswith("Patient/") and other != own:
            yield own, other


def _is_shared(identifier: Identifier) -> bool:
    kinds = identifier.type.coding if identifier.type else ()
    return any(c.code in codes.SHARED_IDENTIFIER_TYPES for c in kinds)


def _us_core(extensions: tuple[Extension, ...], url: str) -> str:
    """US Core race and ethnicity: the text, else the displays of the categories."""
    parts = [part for e in extensions if e.url == url for part in e.extension]
    text = next((p.value_string for p in parts if p.url == "text" and p.value_string), "")
    return text or "; ".join(p.value_coding.display for p in parts if p.value_coding and p.value_coding.display)


def _marital_status(concept: CodeableConcept | None) -> str:
    said = reading.name(concept)
    return said or codes.MARITAL_STATUSES.get(reading.words(concept), reading.words(concept))


def _language(communications: tuple[Communication, ...]) -> str:
    best = next((c for c in communications if c.preferred), communications[0] if communications else None)
    return reading.words(best.language) if best else ""
