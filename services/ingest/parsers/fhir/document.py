"""DocumentReference and DiagnosticReport: what was written, with its text."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import notes, observation, reading
from services.ingest.parsers.fhir.contained import called
from services.ingest.parsers.fhir.elements import Attachment, CodeableConcept, Element, Period, Reference, Resource
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import Facts, Head, Part, attributes, encounter_of, patient_of
from services.ingest.parsers.markup import without_tags

#: Event.text_value holds at most 1 MiB; a character is at most four bytes.
_LONGEST_PART = 2**18


class Content(Element):
    attachment: Attachment = msgspec.field(default_factory=Attachment)


class Context(Element):
    encounter: tuple[Reference, ...] = ()
    period: Period | None = None


class DocumentReference(Resource):
    doc_status: str = ""
    type: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    date: str = ""
    author: tuple[Reference, ...] = ()
    description: str = ""
    content: tuple[Content, ...] = ()
    context: Context | None = None


class DiagnosticReport(Resource):
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    effective_date_time: str = ""
    effective_period: Period | None = None
    issued: str = ""
    conclusion: str = ""
    conclusion_code: tuple[CodeableConcept, ...] = ()
    presented_form: tuple[Attachment, ...] = ()
    result: tuple[Reference, ...] = ()


def read_document(resource: DocumentReference, head: Head) -> Iterator[Part]:
    context = resource.context or Context()
    written = reading.moment(resource.date, "date")
    start, end = reading.span("", context.period or Period(), "context.period")
    text = notes.read(c.attachment for c in resource.content)
    kind = EventKind.NOTE
    facts: Facts = {
        "category": reading.all_words(resource.category),
        "author": called(resource.author, resource),
    }
    note = replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(*context.encounter),
        codings=reading.codings(resource.type),
        display=reading.name(resource.type) or resource.description,
        time=written or end or start,
        available_time=known_at(written, None if written else end or start, head.last_updated),
        status=reading.status(_standing(resource)),
        attributes=attributes(kind, facts),
    )
    yield from in_parts(note, text.words or _narrative(resource), head)
    yield from text.leftovers


def _standing(resource: DocumentReference) -> str:
    """The state of the text, unless the reference to it is withdrawn."""
    return resource.status if resource.status == "entered-in-error" else resource.doc_status or resource.status


def in_parts(note: Event, text: str, head: Head) -> Iterator[Event]:
    """A text too long for one event goes on in further ones."""
    yield replace(note, text_value=text[:_LONGEST_PART])
    for number, start in enumerate(range(_LONGEST_PART, len(text), _LONGEST_PART), 1):
        part = head.event(note.kind, note.patient, f"part/{number}")
        yield replace(note, natural_key=part.natural_key, text_value=text[start : start + _LONGEST_PART])


def read_report(resource: DiagnosticReport, head: Head) -> Iterator[Part]:
    start, end = reading.occurrence(resource.effective_date_time, resource.effective_period, "effective")
    issued = reading.moment(resource.issued, "issued")
    text = notes.read(resource.presented_form)
    conclusions = (resource.conclusion, reading.all_words(resource.conclusion_code))
    kind = EventKind.REPORT
    facts: Facts = {
        "category": reading.all_words(resource.category),
        "conclusion": "; ".join(filter(None, conclusions)),
    }
    report = replace(
        head.event(kind, patient_of(resource)),
        encounter=encounter_of(resource.encounter),
        codings=reading.codings(resource.code),
        display=reading.name(resource.code),
        time=start or issued,
        end_time=end,
        available_time=known_at(issued, end or start, head.last_updated),
        status=reading.status(resource.status),
        attributes=attributes(kind, facts),
    )
    told_elsewhere = resource.result or any(conclusions)
    yield from in_parts(report, text.words or ("" if told_elsewhere else _narrative(resource)), head)
    yield from text.leftovers
    yield from observation.read_contained(resource, resource.result, report, head)


def _narrative(resource: Resource) -> str:
    """What a document says where it holds no other text."""
    return without_tags(resource.text.div) if resource.text and resource.text.status != "empty" else ""
