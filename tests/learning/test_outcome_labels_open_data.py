"""Labels from open records against labels that others made of the same tables, and code groups against HCUP's CCS."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chartline.learning.tasks.code_groups import code_groups
from chartline.learning.tasks.label_files import subject_of
from chartline.learning.tasks.labelling import label_patients
from chartline.learning.tasks.task_files import find_task
from chartline.local.records import read_patients
from chartline.record.event import Coding, Event
from chartline.record.times import local_micros
from chartline.sources.files import SourceFormat

SHARED = Path(__file__).parents[3] / "shared"
MIMIC = SHARED / "data" / "mimic-iv-demo-2.2"
LABELS = SHARED / "eval" / "labels"
CCS = SHARED / "data" / "codes" / "ccs_llemr"
needs_records = pytest.mark.skipif(not LABELS.exists() or not MIMIC.exists(), reason="the open records are not here")
needs_ccs = pytest.mark.skipif(not CCS.exists(), reason="HCUP's CCS tables are not here")

#: Task, its label file, rows. No row differs in time or label.
SAME = [
    ("in_hospital_mortality_24h", "mimic_in_hospital_mortality_24h", 166),
    ("in_hospital_mortality_48h", "mimic_in_hospital_mortality_48h", 150),
    ("length_of_stay_over_7d", "mimic_los_gt_7d_24h", 166),
    ("readmission_30d", "mimic_readmission_30d_any", 177),
    ("icu_transfer_next_24h", "mimic_icu_transfer_next_24h_daily", 852),
]
#: Category of CCS, and which share of the codes of either is of both, in ICD-9-CM and ICD-10-CM. What is left: our
#: ranges take whole subcategories (retained foreign bodies, grafts) where CCS takes single codes.
GROUPS = [
    ("septicemia", "2", 1, 1),
    ("acute_cerebrovascular_disease", "109", 1, 1),
    ("acute_myocardial_infarction", "100", 1, 1),
    ("complications_of_care", "238", 0.88, 0.94),
    ("fluid_and_electrolyte_disorders", "55", 1, 1),
    ("gastrointestinal_hemorrhage", "153", 1, 1),
    ("other_lower_respiratory_disease", "133", 0.95, 1),
    ("other_upper_respiratory_disease", "134", 0.95, 0.98),
    ("pleurisy_pneumothorax_collapse", "130", 0.94, 1),
    ("pneumonia", "122", 1, 1),
    ("respiratory_failure", "131", 1, 1),
    ("shock", "249", 1, 1),
    ("cardiac_dysrhythmias", "106", 1, 1),
    ("coronary_atherosclerosis", "101", 0.8, 0.53),
    ("conduction_disorders", "105", 1, 1),
    ("congestive_heart_failure", "108", 1, 1),
    ("diabetes_with_complications", "50", 1, 1),
    ("other_liver_diseases", "151", 0.96, 1),
    ("chronic_kidney_disease", "158", 1, 1),
    ("chronic_obstructive_pulmonary_disease", "127", 1, 1),
    ("diabetes_without_complication", "49", 1, 1),
    ("disorders_of_lipid_metabolism", "53", 1, 1),
    ("essential_hypertension", "98", 1, 1),
    ("hypertension_with_complications", "99", 1, 1),
    ("acute_renal_failure", "157", 1, 1),
]


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Event, ...]]:
    """Their stays and deaths alone: no label of these tasks needs more."""
    folder = tmp_path_factory.mktemp("mimic")
    for table in ("hosp/patients", "hosp/admissions", "icu/icustays"):
        file = MIMIC / f"{table}.csv.gz"
        (folder / file.name).symlink_to(file)
    return read_patients([folder], SourceFormat.MIMIC_IV, lambda read: None)


@needs_records
@pytest.mark.parametrize(("task", "file", "rows"), SAME)
def test_labels_are_those_of_the_evaluation_kit(
    task: str, file: str, rows: int, patients: dict[str, tuple[Event, ...]]
) -> None:
    table = pq.read_table(LABELS / f"{file}.parquet")
    times = table["prediction_time"].cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()
    rows_of = zip(table["subject_id"].to_pylist(), times, table["boolean_value"].to_pylist(), strict=True)
    theirs = {(subject, time): value for subject, time, value in rows_of}
    found = label_patients(find_task(task), patients).labels
    ours = {(subject_of(label.patient), local_micros(label.prediction_time)): label.value for label in found}
    assert len(theirs) == rows
    assert ours == theirs


@needs_ccs
@pytest.mark.parametrize(("group", "category", "icd9", "icd10"), GROUPS)
def test_groups_of_codes_are_nearly_those_of_ccs(group: str, category: str, icd9: float, icd10: float) -> None:
    for revision, least in ((9, icd9), (10, icd10)):
        with (CCS / f"ICD{revision}CM_to_CCSCM.csv").open() as stream:
            rows = [(code.strip("' "), ccs.strip("' ")) for code, ccs, *_ in csv.reader(stream)]
        theirs = {code for code, ccs in rows if ccs == category}
        ours = {code for code, _ in rows if code_groups()[group].holds(Coding(f"icd{revision}", code))}
        assert theirs
        assert len(theirs & ours) >= least * len(theirs | ours)
