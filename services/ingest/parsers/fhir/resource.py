"""What every resource has in common: whose it is, which version, and the event that its facts are added to."""

import hashlib
from dataclasses import dataclass

from chartline.record.event import Attribute, Definition, Event, Instant, PatientLink, Quantity, RecordVersion, Source
from chartline.record.kinds import CARRIED, EventKind
from chartline.record.times import interval_end
from services.ingest.parsers.errors import RecordWithoutEvents
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.contained import contained
from services.ingest.parsers.fhir.elements import Identifier, Reference, Resource

SYSTEM = "fhir"
_MOST_DIGITS = 19

Facts = dict[str, str | Quantity | Instant | None]


@dataclass(frozen=True, slots=True)
class Leftover:
    """A part of a resource that became no event. `reason` names fields and types, never what they hold."""

    reason: str


#: What a resource is made into.
Part = Event | Definition | PatientLink | Leftover


@dataclass(frozen=True, slots=True)
class Head:
    """`record_id` is `Type/id`; `version` grows with the source's; `last_updated` is the server's clock."""

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

    def whole(self, events: tuple[Event, ...]) -> tuple[RecordVersion, ...]:
        """Says that the resource now consists of `events` alone; nothing where no version tells new from old."""
        if self.version is None:
            return ()
        known = max(filter(None, (e.available_time for e in events)), key=interval_end, default=self.last_updated)
        return (RecordVersion(SYSTEM, self.record_id, self.version, known),)


def head(resource: Resource, payload: bytes, *, twice: bool) -> Head:
    """A resource without an id is known by its content, so that a second delivery is no second fact.

    `twice` says that it is of a type whose facts may be told twice (see `knowing.told_twice`).
    """
    identifier = resource.id or f"sha256-{hashlib.sha256(payload).hexdigest()[:32]}"
    updated = reading.moment(resource.meta.last_updated, "meta.lastUpdated")
    version = version_of(resource.meta.version_id, updated, twice=twice)
    return Head(f"{resource.resource_type}/{identifier}", version, updated)


def version_of(version_id: str, updated: Instant | None, *, twice: bool) -> int | None:
    """meta.versionId where it is a number, else meta.lastUpdated in microseconds, else none.

    Those of facts that may be told twice are doubled, so that both tellings stand above both of an older version.
    """
    version = updated.unix_micros if updated else None
    if version_id.isascii() and version_id.isdecimal() and len(version_id) < _MOST_DIGITS:
        version = int(version_id)
    return 2 * version + 1 if twice and version is not None else version


def patient_of(resource: Resource) -> str:
    """The patient as `Patient/<id>` or `<system>|<value>`. Raises RecordWithoutEvents when there is none."""
    about = resource.patient or resource.subject
    if patient := patient_in(about, resource):
        return patient
    if not reading.reference_id(about):
        raise RecordWithoutEvents(f"{resource.resource_type} names no patient")
    raise RecordWithoutEvents(f"{resource.resource_type} is about something else than an identified patient")


class _Person(Resource):
    identifier: tuple[Identifier, ...] = ()


def patient_in(about: Reference | None, resource: Resource) -> str:
    """The patient that a reference names, by the identifier of a contained one; empty where it names none."""
    reference = reading.reference_id(about)
    if about is None or about.type not in ("", "Patient"):
        return ""
    if reference.startswith("urn:uuid:"):
        return f"Patient/{reference.removeprefix('urn:uuid:')}"
    if reference.startswith("#"):
        named = contained(resource, reference, _Person)
        identifier = next((i for i in named.identifier if i.value), None) if named else None
        of_patient = named is not None and named.resource_type == "Patient"
        return f"{identifier.system}|{identifier.value}" if identifier and of_patient else ""
    return reference if reference.startswith("Patient/") or "|" in reference else ""


def encounter_of(*references: Reference | None) -> str:
    """The id of the first reference that is an encounter."""
    found = (reading.reference_id(r) for r in references)
    return next((r.rpartition("/")[2] for r in found if r.startswith(("Encounter/", "urn:uuid:"))), "")


def attributes(kind: EventKind, facts: Facts) -> tuple[Attribute, ...]:
    """The facts that say something and that the kind has a name for, in order."""
    allowed = CARRIED[kind]
    return tuple(Attribute(name, value) for name, value in facts.items() if value and name in allowed)
