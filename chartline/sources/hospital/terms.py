"""The kinds of words the demo hospital speaks: coded terms, measurements, drugs, cultures, stories."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"


@dataclass(frozen=True, slots=True)
class Term:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    snomed: str
    icd10: str
    name: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """`unit` is UCUM; `low` and `high` bound what is normal for an adult, `usual` is where a healthy one lies."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    usual: float
    decimals: int


@dataclass(frozen=True, slots=True)
class Drug:
    """`dose` in `unit` every `hours` by `route`; `rate` in `rate_unit` makes it an infusion."""

    code: str
    name: str
    form: str
    dose: str
    unit: str
    route: str
    hours: int
    rate: str = ""
    rate_unit: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Culture:
    """What grew: `tested` is antibiotic, effect (S, I, R) and the smallest inhibiting concentration in ug/mL."""

    test: str
    specimen: str
    organism: str
    tested: tuple[tuple[str, str, str], ...]


#: Values at even steps from admission to discharge; what a story does not name stays as in health.
Trend = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """`procedures` are names with the hours after admission; `icu_hours` is 0 without intensive care."""

    diagnosis: str
    complaint: str
    findings: str
    course: str
    days: int
    unit: str
    ages: tuple[int, int]
    drugs: tuple[str, ...]
    others: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    icu_hours: int = 0
    labs: Mapping[str, Trend] = field(default_factory=dict)
    vitals: Mapping[str, Trend] = field(default_factory=dict)
    procedures: tuple[tuple[str, float], ...] = ()
    cultures: tuple[Culture, ...] = ()
    discharge: str = "Home"
