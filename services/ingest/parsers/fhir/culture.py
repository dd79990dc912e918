"""Observations of one culture that refer to each other: its antibiotics and organisms are told as events of its test.

    antibiotic ──derivedFrom──▶ organism ──derivedFrom──▶ culture ──▶ Specimen
    antibiotic ◀──hasMember──── organism

What only its panel says reaches an antibiotic by `<its record>#member`, a definition that both of them send.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chartline.record.event import Definition, Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import Reference
from services.ingest.parsers.fhir.resource import SYSTEM, Head

_LENT = ("specimen", "organism")


def placed(own: Event, derived_from: Iterable[Reference], head: Head) -> Event:
    """The event with the Observation that says what it does not; one that is called by what was found or tested in the
    culture takes the name of the test from there.
    """
    if own.kind is not EventKind.MICROBIOLOGY or _is_contained(head):
        return own
    origin = next(_observations(derived_from), "")
    if own.attribute("antibiotic") or own.attribute("organism") == own.display:
        return replace(own, display="", code_reference=origin or _member(head.record_id))
    return replace(own, code_reference=own.code_reference or origin)


def lent(alone: Event, own: Event, has_member: Iterable[Reference], head: Head) -> Iterator[Definition]:
    """What others of the culture take over; `alone` is the event as its resource says it, `own` is the one `placed`."""
    if own.kind is not EventKind.MICROBIOLOGY or _is_contained(head):
        return
    if own.code_reference == _member(head.record_id):  # without a version: any panel's word goes before it
        yield Definition(own.code_reference, SYSTEM, display=alone.display, code_reference=alone.code_reference)
    if not own.attribute("antibiotic"):
        told = tuple(a for a in own.attributes if a.name in _LENT)
        coded = own.codings if own.display else ()
        yield Definition(head.record_id, SYSTEM, coded, own.display, head.version, told, own.code_reference)
    for member in _observations(has_member):
        yield Definition(_member(member), SYSTEM, version=head.version or 0, code_reference=head.record_id)


def _observations(references: Iterable[Reference]) -> Iterator[str]:
    return (found for r in references if (found := reading.reference_id(r)).startswith("Observation/"))


def _member(record_id: str) -> str:
    return f"{record_id}#member"


def _is_contained(head: Head) -> bool:
    return "#" in head.record_id
