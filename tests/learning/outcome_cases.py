"""Cases with a planted signal: who has a high lactate shortly before the prediction time tends to have the outcome."""

import random
from collections.abc import Sequence

from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.cases import Case
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from tests.learning.outcome_charts import Writer, at

PREDICTION_HOUR = 24.0


def patient_events(number: int, rng: random.Random) -> tuple[list[Event], bool]:
    """Three days in hospital; what comes after the first day tells the outcome plainly."""
    writer = Writer(f"Patient/{number}")
    sick = rng.random() < 0.4
    born, gender = str(2128 - rng.randint(20, 90)), rng.choice(("male", "female"))
    race = rng.choice(("WHITE", "BLACK", "ASIAN"))
    writer.add(EventKind.PATIENT, None, key="patient", birth_year=born, gender=gender, race=race)
    writer.visit(0, 72, f"visit-{number}", discharge_location="DIED" if sick else "HOME")
    for hour in range(1, 70, 4):
        level = rng.gauss(4.0 if sick else 1.5, 0.8)
        writer.lab(hour, "Lactate", f"{max(level, 0.1):.1f}", "mmol/L", known=hour + rng.random())
        writer.lab(hour, "Sodium", f"{rng.gauss(139, 4):.0f}", "mmol/L")
        writer.add(EventKind.VITAL, hour, "Heart Rate", value=f"{rng.gauss(85, 12):.0f}", unit="/min")
    for drug in ("furosemide", "vancomycin", "heparin"):
        if rng.random() < 0.5:
            writer.add(EventKind.MEDICATION_REQUEST, rng.uniform(0, 20), drug, end=60)
    writer.diagnosis(0, "J96.0" if sick else "I10", f"visit-{number}", known=72)
    writer.add(EventKind.PROCEDURE, 40, "comfort measures" if sick else "physiotherapy")
    return writer.events, sick


def planted_cases(patients: int, seed: int = 1, shuffled: bool = False) -> list[Case]:
    rng = random.Random(seed)
    made = [patient_events(number, rng) for number in range(patients)]
    labels = [sick for _, sick in made]
    if shuffled:
        rng.shuffle(labels)
    return [
        case_at(events[0].patient, events, at(PREDICTION_HOUR), label, f"visit-{number}")
        for number, ((events, _), label) in enumerate(zip(made, labels, strict=True))
    ]


def labels_of(cases: Sequence[Case]) -> list[bool]:
    return [case.label for case in cases]
