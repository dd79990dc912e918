"""What every resource has in common: whose it is, which version, and the event that its facts are added to."""

import hashlib
from dataclasses import dataclass, replace

from chartline.record.event import Attribute, Event, Instant, Quantity, Source
from chartline.record.kinds import ATTRIBUTES, EventKind
from services.ingest.parsers.errors import RecordWithoutEvents
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import Meta, Reference, Resource

SYSTEM = "fhir"
_LARGEST_VERSION = 2**61

Facts = dict[str, str | Quantity | Instant | None]


@dataclass(frozen=True, slots=True)
class Head:
    """`record_id` is `Type/id`; `version` grows with the source's; `last_updated` is the server's clock, if sane."""

    record_id: str
    version: int | None
    last_updated: Instant | None

    @property
    def source(self) -> Source:
        return Source("fhir", SYSTEM, self.record_id)

    def event(self, kind: EventKind, patient: str, part: str = "") -> Event:
        """An event of this resource, or of its `part`, that says nothing yet."""
        key = f"{self.record_id}#{part}" if part else self.record_id
        return Event(patient, kind, self.source, key, version=self.version)


def head(resource: Resource, payload: bytes) -> Head:
    """A resource without an id is known by its content, so that a second delivery is no second fact."""
    identifier = resource.id or f"sha256-{hashlib.sha256(payload).hexdigest()[:32]}"
    updated = reading.moment(resource.meta.last_updated, "meta.lastUpdated")
    return Head(f"{resource.resource_type}/{identifier}", _version(resource.meta, updated), updated)


def _version(meta: Meta, updated: Instant | None) -> int | None:
    """meta.versionId where it is a number, else meta.lastUpdated in microseconds, else none."""
    text = meta.version_id
    if text.isascii() and text.isdecimal() and int(text) < _LARGEST_VERSION:
        return int(text)
    return updated.unix_micros if updated else None


def patient_of(resource: Resource) -> str:
    """The patient as `Patient/<id>` or `<system>|<value>`. Raises RecordWithoutEvents when there is none."""
    reference = reading.reference_id(resource.patient or resource.subject)
    if reference.startswith("urn:uuid:"):
        return f"Patient/{reference.removeprefix('urn:uuid:')}"
    if reference.startswith("Patient/") or "|" in reference:
        return reference
    if not reference:
        raise RecordWithoutEvents(f"{resource.resource_type} names no patient")
    raise RecordWithoutEvents(f"{resource.resource_type} is about something else than an identified patient")


def encounter_of(*references: Reference | None) -> str:
    """The id of the first reference that is an encounter."""
    found = (reading.reference_id(r) for r in references)
    return next((r.rpartition("/")[2] for r in found if r.startswith(("Encounter/", "urn:uuid:"))), "")


def with_narrative(event: Event, resource: Resource) -> Event:
    """A fact that has no code, no name and no words of its own is what the resource's narrative says."""
    if event.name or event.code_reference or event.text_value or not resource.text:
        return event
    return replace(event, text_value=reading.without_tags(resource.text.div))


def attributes(kind: EventKind, facts: Facts) -> tuple[Attribute, ...]:
    """The facts that say something and that the kind has a name for, in order."""
    allowed = ATTRIBUTES[kind]
    return tuple(Attribute(name, value) for name, value in facts.items() if value and name in allowed)
