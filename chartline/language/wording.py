"""The words a chart is said with: which attributes of a kind are spoken, in which order, and what HL7 codes mean."""

from chartline.record.kinds import EventKind

#: What each kind is called at the start of its sentence.
KIND_WORDS: dict[EventKind, str] = {
    EventKind.PATIENT: "patient",
    EventKind.ENCOUNTER: "hospital visit",
    EventKind.TRANSFER: "transfer",
    EventKind.ICU_STAY: "intensive care stay",
    EventKind.CONDITION: "diagnosis",
    EventKind.LABORATORY: "laboratory",
    EventKind.VITAL: "vital sign",
    EventKind.MICROBIOLOGY: "microbiology",
    EventKind.MEDICATION_REQUEST: "medication ordered",
    EventKind.MEDICATION_ADMINISTRATION: "medication given",
    EventKind.MEDICATION_STATEMENT: "medication taken",
    EventKind.MEDICATION_DISPENSE: "medication dispensed",
    EventKind.INTAKE: "intake",
    EventKind.OUTPUT: "output",
    EventKind.PROCEDURE: "procedure",
    EventKind.ALLERGY: "allergy",
    EventKind.IMMUNIZATION: "immunization",
    EventKind.SPECIMEN: "specimen",
    EventKind.REPORT: "report",
    EventKind.NOTE: "note",
    EventKind.DEATH: "death",
    EventKind.SERVICE_REQUEST: "order",
    EventKind.APPOINTMENT: "appointment",
    EventKind.CARE_PLAN: "care plan",
    EventKind.FAMILY_HISTORY: "family history",
    EventKind.DEVICE: "device",
}

_MEDICATION = (("form", ""), ("route", ""), ("reason", "for"))

#: Attributes that are part of a kind's sentence, each with the word before it. None holds a number or a time.
SPOKEN_ATTRIBUTES: dict[EventKind, tuple[tuple[str, str], ...]] = {
    EventKind.PATIENT: (
        ("gender", ""),
        ("race", ""),
        ("ethnicity", ""),
        ("marital_status", ""),
        ("language", "speaks"),
    ),
    EventKind.ENCOUNTER: (
        ("class", ""),
        ("admission_type", ""),
        ("admission_location", "from"),
        ("discharge_location", "to"),
        ("insurance", "insurance"),
        ("marital_status", ""),
        ("race", ""),
        ("language", "speaks"),
        ("reason", "for"),
    ),
    EventKind.TRANSFER: (("event_type", ""), ("care_unit", "")),
    EventKind.ICU_STAY: (("care_unit", ""), ("last_care_unit", "later")),
    EventKind.CONDITION: (("category", ""), ("severity", ""), ("clinical_status", "")),
    EventKind.LABORATORY: (("specimen", ""), ("category", ""), ("method", "by")),
    EventKind.VITAL: (("category", ""), ("body_site", "at"), ("method", "by")),
    EventKind.MICROBIOLOGY: (("specimen", ""), ("organism", "grew"), ("antibiotic", "tested"), ("susceptibility", "")),
    EventKind.MEDICATION_REQUEST: _MEDICATION,
    EventKind.MEDICATION_ADMINISTRATION: (*_MEDICATION, ("administration", "")),
    EventKind.MEDICATION_STATEMENT: _MEDICATION,
    EventKind.MEDICATION_DISPENSE: _MEDICATION,
    EventKind.INTAKE: (("category", ""), ("route", "")),
    EventKind.OUTPUT: (("category", ""),),
    EventKind.PROCEDURE: (("category", ""), ("body_site", "at"), ("outcome", ""), ("reason", "for")),
    EventKind.ALLERGY: (
        ("category", ""),
        ("criticality", "criticality"),
        ("reaction", "causes"),
        ("clinical_status", ""),
    ),
    EventKind.IMMUNIZATION: (("route", ""), ("body_site", "at")),
    EventKind.SPECIMEN: (("body_site", "from"), ("method", "by")),
    EventKind.REPORT: (("category", ""),),
    EventKind.NOTE: (("category", ""),),
    EventKind.DEATH: (),
    EventKind.SERVICE_REQUEST: (("category", ""), ("priority", ""), ("body_site", "at"), ("reason", "for")),
    EventKind.APPOINTMENT: (("category", ""), ("appointment_status", ""), ("location", "in"), ("reason", "for")),
    EventKind.CARE_PLAN: (("category", ""), ("plan_status", ""), ("achievement", "")),
    EventKind.FAMILY_HISTORY: (("relationship", ""), ("outcome", "")),
    EventKind.DEVICE: (("category", ""), ("body_site", "at"), ("device_status", ""), ("reason", "for")),
}

#: Kinds whose `text_value` is a document; it is read in passages, never said in the sentence.
DOCUMENT_KINDS = frozenset({EventKind.NOTE, EventKind.REPORT})

#: HL7 ObservationInterpretation (terminology.hl7.org/CodeSystem/v3-ObservationInterpretation); N says nothing.
INTERPRETATION_WORDS: dict[str, str] = {
    "H": "high",
    "L": "low",
    "HH": "critically high",
    "LL": "critically low",
    "A": "abnormal",
    "AA": "critically abnormal",
    "S": "susceptible",
    "R": "resistant",
    "I": "intermediate",
    "SDD": "susceptible, dose dependent",
    "NS": "not susceptible",
    "IND": "indeterminate",
}
