"""Units: what senders write, what may be reckoned with what, and what is kept as it came."""

import subprocess
import sys
import tomllib
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_charts import lab
from ucumvert import PintUcumRegistry

import chartline.record
from chartline.record.event import Quantity
from chartline.record.measures import Measure, by_series, comparable, convert, linear
from chartline.record.ucum import parts_of
from chartline.record.unit_spelling import ucum_code
from chartline.record.unit_table import unit_table
from chartline.record.units import decimal_of, show, unit

TABLE = tomllib.loads((Path(chartline.record.__file__).parent / "vocabulary" / "units.toml").read_text("utf-8"))
CODES = sorted(unit_table().atoms)


@pytest.mark.parametrize(
    ("amount", "source", "target", "expected"),
    [
        ("1.5", "g", "mg", "1500"),
        ("250", "ug", "mg", "0.25"),
        ("1", "mg/dL", "g/L", "0.01"),
        ("2", "L", "mL", "2000"),
        ("7", "K/uL", "10*9/L", "7"),
        ("98.6", "°F", "Cel", "37"),
        ("36.6", "Cel", "[degF]", "97.88"),
        ("120", "mmHg", "mm[Hg]", "120"),
        ("80", "bpm", "/min", "80"),
        ("1", "[lb_av]", "kg", "0.45359237"),
        ("500", "mcg/kg/min", "mg/kg/min", "0.5"),
        ("24", "mg/(24.h)", "mg/h", "1"),
        ("3", "mL/(kg.h)", "mL/kg/h", "3"),
        ("800", "dyn.s/cm5", "dyn.s.cm-5", "800"),
    ],
)
def test_same_dimension_converts_exactly(amount: str, source: str, target: str, expected: str) -> None:
    converted = convert(Decimal(amount), Measure(source), Measure(target))
    assert converted is not None
    assert show(converted) == expected
    slope, shift = linear(Measure(source), Measure(target))
    assert float(amount) * slope + shift == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mg", "mL"),
        ("mmol/L", "mg/dL"),
        ("mEq/L", "mmol/L"),
        ("mOsm/kg", "mmol/kg"),
        ("", "mg"),
        ("%", "1"),
        ("puff", "spray"),
        ("mg/kg/h", "1/h"),
        ("mL/min/1.73m2", "mL/min"),
        ("IU/mL", "/mL"),
        ("#/hpf", "#/uL"),
        ("copies/mL", "/mL"),
        ("ug/mL{FEU}", "ug/mL{DDU}"),
        ("ng/mL FEU", "ng/mL"),
        ("mg/g", "1"),
        ("U/L", "ukat/L"),
        ("Mm", "mM"),
    ],
)
def test_other_dimensions_never_convert(one: str, other: str) -> None:
    assert convert(Decimal(1), Measure(one), Measure(other)) is None
    assert not comparable(Measure(one), Measure(other))


@pytest.mark.parametrize(
    ("code", "spellings"),
    [
        ("mg/dL", "MG/DL|mg/dl|mg / dL|mgs/dL|mg/100mL"),
        ("10*3/uL", "K/uL|K/UL|k/ul|x10^3/uL|X10E3/UL|10^3/mm3|thou/mm3|10³/µL|x10(3)/mcL|K/cumm|Thousand/uL|10 3/uL"),
        ("10*6/uL", "M/uL|m/uL|10^6/cmm|mill/mcL|Million/uL"),
        ("10*9/L", "10^9/L|x10^9/L|x109/L|Giga/L|10E9/L"),
        ("mm[Hg]", "mmHg|mm Hg|MMHG|MM(HG)"),
        ("meq/L", "mEq/L|MEQ/L|mEq./L"),
        ("[iU]/mL", "IU/mL|IU/ML|iu/ml"),
        ("m[iU]/mL", "mIU/mL|MIU/ML"),
        ("/min", "bpm|BPM|/min|{beats}/min|beats/min|insp/min|1/min"),
        ("1/uL", "#/uL|/uL|cells/uL|cells/mm3|/cumm|{cells}/uL"),
        ("[degF]", "deg F|°F|F|DegF|Deg. F"),
        ("Cel", "deg C|°C|C|degC"),
        ("s", "sec|secs|Seconds"),
        ("mm/h", "mm/hr|MM/HR|mm/Hr"),
        ("mL/min/{1.73_m2}", "mL/min/1.73m2|mL/min/1.73 m2|ML/MIN/1.73M2"),
        ("[pH]", "pH|PH|ph units"),
        ("mg/(kg.h)", "MG/(KG.HR)"),
        ("ug/kg/min", "mcg/kg/min|MCG/KG/MIN|ug/kg/min"),
        ("mg/d", "mg/24hr|mg/24 h|mg/day"),
        ("%", "percent|PCT"),
        ("umol/L", "µmol/L|UMOL/L|mcmol/L"),
        ("kg", "Kg|KG|kgs"),
        ("mosm/kg", "mOsm/kg|MOSM/KG"),
    ],
)
def test_senders_spellings_are_one_unit(code: str, spellings: str) -> None:
    for said in spellings.split("|"):
        assert unit(said) == unit(code), said
        assert unit(said).understood


