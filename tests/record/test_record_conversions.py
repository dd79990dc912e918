"""Conversions as tables publish them: 200 pairs and UCUM's own functional cases, none of them wrong.

`conversions.csv`: value, unit and target as senders write them, the analyte by its name in a record; `expected` is the
value times the conversion factor of the AMA Manual of Style (11th ed., table 17.5-1) and of the laboratories' SI
conversion tables, which have two to four digits; pairs of HbA1c from the master equation of ngsp.org; of one dimension
from UCUM's definitions. Without an `expected` there is no conversion that may be made.
"""

import csv
import tomllib
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest
from record_charts import lab, run, said

import chartline.record
from chartline.record.analytes import Analyte, analyte_of
from chartline.record.event import Coding
from chartline.record.kinds import EventKind
from chartline.record.measures import Measure, convert
from chartline.record.plan import (
    Aggregate,
    Comparator,
    Compare,
    Extremum,
    Field,
    Filter,
    Function,
    Lookup,
    Selection,
    Which,
)
from chartline.record.units import unit

UCUM = Path(__file__).parents[3] / "shared/data/codes/ucum/src/test/resources/UcumFunctionalTests.xml"
_TABLE = Path(chartline.record.__file__).parent / "vocabulary" / "analytes.toml"
ROWS = tomllib.loads(_TABLE.read_text("utf-8"))["analytes"]
with Path(__file__).with_name("conversions.csv").open(encoding="utf-8", newline="") as _file:
    PAIRS = [tuple(row.values()) for row in csv.DictReader(_file)]


def analyte(name: str, **changes: object) -> Analyte | None:
    return analyte_of(lab(name, "2100-01-01", "1", **changes))


def converted(value: str, source: str, name: str, target: str) -> Decimal | None:
    of = analyte(name)
    return convert(Decimal(value), Measure(source, of), Measure(target, of))


def test_there_are_two_hundred_pairs() -> None:
    assert len(PAIRS) >= 200
    assert len([pair for pair in PAIRS if not pair[-1]]) >= 35


@pytest.mark.parametrize(("value", "source", "name", "target", "expected"), PAIRS)
def test_converts_as_published_or_not_at_all(value: str, source: str, name: str, target: str, expected: str) -> None:
    found = converted(value, source, name, target)
    assert (None if found is None else float(found)) == (pytest.approx(float(expected), rel=6e-3) if expected else None)


def ucum_cases(part: str) -> list[dict[str, str]]:
    if not UCUM.is_file():
        pytest.skip(f"no open clinical data at {UCUM}")
    return [dict(case.attrib) for case in ET.parse(UCUM).getroot().findall(f"{part}/case")]


def test_ucums_validity_cases() -> None:
    """What is no unit is unknown; of the units those that charts use are understood. A sender's "iU" is one, too."""
    cases = ucum_cases("validation")
    wrong = [c["unit"] for c in cases if c["valid"] == "false" and unit(c["unit"]).understood]
    assert wrong == ["iU"]
    valid = [c["unit"] for c in cases if c["valid"] == "true"]
    unknown = [text for text in valid if not unit(text).understood]
    assert len(valid) - len(unknown) >= 435
    assert all(convert(Decimal("6.30"), Measure(text), Measure(text)) == Decimal("6.30") for text in unknown)


def test_ucums_conversion_cases() -> None:
    """Each comes out as UCUM says to the digits that it gives, or is refused."""
    refused = 0
    for case in ucum_cases("conversion"):
        found = convert(Decimal(case["value"]), Measure(case["srcUnit"]), Measure(case["dstUnit"]))
        refused += found is None
        digits = len(case["outcome"].replace(".", "").strip("0")) or 1
        assert found is None or f"{found:.{digits - 1}e}" == f"{Decimal(case['outcome']):.{digits - 1}e}", case
    assert refused <= 7


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Urea Nitrogen", "urea nitrogen"),
        ("BUN", "urea nitrogen"),
        ("Blood Urea", "urea"),
        ("UREA, SERUM", "urea"),
        ("Creatinine, Urine", "creatinine"),
        ("Protein/Creatinine Ratio", None),
        ("Glucose [Mass/volume] in Serum or Plasma", "glucose"),
        ("Hemoglobin A1c", "hemoglobin a1c"),
        ("Absolute Lymphocyte Count", None),
        ("Something Else", None),
    ],
)
def test_an_analyte_is_found_by_its_name_or_not_at_all(name: str, found: str | None) -> None:
    of = analyte(name)
    assert (None if of is None else of.name) == found


def test_a_loinc_code_says_it_before_the_name() -> None:
    of = analyte("Kidney test", codings=(Coding("http://loinc.org", "22664-7"),))
    assert of is not None
    assert of.name == "urea"


