"""Medication: the drug that orders and administrations refer to, as a definition."""

from __future__ import annotations

from collections.abc import Iterator

from chartline.record.event import Definition
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import mimic, reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Element, Identifier, Ratio, Reference, Resource
from services.ingest.parsers.fhir.resource import SYSTEM, Facts, Head, Part, attributes


class Ingredient(Element):
    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    strength: Ratio | None = None


class Medication(Resource):
    identifier: tuple[Identifier, ...] = ()
    code: CodeableConcept | None = None
    form: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()


def read(resource: Medication, head: Head) -> Iterator[Part]:
    """A Medication names drugs; a formulary code among its identifiers is a second way to refer to it."""
    shown = drug_name(resource)
    facts: Facts = {"form": reading.words(resource.form), "strength": _strength(resource)}
    yield Definition(
        head.record_id,
        SYSTEM,
        reading.codings(resource.code),
        shown,
        head.version,
        attributes(EventKind.MEDICATION_REQUEST, facts),
    )
    formulary = [i.value for i in resource.identifier if i.system == mimic.FORMULARY_CODE and i.value]
    for code in formulary:
        yield Definition(f"{mimic.FORMULARY_CODE}|{code}", SYSTEM, (), shown, head.version)


def drug_name(resource: Medication) -> str:
    """Its code's name, else what MIMIC files under its identifiers, else its ingredients."""
    by_system = {i.system: i.value.strip() for i in resource.identifier}
    mixture = by_system.get(mimic.MIXTURE, "")
    parts = (
        reading.name(i.item_codeable_concept) or (i.item_reference.display if i.item_reference else "")
        for i in resource.ingredient
    )
    return (
        reading.name(resource.code)
        or by_system.get(mimic.DRUG_NAME, "")
        or (mimic.mixture_name(mixture) if mixture else "")
        or " + ".join(filter(None, parts))
        or reading.words(resource.code)
    )


def _strength(resource: Medication) -> str:
    return "; ".join(reading.ratio_words(i.strength) for i in resource.ingredient if i.strength)
