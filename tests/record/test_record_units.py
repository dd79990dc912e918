"""Units: what may be reckoned with what, and what is kept as it came."""

from decimal import Decimal
from fractions import Fraction

import pytest

from chartline.record.event import Quantity
from chartline.record.unit_table import ALIASES, ATOMS, TEMPERATURES
from chartline.record.units import by_series, comparable, convert, decimal_of, linear, show, unit


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
    ],
)
def test_same_dimension_converts_exactly(amount: str, source: str, target: str, expected: str) -> None:
    converted = convert(Decimal(amount), source, target)
    assert converted is not None
    assert show(converted) == expected
    slope, shift = linear(source, target)
    assert float(amount) * slope + shift == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mg", "mL"),
        ("mmol/L", "mg/dL"),
        ("mEq/L", "mmol/L"),
        ("", "mg"),
        ("%", "1"),
        ("puff", "spray"),
        ("mg/kg/h", "1/h"),
        ("mL/min/1.73m2", "mL/min"),
    ],
)
def test_other_dimensions_never_convert(one: str, other: str) -> None:
    assert convert(Decimal(1), one, other) is None
    assert not comparable(one, other)


def test_an_unknown_unit_equals_itself_however_it_is_written() -> None:
    assert convert(Decimal(3), "TAB", "tab") == 3
    assert unit("mL/min/1.73m2") == unit("ml/min/1.73M2")


@pytest.mark.parametrize("text", ["", "nan", "Infinity", "1,2", "12-14", "1e999999", "positive"])
def test_what_is_no_measured_number_is_none(text: str) -> None:
    assert decimal_of(Quantity(text)) is None


def test_series_keep_incompatible_units_apart() -> None:
    amounts = [(0, "1", "g"), (1, "500", "mg"), (2, "20", "mL"), (3, "2", "")]
    series = by_series((key, Quantity(value, unit)) for key, value, unit in amounts)
    assert {name: [show(n) for _, n, _ in numbers] for name, numbers in series.items()} == {
        "g": ["1", "0.5"],
        "mL": ["20"],
        "": ["2"],
    }


@pytest.mark.parametrize(
    ("number", "text"), [("1.10", "1.1"), ("-0.0", "0"), ("1E+3", "1000"), ("0.1234567890123", "0.123456789012")]
)
def test_numbers_are_shown_plainly(number: str, text: str) -> None:
    assert show(Decimal(number)) == text


def test_the_table_holds_readable_numbers_and_every_spelling_once() -> None:
    spellings = [name for sizes in ATOMS.values() for name in sizes]
    assert len(spellings) == len(set(spellings))
    assert all(Fraction(size) > 0 for sizes in ATOMS.values() for size in sizes.values())
    assert all(Fraction(step) > 0 and Fraction(zero) <= 0 for step, zero in TEMPERATURES.values())
    assert not [alias for alias, meant in ALIASES.items() if unit(meant).dimension.startswith("?")]
    assert not [name for name in (*spellings, *TEMPERATURES, *ALIASES) if name != name.casefold()]
