"""The same question of the same patient has the same answer, whichever way the record came."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chartline.record.event import Instant, Quantity
from chartline.record.result import Duration
from tests.evaluation.same_questions import DIFFERENCES, KINDS, PATIENTS, Asked, ask, said
from tests.evaluation.same_report import report, whole_run
from tests.evaluation.same_sources import FHIR, MEDS, TABLES

_AT_HAND = all(folder.is_dir() for folder in (TABLES, MEDS, FHIR))
with_records = pytest.mark.skipif(not _AT_HAND, reason="the three releases of MIMIC-IV's demo are not at hand")


def test_what_only_one_source_writes_otherwise_is_the_same() -> None:
    assert said(Quantity("36.0", "mg/dL")) == said(Quantity("36", "mg/dl")) != said(Quantity("36", "mg/dl", "<"))
    assert said(Quantity("0.50", "")) == f"{Decimal('0.5')}"
    assert said(Instant(3_600_000_000, None)) == said(Instant(0, 60))
    assert said(Duration(1 / 3)) == said(Duration(0.3333333)) != said(Duration(0.35))


def test_a_difference_explains_its_own_questions_alone() -> None:
    asked = Asked("MEDS", "1", "get interpretation of lab", ("h",), ())
    assert asked.difference == "interpretation"
    assert [replace(asked, plan="count lab").difference, replace(asked, tables=()).difference] == ["", ""]
    assert replace(asked, source="FHIR").difference == ""
    time = Asked("FHIR", "1", "get time of procedure", ("2100-01-01",), ("2100-01-01T00:00:00",))
    assert time.difference == "day" != replace(time, other=("2100-01-01T08:00:00",)).difference


def test_the_report_counts_what_is_the_same_and_what_is_explained() -> None:
    asked = Asked("MEDS", "1", "get interpretation of lab", ("h",), ())
    written = report([asked, replace(asked, other=("h",)), replace(asked, patient="2", plan="count lab")])
    assert "| MEDS | laboratory, vital | 2 | 3 | 1 | 1 | 1 |" in written
    assert "| MEDS | interpretation | 1 |" in written


@with_records
@pytest.mark.parametrize("source", KINDS)
def test_a_patient_is_the_same_in_every_release(source: str, tmp_path: Path) -> None:
    asked = list(ask(source, PATIENTS[:1], 25, tmp_path))
    assert len(asked) == 25
    assert [one for one in asked if not one.same and not one.difference] == []


@with_records
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_patients_are_the_same_in_every_release() -> None:
    asked = whole_run()
    assert [one for one in asked if not one.same and not one.difference] == []
    found = Counter((one.source, one.difference) for one in asked if not one.same)
    assert found == {(d["source"], d["name"]): d["questions"] for d in DIFFERENCES}
