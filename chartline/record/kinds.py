"""The kinds of events and the attributes each may carry: data that parsers, verbalizer and plans share."""

from enum import IntEnum


class EventKind(IntEnum):
    """Numbers are those of chartline.v1.EventKind."""

    PATIENT = 1
    ENCOUNTER = 2
    TRANSFER = 3
    ICU_STAY = 4
    CONDITION = 5
    LABORATORY = 6
    VITAL = 7
    MICROBIOLOGY = 8
    MEDICATION_REQUEST = 9
    MEDICATION_ADMINISTRATION = 10
    MEDICATION_STATEMENT = 11
    MEDICATION_DISPENSE = 12
    INTAKE = 13
    OUTPUT = 14
    PROCEDURE = 15
    ALLERGY = 16
    IMMUNIZATION = 17
    SPECIMEN = 18
    REPORT = 19
    NOTE = 20
    DEATH = 21
    SERVICE_REQUEST = 22
    APPOINTMENT = 23
    CARE_PLAN = 24
    FAMILY_HISTORY = 25
    DEVICE = 26


#: What went into the patient, and what says no more than that it should or did elsewhere.
GIVEN_KINDS = frozenset({EventKind.MEDICATION_ADMINISTRATION, EventKind.INTAKE, EventKind.IMMUNIZATION})
ORDERED_KINDS = frozenset({EventKind.MEDICATION_REQUEST, EventKind.MEDICATION_STATEMENT, EventKind.MEDICATION_DISPENSE})

_MEDICATION = frozenset(
    {"route", "form", "strength", "frequency", "drug_type", "rate", "reason", "administration", "order_status"}
)

#: What an event of any kind may carry: the labels of the source that say who may see it.
_ANY = frozenset({"confidentiality"})

_OWN: dict[EventKind, frozenset[str]] = {
    EventKind.PATIENT: frozenset(
        {"name", "gender", "birth_sex", "birth_date", "birth_year", "race", "ethnicity", "marital_status", "language"}
    ),
    EventKind.ENCOUNTER: frozenset(
        {
            "admission_type",
            "admission_location",
            "discharge_location",
            "insurance",
            "language",
            "marital_status",
            "race",
            "age",
            "class",
            "reason",
        }
    ),
    EventKind.TRANSFER: frozenset({"care_unit", "event_type"}),
    EventKind.ICU_STAY: frozenset({"care_unit", "last_care_unit"}),
    EventKind.CONDITION: frozenset({"rank", "category", "clinical_status", "severity"}),
    EventKind.LABORATORY: frozenset({"specimen", "category", "reference_low", "reference_high", "comment", "method"}),
    EventKind.VITAL: frozenset({"category", "reference_low", "reference_high", "comment", "body_site", "method"}),
    EventKind.MICROBIOLOGY: frozenset({"specimen", "organism", "antibiotic", "susceptibility", "dilution", "comment"}),
    EventKind.MEDICATION_REQUEST: _MEDICATION,
    EventKind.MEDICATION_ADMINISTRATION: _MEDICATION,
    EventKind.MEDICATION_STATEMENT: _MEDICATION,
    EventKind.MEDICATION_DISPENSE: _MEDICATION,
    EventKind.INTAKE: frozenset({"route", "rate", "category"}),
    EventKind.OUTPUT: frozenset({"category"}),
    EventKind.PROCEDURE: frozenset({"category", "body_site", "rank", "outcome", "reason"}),
    EventKind.ALLERGY: frozenset({"category", "criticality", "reaction", "clinical_status"}),
    EventKind.IMMUNIZATION: frozenset({"route", "body_site", "lot_number"}),
    EventKind.SPECIMEN: frozenset({"body_site", "method"}),
    EventKind.REPORT: frozenset({"category", "conclusion"}),
    EventKind.NOTE: frozenset({"category", "author"}),
    EventKind.DEATH: frozenset(),
    EventKind.SERVICE_REQUEST: frozenset({"category", "priority", "reason", "order_status", "body_site"}),
    EventKind.APPOINTMENT: frozenset({"category", "appointment_status", "reason", "location", "practitioner"}),
    EventKind.CARE_PLAN: frozenset({"category", "plan_status", "target", "achievement"}),
    EventKind.FAMILY_HISTORY: frozenset({"relationship", "onset", "outcome"}),
    EventKind.DEVICE: frozenset({"category", "body_site", "device_status", "reason"}),
}

#: What no plan asks about and training needs: which hospital a visit was to.
_UNASKED = {EventKind.ENCOUNTER: frozenset({"hospital"})}

#: Attribute names that a plan may ask for. The dose of a drug and the volume of a fluid are the event's own quantity.
ATTRIBUTES = {kind: own | _ANY for kind, own in _OWN.items()}
#: Attribute names a kind may carry.
CARRIED = {kind: asked | _UNASKED.get(kind, frozenset()) for kind, asked in ATTRIBUTES.items()}
