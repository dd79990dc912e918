"""The FHIR R4 data types that carry facts, as msgspec structs: what is not named here is skipped while decoding.

Numbers are Decimal, whose text is the one the source wrote (1.10 stays 1.10). A wrong JSON type is an error that names
the path and never the content. Types: hl7.org/fhir/R4/datatypes.html.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Element(msgspec.Struct, kw_only=True, rename="camel"):
    """Field names are FHIR's own in snake_case."""


class Coding(Element):
    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(Element):
    coding: tuple[Coding, ...] = ()
    text: str = ""


class Quantity(Element):
    value: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


class Range(Element):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Period(Element):
    start: str = ""
    end: str = ""


class SampledData(Element):
    origin: Quantity | None = None
    period: Decimal | None = None
    data: str = ""


class Identifier(Element):
    type: CodeableConcept | None = None
    system: str = ""
    value: str = ""


class Reference(Element):
    reference: str = ""
    type: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Meta(Element):
    version_id: str = ""
    last_updated: str = ""
    profile: tuple[str, ...] = ()
    security: tuple[Coding, ...] = ()


class Attachment(Element):
    content_type: str = ""
    data: str = ""
    url: str = ""
    title: str = ""


class Annotation(Element):
    text: str = ""


class Extension(Element):
    url: str = ""
    extension: tuple[Extension, ...] = ()
    value_string: str = ""
    value_code: str = ""
    value_coding: Coding | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_date_time: str = ""


class TimingRepeat(Element):
    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    bounds_period: Period | None = None
    count: int | None = None
    count_max: int | None = None
    duration: Decimal | None = None
    duration_max: Decimal | None = None
    duration_unit: str = ""
    frequency: int | None = None
    frequency_max: int | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str = ""
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    offset: int | None = None


class Timing(Element):
    event: tuple[str, ...] = ()
    repeat: TimingRepeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Element):
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None
    rate_range: Range | None = None
    rate_ratio: Ratio | None = None


class Dosage(Element):
    """Of a request, a statement or a dispense."""

    sequence: int | None = None
    text: str = ""
    patient_instruction: str = ""
    timing: Timing | None = None
    as_needed_boolean: bool = False
    as_needed_codeable_concept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()
    max_dose_per_period: Ratio | None = None
    max_dose_per_administration: Quantity | None = None
    max_dose_per_lifetime: Quantity | None = None


class HumanName(Element):
    use: str = ""
    text: str = ""
    family: str = ""
    given: tuple[str | None, ...] = ()


class Narrative(Element):
    status: str = ""
    div: str = ""


class Resource(Element):
    """What every resource of a patient may carry, whatever its type."""

    resource_type: str = ""
    id: str = ""
    meta: Meta = msgspec.field(default_factory=Meta)
    text: Narrative | None = None
    contained: tuple[msgspec.Raw, ...] = ()
    extension: tuple[Extension, ...] = ()
    status: str = ""
    subject: Reference | None = None
    patient: Reference | None = None
    encounter: Reference | None = None
    note: tuple[Annotation, ...] = ()
