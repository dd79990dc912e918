"""MIMIC-IV as tables and as MEDS: the same labs and charted numbers are the same facts.

What differs: MEDS keeps floats of 32 bits, so numbers are compared as those; it has no place for a bound such as "<0.2"
and none for words, so such results are numbers of the tables alone or of neither; and it does not tell tables apart, so
labevents, chartevents and outputevents are compared by item.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chartline.record.event import CanonicalRecord, Event
from chartline.sources.meds.codes import MEDS_CODE
from chartline.sources.meds.reading import read_meds
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import count_rows, read_tables

DATA = Path(__file__).parents[3] / "shared" / "data"
MIMIC = load_mapping(MAPPINGS / "mimic-iv.yaml")
CHARTED = ("labevents", "chartevents", "outputevents")

#: (patient, time, item, number, unit)
Fact = tuple[str, int | None, str, float, str]


@pytest.fixture(scope="module")
def tables() -> Path:
    return _there("mimic-iv-demo-2.2")


def _there(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"the open records {name} are not at hand")
    return DATA / name


def _facts(records: Iterable[CanonicalRecord]) -> Iterator[Fact]:
    for record in records:
        for event in record.events:
            if event.quantity is not None and not event.quantity.comparator and (item := _item(event)):
                number = float(np.float32(event.quantity.value))
                micros = event.time.unix_micros if event.time else None
                yield event.patient.rpartition("|")[2], micros, item, number, event.quantity.unit


def _item(event: Event) -> str:
    code = next((c.code for c in event.codings if c.system == MEDS_CODE), "")
    if not code:
        return event.codings[0].code
    prefix, *pieces = code.split("//")
    return pieces[0] if prefix in ("LAB", "SUBJECT_FLUID_OUTPUT") else ""


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_tables_and_meds_hold_the_same_labs_and_charted_numbers(tables: Path) -> None:
    charted = replace(MIMIC, tables=tuple(table for table in MIMIC.tables if table.name in CHARTED))
    of_tables = Counter(_facts(read_tables(tables, charted)))
    of_meds = Counter(_facts(read_meds(_there("mimic-iv-demo-meds"))))
    assert len(of_meds) > 250_000
    assert of_tables.keys() == of_meds.keys()


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_meds_rows_of_the_release_add_up() -> None:
    outcomes: Counter[str] = Counter()
    for record in read_meds(_there("mimic-iv-demo-meds")):
        assert not record.unreadable_reason
        outcomes[record.without_events_reason] += 1
    assert outcomes.total() == 677_894
    assert set(outcomes) == {
        "",
        "meds: no drug is named",
        "meds: the discharge is told by its own row",
        "meds: the end of what has no beginning, or no time",
    }


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_mimic_tables_add_up_and_what_was_not_given_is_cancelled(tables: Path) -> None:
    outcomes: Counter[str] = Counter()
    given: Counter[tuple[str, str]] = Counter()
    for record in read_tables(tables, MIMIC):
        assert not record.unreadable_reason
        outcomes[record.record_id.partition("/")[0]] += 1
        for event in record.events:
            if record.record_id.startswith("emar/"):
                given[str(event.attribute("administration") or ""), event.status.name] += 1
    assert outcomes == count_rows(tables, MIMIC)
    cancelled = {said for said, status in given if status == "CANCELLED"}
    assert all(said.startswith(("Not ", "Hold", "Delayed")) or "Not Done" in said for said in cancelled)
    assert not [said for said, status in given if status == "FINAL" and ("Not " in said or "Hold" in said)]
    assert 3_000 < sum(count for (_, status), count in given.items() if status == "CANCELLED") < 3_400
