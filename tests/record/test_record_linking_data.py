"""The names of real charts: each links to itself, however much the others look like it."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from record_charts import event

from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.names import normalise

DEMO = Path(__file__).parents[3] / "shared" / "data" / "mimic-iv-demo-2.2"
pytestmark = pytest.mark.skipif(not DEMO.is_dir(), reason=f"no open clinical data at {DEMO}")
T = "2100-01-01 08:00:00"
Name = tuple[EventKind, str, str]


def rows(file: str) -> Iterator[dict[str, str]]:
    with gzip.open(DEMO / file, "rt") as lines:
        yield from csv.DictReader(lines)


def names_by_patient() -> dict[str, set[Name]]:
    """Kind, name and sample of everything that a patient has."""
    tests = {row["itemid"]: row for row in rows("hosp/d_labitems.csv.gz")}
    items = {row["itemid"]: row["label"] for row in rows("icu/d_items.csv.gz")}
    titles = {(r["icd_code"], r["icd_version"]): r["long_title"] for r in rows("hosp/d_icd_diagnoses.csv.gz")}
    names: dict[str, set[Name]] = defaultdict(set)
    for row in rows("hosp/labevents.csv.gz"):
        test = tests[row["itemid"]]
        names[row["subject_id"]].add((EventKind.LABORATORY, test["label"], test["fluid"]))
    for row in rows("hosp/prescriptions.csv.gz"):
        names[row["subject_id"]].add((EventKind.MEDICATION_REQUEST, row["drug"], ""))
    for row in rows("icu/inputevents.csv.gz"):
        names[row["subject_id"]].add((EventKind.INTAKE, items[row["itemid"]], ""))
    for row in rows("icu/outputevents.csv.gz"):
        names[row["subject_id"]].add((EventKind.OUTPUT, items[row["itemid"]], ""))
    for row in rows("hosp/diagnoses_icd.csv.gz"):
        title = titles.get((row["icd_code"], row["icd_version"]), "")
        names[row["subject_id"]].add((EventKind.CONDITION, title, ""))
    return names


def test_a_name_links_to_itself_and_several_samples_of_one_to_the_bloods() -> None:
    linked, wrong = 0, set()
    for names in names_by_patient().values():
        chart = Chart(
            event(kind, name, T, key=f"{kind}/{name}/{sample}", attributes={"specimen": sample} if sample else {})
            for kind, name, sample in names
        )
        samples = defaultdict(set)
        for kind, name, sample in names:
            samples[kind, normalise(name)].add(sample)
        for (kind, name), of in samples.items():
            if not name or (len(of) > 1 and "Blood" not in of):
                continue
            linking = LexicalLinker().link(name, kind, chart)
            linked += 1
            asked_back = linking.ambiguous and not of & {"", "Blood"}
            if (linking.kind, len(linking.names)) != (kind, 1) or linking.ambiguous > asked_back:
                wrong.add((name, linking))
    assert linked > 10_000
    assert not wrong
