"""What FHIR's own codes mean to Chartline, as data: statuses, categories, interpretations, identifiers.

Sources: the required value sets of FHIR R4 (hl7.org/fhir/R4/terminologies.html) and HL7 v2 table 0078.
"""

import re

from chartline.record.event import EventStatus
from chartline.record.kinds import EventKind

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"

#: status, verificationStatus and docStatus of every resource read here; a code that is missing means UNSPECIFIED.
STATUSES = {
    "registered": EventStatus.PRELIMINARY,
    "preliminary": EventStatus.PRELIMINARY,
    "partial": EventStatus.PRELIMINARY,
    "draft": EventStatus.PRELIMINARY,
    "planned": EventStatus.PRELIMINARY,
    "reserved": EventStatus.PRELIMINARY,
    "preparation": EventStatus.PRELIMINARY,
    "intended": EventStatus.PRELIMINARY,
    "unconfirmed": EventStatus.PRELIMINARY,
    "presumed": EventStatus.PRELIMINARY,
    "provisional": EventStatus.PRELIMINARY,
    "differential": EventStatus.PRELIMINARY,
    "proposed": EventStatus.PRELIMINARY,
    "pending": EventStatus.PRELIMINARY,
    "waitlist": EventStatus.PRELIMINARY,
    "not-started": EventStatus.PRELIMINARY,
    "scheduled": EventStatus.PRELIMINARY,
    "final": EventStatus.FINAL,
    "arrived": EventStatus.FINAL,
    "triaged": EventStatus.FINAL,
    "in-progress": EventStatus.FINAL,
    "onleave": EventStatus.FINAL,
    "finished": EventStatus.FINAL,
    "active": EventStatus.FINAL,
    "on-hold": EventStatus.FINAL,
    "stopped": EventStatus.FINAL,
    "completed": EventStatus.FINAL,
    "confirmed": EventStatus.FINAL,
    "current": EventStatus.FINAL,
    "superseded": EventStatus.FINAL,
    "available": EventStatus.FINAL,
    "unavailable": EventStatus.FINAL,
    "unsatisfactory": EventStatus.FINAL,
    "booked": EventStatus.FINAL,
    "checked-in": EventStatus.FINAL,
    "fulfilled": EventStatus.FINAL,
    "accepted": EventStatus.FINAL,
    "onhold": EventStatus.FINAL,
    "inactive": EventStatus.FINAL,
    "suspended": EventStatus.FINAL,
    "retired": EventStatus.FINAL,
    "health-unknown": EventStatus.FINAL,
    "amended": EventStatus.CORRECTED,
    "corrected": EventStatus.CORRECTED,
    "appended": EventStatus.CORRECTED,
    "cancelled": EventStatus.CANCELLED,
    "declined": EventStatus.CANCELLED,
    "not-done": EventStatus.CANCELLED,
    "not-taken": EventStatus.CANCELLED,
    "refuted": EventStatus.CANCELLED,
    "noshow": EventStatus.CANCELLED,
    "revoked": EventStatus.CANCELLED,
    "rejected": EventStatus.CANCELLED,
    "abandoned": EventStatus.CANCELLED,
    "entered-in-error": EventStatus.ENTERED_IN_ERROR,
}

#: Statuses of an order that say whether the drug is still taken; the event keeps them as `order_status`.
ORDER_STATUSES = frozenset({"active", "on-hold", "stopped", "completed", "not-taken"})

#: Intents of a MedicationRequest that order nothing yet; `plan` is what US Core calls a drug that a patient reports.
#: Source: hl7.org/fhir/R4/valueset-medicationrequest-intent.html.
NO_ORDER_YET = frozenset({"proposal", "option"})

#: Category codes (observation-category, v2-0074) that decide the kind of an Observation or an administration.
CATEGORY_KINDS = {
    "vital-signs": EventKind.VITAL,
    "laboratory": EventKind.LABORATORY,
    "LAB": EventKind.LABORATORY,
    "CH": EventKind.LABORATORY,
    "HM": EventKind.LABORATORY,
    "MB": EventKind.MICROBIOLOGY,
    "MCB": EventKind.MICROBIOLOGY,
    "Output": EventKind.OUTPUT,
    "Intake": EventKind.INTAKE,
}

#: LOINC codes of cultures and stains, for sources that file microbiology under laboratory.
MICROBIOLOGY_CODES = frozenset(
    {
        "600-7",  # Bacteria identified in Blood by Culture
        "17934-1",  # Bacteria identified in Blood by Anaerobe culture
        "630-4",  # Bacteria identified in Urine by Culture
        "624-7",  # Bacteria identified in Sputum by Respiratory culture
        "6460-0",  # Bacteria identified in Sputum by Culture
        "606-4",  # Bacteria identified in Cerebral spinal fluid by Culture
        "6462-6",  # Bacteria identified in Wound by Culture
        "634-6",  # Bacteria identified in Unspecified specimen by Aerobe culture
        "635-3",  # Bacteria identified in Unspecified specimen by Anaerobe culture
        "6463-4",  # Bacteria identified in Unspecified specimen by Culture
        "625-4",  # Bacteria identified in Stool by Culture
        "580-1",  # Fungus identified in Unspecified specimen by Culture
        "664-3",  # Microscopic observation in Unspecified specimen by Gram stain
        "41852-5",  # Microorganism or agent identified in Unspecified specimen
    }
)

#: Property and system of a LOINC long common name that is measured in a sample: "Sodium [Moles/volume] in Blood".
#: Source: LOINC Users' Guide, long common names, https://loinc.org/get-started/loinc-term-basics/.
OF_A_SAMPLE = re.compile(
    r"\[[^\]]+\] in .*\b(?:blood|serum|plasma|urine|stool|fluid|saliva|sputum|tissue|specimen|sweat|semen|cord)\b",
    re.IGNORECASE,
)

#: ObservationInterpretation codes kept as they are.
INTERPRETATIONS = frozenset(
    "N H L HH LL A AA S R I IND E NEG POS ND DET NR RR WR NS SDD SYN-R SYN-S U D B W HU LU HX LX < >".split()  # noqa: SIM905
)
#: Words that sources write instead of a code.
INTERPRETATION_WORDS = {
    "normal": "N",
    "high": "H",
    "low": "L",
    "critical high": "HH",
    "critically high": "HH",
    "critical low": "LL",
    "critically low": "LL",
    "abnormal": "A",
    "critical abnormal": "AA",
    "critically abnormal": "AA",
    "susceptible": "S",
    "resistant": "R",
    "intermediate": "I",
    "positive": "POS",
    "negative": "NEG",
}
#: Interpretations that only an antibiotic's test has.
SUSCEPTIBILITIES = frozenset({"S", "I", "R", "SDD", "NS"})

#: Types of identifiers (v2-0203) that a family or a visit shares: they must not join two patients.
SHARED_IDENTIFIER_TYPES = frozenset({"SN", "MB", "MA", "MC", "AN", "VN", "BRN", "FI"})

#: Encounter types (SNOMED CT) that are a stay in intensive care.
ICU_ENCOUNTER_TYPES = frozenset({"305351004"})
#: Encounter classes (v3-ActCode) that, inside another encounter, are a stay in the emergency department.
EMERGENCY_CLASSES = frozenset({"EMER"})

RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
ETHNICITY = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"
ASSERTED_DATE = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"

MARITAL_STATUSES = {
    "A": "annulled",
    "D": "divorced",
    "I": "interlocutory",
    "L": "legally separated",
    "M": "married",
    "P": "polygamous",
    "S": "never married",
    "T": "domestic partner",
    "U": "unmarried",
    "W": "widowed",
}
