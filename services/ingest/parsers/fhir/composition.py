"""Composition: a document, each of its sections with a text as a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.contained import called
from services.ingest.parsers.fhir.document import in_parts
from services.ingest.parsers.fhir.elements import CodeableConcept, Element, Narrative, Reference, Resource
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import Facts, Head, Part, attributes, encounter_of, patient_of
from services.ingest.parsers.markup import without_tags


class Section(Element):
    title: str = ""
    code: CodeableConcept | None = None
    text: Narrative | None = None
    empty_reason: CodeableConcept | None = None
    section: tuple[Section, ...] = ()


class Composition(Resource):
    type: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    title: str = ""
    date: str = ""
    author: tuple[Reference, ...] = ()
    section: tuple[Section, ...] = ()


def read(resource: Composition, head: Head) -> Iterator[Part]:
    """One note with the text of all sections, each below its title; their entries are records of their own."""
    written = reading.moment(resource.date, "date")
    kind = EventKind.NOTE
    facts: Facts = {
        "category": reading.all_words(resource.category),
        "author": called(resource.author, resource),
    }
    note: Event = replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter),
        codings=reading.codings(resource.type),
        display=reading.name(resource.type) or resource.title,
        time=written,
        available_time=known_at(written, None, head.last_updated),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
    narrative = without_tags(resource.text.div) if resource.text else ""
    yield from in_parts(note, "\n\n".join(_texts(resource.section)) or narrative, head)


def _texts(sections: tuple[Section, ...]) -> Iterator[str]:
    for section in sections:
        title = section.title or reading.words(section.code)
        said = without_tags(section.text.div) if section.text else ""
        if section.empty_reason and not said:
            said = f"empty: {reading.words(section.empty_reason)}"
        if said:
            yield f"{title.upper()}:\n{said}" if title else said
        yield from _texts(section.section)
