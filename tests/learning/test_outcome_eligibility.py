"""Predictions are made where labels would be given, and nowhere else."""

import random

import pytest
from outcome_cases import patient_events
from outcome_charts import Writer, at

from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.fitness import unfit_reason
from chartline.learning.tasks.labelling import label_patients
from chartline.learning.tasks.task_files import find_task, shipped_tasks
from chartline.record.kinds import EventKind


def told(task: str, writer: Writer, hour: float) -> str:
    return unfit_reason(task, case_at(writer.patient, writer.events, at(hour), False))


def stay(end: float | None = 200, born: str = "2090", **attributes: str) -> Writer:
    writer = Writer()
    writer.add(EventKind.PATIENT, None, key="patient", birth_year=born)
    writer.visit(0, end, "v", **attributes)
    return writer


@pytest.mark.parametrize(
    ("task", "hour", "reason"),
    [
        ("in_hospital_mortality_24h", 23.9, "less than the 24 h"),
        ("in_hospital_mortality_24h", 24, ""),
        ("in_hospital_mortality_48h", 24, "less than the 48 h"),
        ("length_of_stay_over_3d", 71.9, ""),
        ("length_of_stay_over_3d", 72, "longer already"),
        ("readmission_30d", 199, "still in hospital"),
        ("readmission_30d", 200, ""),
        ("readmission_30d", 200 + 30 * 24, "is over"),
    ],
)
def test_an_outcome_is_asked_for_while_it_is_open(task: str, hour: float, reason: str) -> None:
    assert bool(reason) is bool(found := told(task, stay(), hour))
    assert reason in found


def test_nothing_is_expected_of_the_dead() -> None:
    dead = stay(end=None)
    dead.add(EventKind.DEATH, 30, "death")
    assert told("in_hospital_mortality_24h", dead, 29) == ""
    assert told("in_hospital_mortality_24h", dead, 30) == "the patient had died"
    assert told("readmission_30d", stay(end=48, discharge_location="DIED"), 48) == "the patient had died"


def test_who_is_in_intensive_care_does_not_go_there() -> None:
    writer = stay()
    writer.icu(30, 60, "v", "i")
    hours = (29, 30, 61)
    reasons = [told("icu_transfer_next_24h", writer, hour) for hour in hours]
    assert reasons == ["", "the patient was in a stay of icu_stay", ""]
    child = stay(born="2120")
    child.icu(0, 90, "v", "i")
    assert told("icu_length_of_stay_over_3d", child, 24).startswith("the patient was younger than 18")


def test_what_was_diagnosed_already_is_no_new_diagnosis() -> None:
    writer = stay()
    writer.diagnosis(0, "I10", "v", known=200)
    assert told("new_hypertension_1y", writer, 200) == "diagnosed was known already"
    assert told("new_lupus_1y", writer, 200) == ""


@pytest.mark.parametrize("task", shipped_tasks())
def test_where_there_is_a_label_there_is_a_prediction(task: str) -> None:
    rng = random.Random(5)
    patients = {events[0].patient: events for events, _ in (patient_events(number, rng) for number in range(12))}
    for label in label_patients(find_task(task), patients).labels:
        case = case_at(label.patient, patients[label.patient], label.prediction_time, label.value)
        assert unfit_reason(task, case) == ""
