"""What people call the kinds of events: data that the rendering of answers and its checker share."""

from dataclasses import dataclass

from chartline.record.kinds import EventKind


@dataclass(frozen=True, slots=True)
class KindWords:
    """`one` and `many` name events of the kind; `after_name` follows a concept's name ("heparin prescription")."""

    one: str
    many: str
    after_name: str = ""


KIND_WORDS: dict[EventKind | None, KindWords] = {
    EventKind.PATIENT: KindWords("patient", "patients"),
    EventKind.ENCOUNTER: KindWords("hospital visit", "hospital visits", "visit"),
    EventKind.TRANSFER: KindWords("unit stay", "unit stays", "unit stay"),
    EventKind.ICU_STAY: KindWords("ICU stay", "ICU stays", "ICU stay"),
    EventKind.CONDITION: KindWords("diagnosis", "diagnoses", "diagnosis"),
    EventKind.LABORATORY: KindWords("laboratory test", "laboratory tests", "test"),
    EventKind.VITAL: KindWords("charted observation", "charted observations", "measurement"),
    EventKind.MICROBIOLOGY: KindWords("microbiology test", "microbiology tests", "microbiology test"),
    EventKind.MEDICATION_REQUEST: KindWords("prescription", "prescriptions", "prescription"),
    EventKind.MEDICATION_ADMINISTRATION: KindWords("drug administration", "drug administrations", "administration"),
    EventKind.MEDICATION_STATEMENT: KindWords("reported drug", "reported drugs"),
    EventKind.MEDICATION_DISPENSE: KindWords("dispensed drug", "dispensed drugs", "dispense"),
    EventKind.INTAKE: KindWords("intake", "intakes", "intake"),
    EventKind.OUTPUT: KindWords("output", "outputs", "output"),
    EventKind.PROCEDURE: KindWords("procedure", "procedures", "procedure"),
    EventKind.ALLERGY: KindWords("allergy", "allergies", "allergy"),
    EventKind.IMMUNIZATION: KindWords("vaccination", "vaccinations", "vaccination"),
    EventKind.SPECIMEN: KindWords("specimen", "specimens", "specimen"),
    EventKind.REPORT: KindWords("report", "reports", "report"),
    EventKind.NOTE: KindWords("note", "notes", "note"),
    EventKind.DEATH: KindWords("death", "deaths"),
    EventKind.SERVICE_REQUEST: KindWords("order", "orders", "order"),
    EventKind.APPOINTMENT: KindWords("appointment", "appointments", "appointment"),
    EventKind.CARE_PLAN: KindWords("care plan", "care plans"),
    EventKind.FAMILY_HISTORY: KindWords("family history", "family histories"),
    EventKind.DEVICE: KindWords("device", "devices"),
    None: KindWords("event", "events"),
}
