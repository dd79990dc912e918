"""Label rows and patients' events become cases: what training, tuning, calibration and evaluation are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.cases import Case
from chartline.learning.tasks.label_files import LabelRow, subjects_of
from chartline.learning.tasks.zones import zone_at
from chartline.record.event import Event
from chartline.record.versions import states


@dataclass(frozen=True, slots=True)
class Built:
    """`rows[i]` became `cases[i]`; `without_record` counts the rows whose patient is not among the records."""

    rows: tuple[LabelRow, ...]
    cases: tuple[Case, ...]
    without_record: int


def build_cases(
    rows: Sequence[LabelRow],
    patients: Mapping[str, Sequence[Event]],
    progress: Callable[[int], None] = lambda _: None,
) -> Built:
    """Raises InvalidRequest where no row has a record: they belong to other records."""
    subjects = subjects_of(patients)
    found = [(row, patient) for row in rows if (patient := _patient(row, patients, subjects))]
    if not found:
        raise InvalidRequest("no label is about a patient of these records", field="labels")
    zoneless = {patient for row, patient in found if row.offset_minutes is None}
    times = {patient: [(e.encounter, e.time) for e in states(patients[patient]) if e.time] for patient in zoneless}
    cases = []
    for number, (row, patient) in enumerate(found, start=1):
        zone = zone_at(row.local, row.encounter, times[patient]) if row.offset_minutes is None else None
        time = row.prediction_time(zone)
        cases.append(case_at(patient, patients[patient], time, row.value, row.encounter))
        progress(number)
    return Built(tuple(row for row, _ in found), tuple(cases), len(rows) - len(found))


def _patient(row: LabelRow, patients: Mapping[str, Sequence[Event]], subjects: Mapping[int, str]) -> str:
    return row.patient if row.patient in patients else subjects.get(row.subject, "")
