"""Reads a resource by its table: its own event, and one for each of its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from chartline.record.event import RETRACTIONS, Coding, Event, EventStatus
from services.ingest.parsers.errors import RecordWithoutEvents
from services.ingest.parsers.fhir import notes, reading, tree
from services.ingest.parsers.fhir.elements import Attachment, Reference, Resource
from services.ingest.parsers.fhir.knowing import known_at, told_twice
from services.ingest.parsers.fhir.resource import Facts, Head, Leftover, Part, attributes, patient_in
from services.ingest.parsers.fhir.table import PartTable, Table
from services.ingest.parsers.fhir.tree import Tree


@dataclass(frozen=True, slots=True)
class Tabled:
    """`common` is what all resources have, `tree` the whole of it."""

    common: Resource
    tree: Tree


_COMMON = msgspec.json.Decoder(Resource)
_TREE = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def decode(payload: bytes) -> Tabled:
    return Tabled(_COMMON.decode(payload), _TREE.decode(payload))


def reader(table: Table) -> Callable[[Tabled, Head], Iterator[Part]]:
    return lambda resource, head: _read(resource, head, table)


def _read(resource: Tabled, head: Head, table: Table) -> Iterator[Part]:
    patients = _patients(resource, table)
    if len(patients) > 1:
        yield Leftover("a second patient of the resource")
    text = notes.read(found_attachments(resource, table))
    own = _own(resource, head, table, patients[0], text)
    parts = [event for part in table.part for event in _parts(own, resource, head, part)]
    for event in [own, *parts] if table.own or not parts or own.status in RETRACTIONS else parts:
        yield from told_twice(event, table.at_the_end) if table.at_the_end else iter((event,))
    yield from text.leftovers


def found_attachments(resource: Tabled, table: Table) -> Iterator[Attachment]:
    for path in table.attachments:
        yield from (msgspec.convert(value, Attachment) for value in tree.found(resource.tree, path))


def _patients(resource: Tabled, table: Table) -> list[str]:
    """Raises RecordWithoutEvents where no reference is one to a patient."""
    references = [msgspec.convert(v, Reference) for path in table.patient for v in tree.found(resource.tree, path)]
    patients = [patient for r in references if (patient := patient_in(r, resource.common))]
    if not patients:
        about = "is about something else than an identified patient" if references else "names no patient"
        raise RecordWithoutEvents(f"{resource.common.resource_type} {about}")
    return list(dict.fromkeys(patients))


def _own(resource: Tabled, head: Head, table: Table, patient: str, text: notes.Text) -> Event:
    fields, common = resource.tree, resource.common
    start, end = tree.span(fields, table.time)
    stated, _ = tree.span(fields, table.known)
    if start is None and not (table.at_the_end or table.planned):
        start, end = end, None  # what happens and does not last is dated by its end
    happened = start if table.at_the_end else end or start
    if table.planned and stated:
        happened = None
    facts: Facts = {name: tree.all_words(fields, paths, common) for name, paths in table.attributes.items()}
    return replace(
        head.event(table.event_kind, patient),
        encounter=_encounter(fields, table),
        codings=_codings(fields, table),
        display=_name(fields, table, common) or ("" if table.refers else table.called),
        code_reference=_refers(fields, table),
        time=reading.begun(start, stated, end),
        end_time=end,
        available_time=known_at(stated, happened, head.last_updated),
        quantity=tree.amount(fields, table.amount),
        text_value=reading.lines(_said(fields, table.text, common), text.words),
        status=_status(fields, table.status, table, common),
        attributes=attributes(table.event_kind, {**facts, **table.fixed}),
    )


def _encounter(fields: Tree, table: Table) -> str:
    references = [msgspec.convert(v, Reference) for path in table.encounter for v in tree.found(fields, path)]
    found = (reading.reference_id(r) for r in references)
    return next((r.rpartition("/")[2] for r in found if r.startswith(("Encounter/", "urn:uuid:"))), "")


def _codings(fields: Tree, table: Table | PartTable) -> tuple[Coding, ...]:
    if not table.coded:
        return ()
    concepts = (tree.concept(value) for path in table.name for value in tree.found(fields, path))
    return next(filter(None, map(reading.codings, concepts)), ())


def _name(fields: Tree, table: Table | PartTable, resource: Resource) -> str:
    """What the first path that has a name says; a code alone is none."""
    for path in table.name:
        for value in tree.found(fields, path):
            concept = tree.concept(value)
            if said := reading.name(concept) if concept else tree.words(value, resource):
                return said
    return ""


def _refers(fields: Tree, table: Table) -> str:
    """The definition that will name what has no name here."""
    for value in tree.found(fields, table.refers) if table.refers else ():
        reference = msgspec.convert(value, Reference)
        if not reference.display and not reference.reference.startswith("#"):
            return reading.reference_id(reference)
    return ""


def _said(fields: Tree, labels: dict[str, str], resource: Resource) -> str:
    lines = ((label, tree.all_words(fields, [path], resource)) for path, label in labels.items())
    return reading.lines(*(f"{label}: {said}" if label else said for label, said in lines if said))


def _status(fields: Tree, paths: tuple[str, ...], table: Table | PartTable, resource: Resource) -> EventStatus:
    status = reading.status(_code(fields, paths))
    if status in RETRACTIONS:
        return status
    if _holds(fields, table.cancelled, resource):
        return EventStatus.CANCELLED
    weak = isinstance(table, Table) and _holds(fields, table.preliminary, resource)
    return EventStatus.PRELIMINARY if weak and status is not EventStatus.CANCELLED else status


def _code(fields: Tree, paths: tuple[str, ...]) -> str:
    for value in (v for path in paths for v in tree.found(fields, path)):
        concept = tree.concept(value)
        if code := value if isinstance(value, str) else reading.code(concept):
            return code
    return ""


def _holds(fields: Tree, conditions: dict[str, tuple[str, ...]], resource: Resource) -> bool:
    return any(tree.words(v, resource) in said for path, said in conditions.items() for v in tree.found(fields, path))


# --- parts -----------------------------------------------------------------------------------------------------------


def _parts(own: Event, resource: Tabled, head: Head, table: PartTable) -> Iterator[Event]:
    """A part that has neither a name nor a code is what another resource says, to which it refers."""
    for number, fields in enumerate(tree.found(resource.tree, table.path)):
        if not isinstance(fields, dict):
            continue
        name, codings = _name(fields, table, resource.common), _codings(fields, table)
        if name or codings:
            shown = f"{table.before_name} {name}".strip() if name else ""
            key = head.event(own.kind, own.patient, f"{table.path}/{number}").natural_key
            yield replace(_part(own, fields, table, resource), natural_key=key, display=shown, codings=codings)


def _part(own: Event, fields: Tree, table: PartTable, resource: Tabled) -> Event:
    start, end = tree.span(fields, table.time)
    said: Facts = {name: tree.all_words(fields, paths, resource.common) for name, paths in table.attributes.items()}
    facts: Facts = {**{a.name: a.value for a in own.attributes}, **{name: v for name, v in said.items() if v}}
    status = _status(fields, table.status, table, resource.common) if own.status not in RETRACTIONS else own.status
    settled = own.status if status is EventStatus.UNSPECIFIED or own.status is EventStatus.CANCELLED else status
    return replace(
        own,
        time=start or own.time,
        end_time=end if start or end else own.end_time,
        quantity=tree.amount(fields, table.amount),
        text_value=_said(fields, table.text, resource.common),
        code_reference="",
        status=settled,
        attributes=attributes(own.kind, facts),
    )