# --- one series, whatever the sender's unit ---------------------------------------------------------------------------

GLUCOSE = [
    lab("Glucose", "2100-01-01", "90", "mg/dL"),
    lab("Glucose", "2100-01-02", "10", "mmol/L"),
    lab("Glucose", "2100-01-03", "108", "MG/DL"),
    lab("Glucose", "2100-01-04", "4", "mmol/L"),
    lab("Glucose", "2100-01-05", "100", "mg/dl"),
]
ALL = Selection(concepts=("glucose",))


def test_an_aggregate_is_reckoned_in_the_unit_of_most_values() -> None:
    mixed = [lab("Glucose", f"2100-01-0{n}", "99", "mg/dL") for n in (6, 7, 8)]
    assert said(run(Aggregate(ALL, Function.MEAN), GLUCOSE[:2] + mixed)) == ["113.4312 mg/dL"]


def test_the_extreme_is_found_across_units_and_shown_as_written() -> None:
    highest = Lookup(Selection(concepts=("glucose",), extremum=Extremum.MAXIMUM), Field.VALUE)
    assert said(run(highest, GLUCOSE)) == ["10 mmol/L"]
    lowest = Lookup(Selection(concepts=("glucose",), extremum=Extremum.MINIMUM), Field.VALUE)
    assert said(run(lowest, GLUCOSE)) == ["4 mmol/L"]


@pytest.mark.parametrize("bound", ["105 mg/dL", "5.83 mmol/L", "1.05 g/L"])
def test_a_filter_holds_for_each_unit(bound: str) -> None:
    above = Selection(concepts=("glucose",), filters=(Filter(Field.VALUE, Comparator.GREATER, bound),))
    assert said(run(Lookup(above, Field.VALUE), GLUCOSE)) == ["10 mmol/L", "108 MG/DL"]


def test_a_difference_is_in_the_unit_of_its_left_side() -> None:
    first, last = (Lookup(Selection(concepts=("glucose",), which=w), Field.VALUE) for w in (Which.FIRST, Which.LAST))
    assert said(run(Compare(first, Comparator.DIFFERENCE, last), GLUCOSE[:2])) == ["-90.156 mg/dL"]
    assert said(run(Compare(first, Comparator.LESS, last), GLUCOSE[:2])) == [True]


def test_urea_and_its_nitrogen_are_compared_by_moles() -> None:
    chart = [lab("Urea Nitrogen", "2100-01-01", "20", "mg/dL"), lab("Urea", "2100-01-02", "40", "mg/dL")]
    nitrogen, urea = (Lookup(Selection(concepts=(event.display,)), Field.VALUE) for event in chart)
    assert said(run(Compare(nitrogen, Comparator.GREATER, urea), chart)) == [True]


def test_what_is_reckoned_of_both_is_compared_as_what_it_is_said_in() -> None:
    """The highest is the urea's 60 mg/dL, said as 27.99 mg/dL of nitrogen."""
    chart = [lab("Urea Nitrogen", f"2100-01-0{n}", "20", "mg/dL") for n in (1, 2)] + [
        lab("Urea", "2100-01-03", "60", "mg/dL")
    ]
    highest = Aggregate(Selection(kind=EventKind.LABORATORY), Function.MAXIMUM)
    first = Lookup(Selection(concepts=("urea nitrogen",), which=Which.FIRST), Field.VALUE)
    assert said(run(highest, chart)) == ["27.9878779806 mg/dL"]
    assert said(run(Compare(highest, Comparator.DIFFERENCE, first), chart)) == ["7.9878779806 mg/dL"]


def test_two_analytes_are_compared_by_their_plain_units() -> None:
    chart = [lab("Sodium", "2100-01-01", "140", "mmol/L"), lab("Glucose", "2100-01-01", "90", "mg/dL")]
    sides = [Lookup(Selection(concepts=(name,)), Field.VALUE) for name in ("sodium", "glucose")]
    result = run(Compare(sides[0], Comparator.GREATER, sides[1]), chart)
    assert said(result) == ["140 mmol/L", "90 mg/dL"]


def test_a_unit_that_nobody_understands_is_told_apart() -> None:
    chart = [*GLUCOSE[:1], lab("Glucose", "2100-01-06", "7", "Mg/dL")]
    assert said(run(Aggregate(ALL, Function.MAXIMUM), chart)) == ["90 mg/dL", "7 Mg/dL"]


def test_every_analyte_is_found_by_its_own_names() -> None:
    for row in ROWS:
        for name in row.get("alone", row["names"]):
            of = analyte(name)
            assert of is not None, name
            assert of.name == row["names"][0], name


def test_a_code_measures_one_analyte() -> None:
    codes = [code for row in ROWS for code in row.get("loinc", ())]
    assert len(codes) == len(set(codes))