#: What case or custom makes ambiguous, and what UCUM reads as something that no chart holds.
UNREAD = "Mg|Mg/dL|M|mM|MM|G/L|PA|S|K|k|MU/L|TAB|puff|N/A|AU|pc|t|C/L|pg{}x|U/g/Hb|log10 IU/mL|m/|mg//dL|/|.|()|{x"


@pytest.mark.parametrize("text", UNREAD.split("|"))
def test_what_is_not_sure_is_kept_and_marked(text: str) -> None:
    assert not unit(text).understood
    assert convert(Decimal("1.50"), Measure(text), Measure(text)) == Decimal("1.50")
    assert not [code for code in CODES if comparable(Measure(text), Measure(code))]


@pytest.mark.parametrize("text", ["9" * 400, "mm999", "km-999/L"])
def test_what_is_too_large_to_reckon_is_no_unit(text: str) -> None:
    assert not unit(text).understood


def test_a_text_that_is_too_long_for_a_unit_is_not_read() -> None:
    assert ucum_code("mg{" + "a" * 96 + "}") is not None
    assert ucum_code("mg{" + "a" * 97 + "}") is None
    assert not unit("/" * 1_000_000).understood


def test_an_unknown_unit_equals_itself_in_capitals_and_small_letters() -> None:
    assert convert(Decimal(3), Measure("TAB"), Measure("tab")) == 3
    assert unit("mL/min/1.73m2") == unit("ml/min/1.73M2")


@pytest.mark.parametrize("text", ["", "nan", "Infinity", "1,2", "12-14", "1e999999", "positive"])
def test_what_is_no_measured_number_is_none(text: str) -> None:
    assert decimal_of(Quantity(text)) is None


def series_of(amounts: list[tuple[str, str]], name: str = "Something") -> dict[str, list[str]]:
    event = lab(name, "2100-01-01", "1")
    series = by_series((key, Quantity(value, text), event) for key, (value, text) in enumerate(amounts))
    return {measure.unit: [show(n) for _, n, _ in numbers] for measure, numbers in series.items()}


def test_series_keep_incompatible_units_apart() -> None:
    amounts = [("1", "g"), ("500", "mg"), ("2", "g"), ("20", "mL"), ("2", "")]
    assert series_of(amounts) == {"g": ["1", "0.5", "2"], "mL": ["20"], "": ["2"]}


def test_a_series_has_the_unit_of_most_of_its_values_then_the_first() -> None:
    assert series_of([("1", "g"), ("500", "mg")]) == {"g": ["1", "0.5"]}
    assert series_of([("1", "g"), ("500", "mg"), ("250", "mg")]) == {"mg": ["1000", "500", "250"]}
    glucose = series_of([("90", "mg/dL"), ("5", "mmol/L"), ("6", "mmol/L")], "Glucose")
    assert glucose == {"mmol/L": ["4.99567041897", "5", "6"]}


@pytest.mark.parametrize(
    ("number", "text"), [("1.10", "1.1"), ("-0.0", "0"), ("1E+3", "1000"), ("0.1234567890123", "0.123456789012")]
)
def test_numbers_are_shown_plainly(number: str, text: str) -> None:
    assert show(Decimal(number)) == text


