"""What the gateway knows of outcomes and features: when an outcome may be asked for, and how a feature is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fitness:
    """Whether the patient must be in hospital at the prediction time, and what to say when it is otherwise."""

    in_hospital: bool
    unfit: str


_INPATIENT = Fitness(True, "the patient is not in hospital at the prediction time")
_DISCHARGED = Fitness(False, "the patient is still in hospital at the prediction time")

#: Outcomes without a line fit every patient.
FITNESS: dict[str, Fitness] = {
    "in_hospital_mortality": _INPATIENT,
    "length_of_stay_over_7d": _INPATIENT,
    "readmission_30d": _DISCHARGED,
}

#: Events that must be known before a probability means anything.
FEWEST_EVENTS = 10

_STATISTICS = {
    "last": "last {}",
    "first": "first {}",
    "min": "lowest {}",
    "minimum": "lowest {}",
    "max": "highest {}",
    "maximum": "highest {}",
    "mean": "mean {}",
    "count": "number of {} results",
    "trend": "change of {}",
}


def feature_words(name: str) -> str:
    """For example "laboratory/creatinine/last" is "last creatinine (laboratory)", "hours_since_admission" its words."""
    parts = [part.replace("_", " ") for part in name.split("/")]
    if len(parts) == 3:
        return f"{_STATISTICS.get(parts[2], '{} ' + parts[2]).format(parts[1])} ({parts[0]})"
    return ", ".join(parts)


def unfit_reason(outcome: str, features: Mapping[str, float]) -> str:
    """Why the outcome means nothing for this patient at that time; empty when it does."""
    fitness = FITNESS.get(outcome)
    if fitness is None or bool(features.get("in_hospital")) is fitness.in_hospital:
        return ""
    return fitness.unfit
