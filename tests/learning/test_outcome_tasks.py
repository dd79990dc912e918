"""Task files and the labels made of them, on charts whose outcome is plain to see."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from outcome_charts import Writer, at

from chartline.errors import InvalidRequest
from chartline.learning.tasks.code_groups import code_groups, icd_revision
from chartline.learning.tasks.label_files import read_labels, subject_of, write_labels
from chartline.learning.tasks.labelling import Label, Labelled, label_patients, records_end
from chartline.learning.tasks.task_files import find_task, load_tasks, shipped_tasks
from chartline.record.event import Coding, Instant, Quantity
from chartline.record.kinds import EventKind


def labelled(task: str, *writers: Writer) -> Labelled:
    return label_patients(find_task(task), {writer.patient: writer.events for writer in writers})


def found(task: str, *writers: Writer) -> list[tuple[float, bool]]:
    labels = labelled(task, *writers).labels
    return [((label.prediction_time.unix_micros - at(0).unix_micros) / 3.6e9, label.value) for label in labels]


def test_the_shipped_tasks_are_all_there() -> None:
    names = Counter(name.partition("_")[0] for name in shipped_tasks())
    assert names["phenotype"] == 25
    assert names["new"] == 6
    assert {"readmission_30d", "hyperkalemia_next_24h", "length_of_stay_over_3d"} <= shipped_tasks().keys()
    assert all(task.question.endswith("?") and "{" not in task.question for task in shipped_tasks().values())


def test_mortality_is_asked_of_stays_that_last_and_patients_who_live() -> None:
    dies, lives, short, dead, still = (Writer(f"Patient/{n}") for n in range(1, 6))
    dies.visit(0, 60, "a", discharge_location="DIED")
    lives.visit(0, 60, "a", discharge_location="HOME")
    lives.add(EventKind.DEATH, 60, "death", day=True)  # at home, on the day of discharge
    short.visit(0, 20, "a")
    dead.visit(0, 60, "a")
    dead.add(EventKind.DEATH, 20, "death")
    still.visit(0, None, "a")
    result = labelled("in_hospital_mortality_24h", dies, lives, short, dead, still)
    assert [(label.patient, label.value) for label in result.labels] == [("Patient/1", True), ("Patient/2", False)]
    assert result.left_out == {
        "the stay ended before the prediction time": 1,
        "the patient had died": 1,
        "the stay has no end": 1,
    }


def test_a_death_without_a_word_at_discharge_counts_within_the_stay() -> None:
    day, later = Writer("Patient/1"), Writer("Patient/2")
    day.visit(0, 60, "a")
    day.add(EventKind.DEATH, 59, "death", day=True)
    later.visit(0, 60, "a")
    later.add(EventKind.DEATH, 100, "death")
    assert [value for _, value in found("in_hospital_mortality_24h", day, later)] == [True, False]


def test_of_an_icu_stay_the_hospital_stay_counts_and_age_is_known() -> None:
    adult, child, unknown = (Writer(f"Patient/{n}") for n in range(1, 4))
    for writer, born in ((adult, "2090"), (child, "2120"), (unknown, "")):
        writer.add(EventKind.PATIENT, None, key="patient", **({"birth_year": born} if born else {}))
        writer.visit(0, 90, "a", discharge_location="DIED")
        writer.icu(10, 50, "a", "i")
    assert found("icu_in_hospital_mortality_24h", adult, child, unknown) == [(34.0, True)]


def test_length_of_stay_ends_with_death() -> None:
    long, short = Writer("Patient/1"), Writer("Patient/2")
    long.visit(0, 24 * 7 + 1, "a")
    short.visit(0, 24 * 7, "a", discharge_location="DIED")
    assert [value for _, value in found("length_of_stay_over_7d", long, short)] == [True, False]


def test_readmission_leaves_out_deaths_and_transfers() -> None:
    writer = Writer()
    writer.visit(0, 24, "a")
    writer.visit(27, 48, "b")  # within six hours: the first stay went on
    writer.visit(48 + 24 * 30, 2000, "c")
    writer.visit(3000, 3024, "d", discharge_location="DIED")
    result = labelled("readmission_30d", writer)
    assert [(label.encounter, label.value) for label in result.labels] == [("b", True), ("c", False)]
    assert result.left_out == {"the stay went on elsewhere": 1, "the patient had died": 1}


def test_who_may_come_back_after_the_records_end_has_no_label() -> None:
    """They end for everybody when the last was learnt of anybody: a plan for later is learnt when it is made."""
    early, late = Writer("Patient/1"), Writer("Patient/2")
    early.visit(0, 24, "a")
    late.visit(100, 124, "a")
    late.visit(800, 824, "b")
    late.add(EventKind.APPOINTMENT, 5_000, "control", known=800)
    patients = {writer.patient: writer.events for writer in (early, late)}
    result = label_patients(find_task("readmission_30d"), patients, end=records_end(patients.values()))
    assert [(label.patient, label.value) for label in result.labels] == [("Patient/1", False), ("Patient/2", True)]
    assert result.left_out == {"the record ends within the target window": 1}


def test_an_office_visit_is_no_readmission() -> None:
    writer = Writer()
    writer.visit(0, 24, "a")
    writer.add(EventKind.ENCOUNTER, 48, "office visit", end=49, encounter="o", **{"class": "AMB"})
    assert [value for _, value in found("readmission_30d", writer)] == [False]


def test_intensive_care_is_asked_for_daily_while_outside_of_it() -> None:
    writer = Writer()
    writer.visit(0, 120, "a")
    writer.icu(60, 80, "a", "i")
    assert found("icu_transfer_next_24h", writer) == [(24.0, False), (48.0, True), (96.0, False)]


def test_a_lab_is_held_to_its_threshold_in_its_own_unit() -> None:
    writer = Writer()
    writer.visit(0, 100, "a")
    writer.lab(30, "Potassium", "5.6", "mEq/L")
    writer.lab(50, "Potassium", "5.5", "mmol/L")
    writer.lab(80, "Potassium", "9", "")
    writer.lab(80, "Potassium, Urine", "60", "mmol/L")
    assert found("hyperkalemia_next_24h", writer) == [(24.0, True), (48.0, False)]


@pytest.mark.parametrize(
    ("value", "unit", "label"),
    [
        ("", "", None),
        ("9", "", None),  # of which unit?
        ("9", "furlong", None),
        ("<6", "mmol/L", None),  # may be above 5.5 or not
        ("<5", "mmol/L", False),
        (">5.5", "mmol/L", True),
    ],
)
def test_what_cannot_be_held_to_the_threshold_is_no_label(value: str, unit: str, label: bool | None) -> None:
    writer = Writer()
    writer.visit(0, 40, "a")
    if value:
        lab = writer.lab(30, "Potassium", value.lstrip("<>"), unit)
        comparator = value[0] if value[0] in "<>" else ""
        writer.events[-1] = replace(lab, quantity=Quantity(value.lstrip("<>"), unit, comparator))
    result = labelled("hyperkalemia_next_24h", writer)
    assert [told.value for told in result.labels] == ([] if label is None else [label])
    assert result.left_out == ({"measured: nothing readable in the target window": 1} if label is None else {})


def test_a_new_diagnosis_was_not_known_and_its_absence_needs_a_record() -> None:
    new, old, lost = (Writer(f"Patient/{n}") for n in range(1, 4))
    for writer in (new, old, lost):
        writer.visit(0, 24, "a")
    old.diagnosis(0, "I10", "a", known=24)
    old.visit(500, 524, "b")
    new.visit(500, 524, "b")
    new.diagnosis(500, "I10", "b", known=524)
    new.visit(24 * 400, 24 * 401, "c")
    result = labelled("new_hypertension_1y", new, old, lost)
    assert [(label.patient, label.encounter, label.value) for label in result.labels] == [("Patient/1", "a", True)]
    assert result.left_out["diagnosed was known already"] == 4
    assert result.left_out["the record ends within the target window"] == 1


def test_a_diagnosis_that_was_known_only_later_is_new() -> None:
    writer = Writer()
    writer.visit(0, 24, "a")
    writer.diagnosis(0, "I10", "a", known=200)  # coded after the discharge, dated before it: neither new nor known
    writer.visit(24 * 400, 24 * 401, "b")
    assert found("new_hypertension_1y", writer)[0] == (24.0, False)


def test_phenotypes_are_those_the_stay_is_billed_for() -> None:
    writer = Writer()
    writer.visit(0, 48, "a")
    writer.visit(100, 148, "b")
    writer.diagnosis(0, "J96.01", "a", known=48)
    writer.diagnosis(100, "I10", "b", known=148)
    assert found("phenotype_respiratory_failure", writer) == [(24.0, True), (124.0, False)]


@pytest.mark.parametrize(
    ("group", "system", "code", "inside"),
    [
        ("pneumonia", "icd10", "J18.9", True),
        ("pneumonia", "icd10", "J18.2", False),
        ("pneumonia", "http://hl7.org/fhir/sid/icd-9-cm", "486", True),
        ("pneumonia", "http://hl7.org/fhir/sid/icd-10-cm", "486", False),
        ("diabetes_with_complications", "urn:oid:2.16.840.1.113883.6.103", "250.63", True),
        ("diabetes_with_complications", "urn:oid:2.16.840.1.113883.6.103", "250.00", False),
        ("pneumonia", "http://snomed.info/sct", "486", False),
    ],
)
def test_codes_belong_to_groups_by_their_revision(group: str, system: str, code: str, inside: bool) -> None:
    assert code_groups()[group].holds(Coding(system, code)) is inside


def test_what_says_no_revision_is_of_none() -> None:
    assert [icd_revision(s) for s in ("icd", "ICD-10-CM", "mimic-diagnosis-icd9", "icd100")] == [0, 10, 9, 0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("trigger: office", "trigger"),
        ("target: {has: death}", "one of within"),
        ("target: {has: ghost, within: 1 d}", "ghost"),
        ("target: {has: death, within: 1 y}", "within"),
        ("target: {has: death, lasts: 3 d}", "either"),
        ("prediction_time: {from: end, after: 2 h}", "the end itself"),
        ("predicates: {p: {kind: LABORATORY, above: [5]}}", "a number and its unit"),
        ("predicates: {p: {kind: CONDITION, codes: squirrels}}", "squirrels"),
        ("colour: red", "colour"),
    ],
)
def test_a_wrong_word_is_named(text: str, word: str, tmp_path: Path) -> None:
    base = {
        "name": "name: t",
        "question": "question: q?",
        "trigger": "trigger: hospital_stay",
        "prediction_time": "prediction_time: {from: start, after: 24 h}",
        "target": "target: {has: death, until: stay_end}",
    }
    base[text.partition(":")[0]] = text
    file = tmp_path / "task.yaml"
    file.write_text("\n".join(base.values()))
    with pytest.raises(InvalidRequest, match=word):
        load_tasks(file)


def test_an_unknown_task_is_told_the_known_ones() -> None:
    with pytest.raises(InvalidRequest, match="readmission_30d"):
        find_task("mortality")


def test_label_files_are_meds_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "labels.parquet"
    zoned = Instant(at(5).unix_micros, -300)
    write_labels(file, [Label("mimic|20", at(3), True, "a"), Label("mimic|3", zoned, False)])
    table = pq.read_table(file)
    assert table["subject_id"].to_pylist() == [3, 20]
    assert table["boolean_value"].to_pylist() == [False, True]
    rows = read_labels(file)
    assert [row.prediction_time(None) for row in rows] == [zoned, at(3)]
    assert [row.patient for row in rows] == ["mimic|3", "mimic|20"]


def test_subjects_are_numbers_and_never_two_patients(tmp_path: Path) -> None:
    assert subject_of("http://x/patient|17") == subject_of("Patient/17") == 17
    assert 0 <= subject_of("Patient/4ab0c") < 2**63
    with pytest.raises(InvalidRequest, match="same number"):
        write_labels(tmp_path / "l", [Label("a|1", at(0), True), Label("b|1", at(0), True)])


def test_a_file_that_is_no_label_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "labels.parquet"
    file.write_text("subject_id,prediction_time\n")
    with pytest.raises(InvalidRequest, match="no parquet"):
        read_labels(file)
