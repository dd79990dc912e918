"""What tells how a stay ended, or what somebody else predicted of it, is in no case: the evaluation kit's own list."""

from dataclasses import replace
from pathlib import Path

import pytest

from chartline.learning.outcomes.as_of import chart_at, shown_case
from chartline.learning.tasks.labelling import label_patients
from chartline.learning.tasks.task_files import find_task
from chartline.local.records import read_patients
from chartline.record.chart import STAY_KINDS
from chartline.record.event import Event, Source
from chartline.record.kinds import EventKind
from chartline.sources.files import SourceFormat
from tests.learning.outcome_charts import Writer, at

DATA = Path(__file__).parents[3] / "shared" / "data"
#: Records, the task that is asked of them, and the tables that hold every forbidden column; the last ones may say
#: nothing at all of the stay that is asked about.
OPEN = [
    (SourceFormat.EICU, "eicu-demo-2.0", "icu_in_hospital_mortality_24h", ["patient"], ["apachepatientresult"]),
    (
        SourceFormat.MIMIC_IV,
        "mimic-iv-demo-2.2",
        "in_hospital_mortality_24h",
        ["hosp/patients", "hosp/admissions", "icu/icustays", "hosp/d_icd_diagnoses", "hosp/d_icd_procedures"],
        ["hosp/diagnoses_icd", "hosp/procedures_icd", "hosp/drgcodes"],
    ),
]
#: Who died in two hospital stays, as eICU has it.
DIED_TWICE = "urn:eicu:uniquepid|025-20852"


@pytest.mark.parametrize(("source_format", "folder", "task", "tables", "silent"), OPEN)
def test_no_case_of_open_records_tells_how_the_stay_ends(
    source_format: SourceFormat, folder: str, task: str, tables: list[str], silent: list[str], tmp_path: Path
) -> None:
    if not (DATA / folder).is_dir():
        pytest.skip(f"the open records {folder} are not at hand")
    for table in (*tables, *silent):
        (tmp_path / f"{table.rpartition('/')[2]}.csv.gz").symlink_to(DATA / folder / f"{table}.csv.gz")
    patients = read_patients([tmp_path], source_format, lambda read: None)
    forbidden = {table.rpartition("/")[2] for table in silent}
    assert forbidden - {"drgcodes"} <= {table_of(e) for events in patients.values() for e in events}
    labels = label_patients(find_task(task), patients).labels
    assert len(labels) > 100
    for label in labels:
        now = label.prediction_time.unix_micros
        for event in chart_at(patients[label.patient], label.prediction_time).events:
            assert event.kind is not EventKind.DEATH or label.patient == DIED_TWICE
            if event.kind in STAY_KINDS and (event.end_time or event.attribute("discharge_location")):
                assert event.end_time is not None
                assert event.end_time.unix_micros <= now
            assert event.encounter != label.encounter or table_of(event) not in forbidden


def table_of(event: Event) -> str:
    return event.source.record_id.partition("/")[0]


def test_a_prediction_of_others_is_in_no_case() -> None:
    writer = Writer()
    kept = writer.lab(1, "lactate", "2", "mmol/L")
    score = writer.add(EventKind.VITAL, 1, "APACHE IV predicted hospital mortality", value="0.7")
    events = [kept, replace(score, source=Source("eicu", "eicu", "apachepatientresult/7/predictedhospitalmortality"))]
    assert chart_at(events, at(2)).events == (kept,)
    assert shown_case(events, at(2)).chart.events == (kept,)
