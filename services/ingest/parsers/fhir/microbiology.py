"""Microbiology: a culture, the organism it grew, one antibiotic tested on it.

Two ways are read: Observations that refer to each other (see `culture`), and one Observation whose value is the
organism and whose components are the antibiotics.
"""

import re

from chartline.record.kinds import EventKind
from services.ingest.parsers.absences import NONE_FOUND
from services.ingest.parsers.fhir import codes, mimic, reading
from services.ingest.parsers.fhir.elements import CodeableConcept
from services.ingest.parsers.fhir.measuring import Measured, interpretation
from services.ingest.parsers.fhir.resource import Facts

#: What a LOINC name says beside the antibiotic: "Oxacillin [Susceptibility] by Minimum inhibitory concentration (MIC)".
_TESTED = re.compile(r" \[Susceptibility\].*")
_NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"


def of_observation(resource: Measured, kind: EventKind) -> Facts:
    if kind != EventKind.MICROBIOLOGY:
        return {}
    if mimic.ORGANISM_PROFILE in resource.meta.profile:
        return {"organism": reading.name(resource.code)}
    if tested := of_component(resource, kind):
        dilution = next((e.value_quantity for e in resource.extension if e.url == mimic.DILUTION), None)
        return {**tested, "dilution": reading.quantity(dilution) or tested["dilution"]}
    return {"organism": _organism(resource.value_codeable_concept)}


def of_component(part: Measured, kind: EventKind) -> Facts:
    """An antibiotic, its effect, and the dilution at which it was seen; nothing for other components."""
    effect = reading.code(part.value_codeable_concept) or interpretation(part)
    if kind != EventKind.MICROBIOLOGY or effect not in codes.SUSCEPTIBILITIES:
        return {}
    return {
        "antibiotic": _TESTED.sub("", reading.name(part.code)),
        "susceptibility": effect,
        "dilution": reading.quantity(part.value_quantity),
    }


def _organism(value: CodeableConcept | None) -> str:
    masked = value is not None and any(c.system == _NULL_FLAVOR for c in value.coding)
    named = reading.name(value)
    none = NONE_FOUND.coded(reading.codings(value)) or NONE_FOUND.named(named)
    return "" if masked or none else named