def test_the_table_says_every_spelling_once_and_only_of_codes_that_it_knows() -> None:
    parts = [said.casefold() for all_said in TABLE["spellings"].values() for said in all_said]
    whole = [said.casefold() for part in ("whole", "exact") for said_all in TABLE[part].values() for said in said_all]
    assert len(parts) == len(set(parts))
    assert not set(parts) & set(whole)
    assert all(unit(code).understood for part in ("spellings", "whole", "exact") for code in TABLE[part])
    assert all(
        unit(said).dimension == unit(code).dimension for code, all_said in TABLE["whole"].items() for said in all_said
    )
    assert all(atom.size > 0 for atom in unit_table().atoms.values())
    assert all(Fraction(step) > 0 for step, _ in unit_table().temperatures.values())


def test_the_table_agrees_with_pint_where_both_know_a_size() -> None:
    """Not of what the table makes a dimension of its own; mercury's density is rounded by UCUM."""
    registry = PintUcumRegistry()
    sized = [code for code in CODES if "[" not in unit(code).dimension and not code.startswith("1")]
    pairs = [
        (a, b)
        for a, b in pairwise(sorted(sized, key=lambda c: unit(c).dimension))
        if comparable(Measure(a), Measure(b))
    ]
    for one, other in pairs:
        ours = unit(one).factor / unit(other).factor
        assert registry.from_ucum(one).m_as(registry.from_ucum(other)) == pytest.approx(float(ours), rel=1e-5), one
    assert len(pairs) > 50


@pytest.mark.parametrize("code", [code for code in CODES if not code[-1].isdigit() and code != "[pH]"])
def test_inside_a_product_an_atom_is_what_it_is_alone(code: str) -> None:
    """Pint calls several codes by one name; what it is asked for must come back as the table's."""
    number, parts = parts_of(f"{code}.A") or (0, [])
    factor = Fraction(number)
    for atom, power in parts:
        factor *= atom.size**power
    assert factor == unit(code).factor


UNITS = st.sampled_from(
    [c for c in (*CODES, "mg/dL", "K/uL", "g/L", "°F", "Cel", "bpm", "TAB", "Mg/dL", "mmol/L") if c]
)
AMOUNTS = st.decimals(min_value=-10_000, max_value=10_000, places=3)


@given(AMOUNTS, UNITS, UNITS)
def test_there_and_back_is_the_same(amount: Decimal, one: str, other: str) -> None:
    there = convert(amount, Measure(one), Measure(other))
    assert (there is None) == (not comparable(Measure(one), Measure(other)))
    if there is not None:
        back = convert(there, Measure(other), Measure(one))
        assert back is not None
        assert abs(back - amount) <= abs(amount) * Decimal("1e-25") + Decimal("1e-25")


@given(AMOUNTS, AMOUNTS, UNITS, UNITS)
def test_conversion_keeps_the_order(low: Decimal, high: Decimal, one: str, other: str) -> None:
    ends = [convert(n, Measure(one), Measure(other)) for n in sorted((low, high))]
    assert None in ends or ends[0] <= ends[1]  # type: ignore[operator]


@given(st.text(max_size=12))
def test_whatever_a_sender_writes_has_a_unit_that_equals_itself(text: str) -> None:
    assert unit(text) == unit(text)
    assert comparable(Measure(text), Measure(text))
    assert unit(text).factor > 0


def test_k_per_microliter_is_thousands_and_never_kelvin() -> None:
    assert ucum_code("K/uL") == "10*3/uL"
    assert not [text for text in ("K", "K/W", "mK", "K/min") if unit(text).understood and "K" in unit(text).dimension]


def test_the_units_that_the_table_holds_need_no_pint() -> None:
    code = (
        "import sys; from chartline.record.units import unit; [unit(u) for u in ('mg/dL', 'K/uL', 'deg F', 'TAB')];"
        "print([name for name in ('pint', 'ucumvert', 'lark') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_compound_units_are_reckoned_by_many_threads_at_once() -> None:
    """In a process that has opened no registry yet: there every thread needs it first."""
    code = (
        "from concurrent.futures import ThreadPoolExecutor; from threading import Barrier;"
        "from chartline.record.ucum import parts_of; together = Barrier(4);"
        "pool = ThreadPoolExecutor(4);"
        "print(set(pool.map(lambda _: together.wait() >= 0 and str(parts_of('mg.mL/h')), range(4))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{ {str(parts_of('mg.mL/h'))} }"
