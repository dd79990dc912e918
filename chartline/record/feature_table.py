"""What outcome heads are told of a chart beside counts: which measurements, in which unit. Knowledge of `features`.

Source of the choice: the variables of APACHE II (Knaus et al., Crit Care Med 1985), SOFA (Vincent et al., Intensive
Care Med 1996) and OASIS (Johnson et al., Crit Care Med 2013) that ordinary charts hold. Units are conventional ones;
a value in a unit that cannot be converted is left out.
"""

from dataclasses import dataclass

from chartline.record.kinds import EventKind


@dataclass(frozen=True, slots=True)
class Measurement:
    """`concept` is linked in the chart as a question's word would be."""

    name: str
    kind: EventKind
    concept: str
    unit: str


_LAB, _VITAL = EventKind.LABORATORY, EventKind.VITAL

MEASUREMENTS = (
    Measurement("creatinine", _LAB, "creatinine", "mg/dL"),
    Measurement("urea_nitrogen", _LAB, "urea nitrogen", "mg/dL"),
    Measurement("sodium", _LAB, "sodium", "mEq/L"),
    Measurement("potassium", _LAB, "potassium", "mEq/L"),
    Measurement("bicarbonate", _LAB, "bicarbonate", "mEq/L"),
    Measurement("glucose", _LAB, "glucose", "mg/dL"),
    Measurement("white_blood_cells", _LAB, "white blood cells", "K/uL"),
    Measurement("hemoglobin", _LAB, "hemoglobin", "g/dL"),
    Measurement("platelets", _LAB, "platelet count", "K/uL"),
    Measurement("bilirubin", _LAB, "bilirubin, total", "mg/dL"),
    Measurement("albumin", _LAB, "albumin", "g/dL"),
    Measurement("lactate", _LAB, "lactate", "mmol/L"),
    Measurement("inr", _LAB, "inr", ""),
    Measurement("ph", _LAB, "ph", ""),
    Measurement("heart_rate", _VITAL, "heart rate", "/min"),
    Measurement("respiratory_rate", _VITAL, "respiratory rate", "/min"),
    Measurement("systolic_pressure", _VITAL, "systolic blood pressure", "mmHg"),
    Measurement("mean_pressure", _VITAL, "mean blood pressure", "mmHg"),
    Measurement("oxygen_saturation", _VITAL, "oxygen saturation", "%"),
    Measurement("temperature", _VITAL, "body temperature", "Cel"),
    Measurement("weight", _VITAL, "body weight", "kg"),
)

#: Kinds whose events are counted, and how their counts are called.
COUNTED: dict[EventKind, str] = {
    EventKind.LABORATORY: "laboratory_results",
    EventKind.VITAL: "charted_values",
    EventKind.MICROBIOLOGY: "microbiology_tests",
    EventKind.MEDICATION_REQUEST: "drug_orders",
    EventKind.MEDICATION_ADMINISTRATION: "drugs_given",
    EventKind.INTAKE: "intakes",
    EventKind.OUTPUT: "outputs",
    EventKind.PROCEDURE: "procedures",
    EventKind.CONDITION: "conditions",
    EventKind.TRANSFER: "transfers",
    EventKind.NOTE: "notes",
}

#: Words of an admission type or encounter class that say it was not planned (MIMIC-IV admissions; HL7 v3-ActCode).
EMERGENCY_WORDS = frozenset({"emer", "emergency", "ew", "urgent", "direct", "eu"})
#: ObservationInterpretation codes of a result outside its reference range.
ABNORMAL_CODES = frozenset({"A", "AA", "H", "HH", "L", "LL"})
