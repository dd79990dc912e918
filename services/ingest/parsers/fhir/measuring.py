"""What was measured: value[x], its interpretation and its reference range, of an Observation or a component."""

from dataclasses import replace

from chartline.record import event as record
from chartline.record.event import Event
from services.ingest.parsers.fhir import codes, reading
from services.ingest.parsers.fhir.elements import (
    CodeableConcept,
    Element,
    Period,
    Quantity,
    Range,
    Ratio,
    Resource,
    SampledData,
)
from services.ingest.parsers.fhir.resource import Facts, attributes


class ReferenceRange(Element):
    low: Quantity | None = None
    high: Quantity | None = None
    text: str = ""


class Measured(Resource):
    """What an Observation and each of its components have in common; value[x] is any one of the value fields.

    A struct has one base: a component, which is no resource, leaves the fields of Resource empty.
    """

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str = ""
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_sampled_data: SampledData | None = None
    value_time: str = ""
    value_date_time: str = ""
    value_period: Period | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()


def measure(event: Event, part: Measured, facts: Facts) -> Event:
    """The event with what `part` says; `facts` are those of its surroundings."""
    amount = _amount(part)
    return replace(
        event,
        codings=reading.codings(part.code),
        display=reading.name(part.code),
        quantity=amount,
        text_value="" if amount else _value_words(part),
        interpretation=interpretation(part),
        attributes=attributes(event.kind, {**facts, **_reference(part), "comment": _comment(part, facts)}),
    )


def _amount(part: Measured) -> record.Quantity | None:
    if part.value_integer is not None:
        return record.Quantity(str(part.value_integer))
    return reading.quantity(part.value_quantity)


def _value_words(part: Measured) -> str:
    """Whatever value is there, in words, so that no kind of value is lost."""
    said = part.value_string or reading.words(part.value_codeable_concept) or part.value_date_time or part.value_time
    if said:
        return said
    if part.value_boolean is not None:
        return "yes" if part.value_boolean else "no"
    if part.value_range is not None:
        return reading.range_words(part.value_range)
    if part.value_ratio is not None:
        return reading.ratio_words(part.value_ratio)
    if part.value_period is not None:
        return " to ".join(filter(None, (part.value_period.start, part.value_period.end)))
    return part.value_sampled_data.data if part.value_sampled_data else ""


def interpretation(part: Measured) -> str:
    """The first HL7 code among the interpretations, or the code of the first word that has one."""
    for concept in part.interpretation:
        coded = next((c.code for c in concept.coding if c.code in codes.INTERPRETATIONS), "")
        if found := coded or codes.INTERPRETATION_WORDS.get(reading.words(concept).lower(), ""):
            return found
    return ""


def _reference(part: Measured) -> Facts:
    """The first range; further ones are for other ages or sexes."""
    if not part.reference_range:
        return {}
    usual = part.reference_range[0]
    return {"reference_low": reading.quantity(usual.low), "reference_high": reading.quantity(usual.high)}


def _comment(part: Measured, facts: Facts) -> str:
    absent = reading.words(part.data_absent_reason)
    usual = part.reference_range[0].text if part.reference_range else ""
    said = (
        facts.get("comment"),
        "" if interpretation(part) else reading.all_words(part.interpretation),
        f"no value: {absent}" if absent else "",
        f"reference range: {usual}" if usual else "",
    )
    return "; ".join(str(s) for s in said if s)
