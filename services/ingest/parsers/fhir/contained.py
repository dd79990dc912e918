"""Resources that stand inside another: what a reference `#id` names (hl7.org/fhir/R4/references.html#contained)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from services.ingest.parsers.fhir import reading
from services.ingest.parsers.fhir.elements import CodeableConcept, HumanName, Reference, Resource

Form = TypeVar("Form", bound=Resource)


class _Named(Resource):
    code: CodeableConcept | None = None
    type: CodeableConcept | tuple[CodeableConcept, ...] | None = None
    name: str | tuple[HumanName, ...] = ""


def contained(resource: Resource, reference: str, form: type[Form]) -> Form | None:
    """The contained resource that `#id` names, read as `form`; None where it is not there or is of another form."""
    for raw in resource.contained:
        try:
            found = msgspec.json.decode(raw, type=form)
        except msgspec.ValidationError:
            continue
        if found.id == reference.removeprefix("#"):
            return found
    return None


def called(references: Iterable[Reference], resource: Resource) -> str:
    """What is referred to, by the names that stand in the resource: of the references or of what it contains."""
    return "; ".join(filter(None, (_called(r, resource) for r in references)))


def _called(reference: Reference, resource: Resource) -> str:
    if reference.display or not reference.reference.startswith("#"):
        return reference.display
    if (named := contained(resource, reference.reference, _Named)) is None:
        return ""
    kinds = (named.type,) if isinstance(named.type, CodeableConcept) else named.type or ()
    person = named.name if isinstance(named.name, str) else reading.person(named.name)
    return reading.words(named.code) or person or reading.all_words(kinds)
