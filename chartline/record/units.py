"""Makes measured amounts comparable, so that executing a plan never adds or compares what does not belong together.

A unit that is not in `unit_table` is kept as it came and equals only itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from chartline.record.event import Quantity
from chartline.record.unit_table import ALIASES, ATOMS, TEMPERATURES

#: Sums are exact as far as any chart goes; means and conversions are cut at 34 digits.
CONTEXT = Context(prec=34)
_SHOWN = Context(prec=12)
_ATOMS = {unit: (dimension, Fraction(size)) for dimension, sizes in ATOMS.items() for unit, size in sizes.items()}
#: Beyond it a text is no measurement, and exact arithmetic on it would take for ever.
_LARGEST_EXPONENT = 30
_MICRO = str.maketrans({"µ": "u", "μ": "u"})


@dataclass(frozen=True, slots=True)
class Unit:
    """`amount * factor + zero` is the amount in the base unit of `dimension`; equal dimensions are comparable."""

    dimension: str
    factor: Fraction = Fraction(1)
    zero: Fraction = Fraction(0)


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """What a unit measures; for an unknown one, a dimension of its own."""
    plain = " ".join(text.translate(_MICRO).casefold().split())
    plain = ALIASES.get(plain, plain).replace(" ", "")
    plain = ALIASES.get(plain, plain)
    if plain in TEMPERATURES:
        step, zero = TEMPERATURES[plain]
        return Unit("temperature", Fraction(step), Fraction(zero))
    return _compound(plain) or Unit(f"? {plain}")


def _compound(plain: str) -> Unit | None:
    """`mg/dl`: the dimensions stay in their places, for mg/kg/h is no rate of mass by mass."""
    dimensions, factor = [], Fraction(1)
    for place, part in enumerate(plain.split("/")):
        if part not in _ATOMS:
            return None
        dimension, size = _ATOMS[part]
        dimensions.append(dimension)
        factor = factor / size if place else factor * size
    return Unit("/".join(dimensions), factor)


def comparable(one: str, other: str) -> bool:
    return unit(one).dimension == unit(other).dimension


def convert(amount: Decimal, source: str, target: str) -> Decimal | None:
    """The same amount in another unit; None where the two are not comparable."""
    if source == target:
        return amount
    old, new = unit(source), unit(target)
    if old.dimension != new.dimension:
        return None
    if (old.factor, old.zero) == (new.factor, new.zero):
        return amount
    exact = (Fraction(amount) * old.factor + old.zero - new.zero) / new.factor
    return CONTEXT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def linear(source: str, target: str) -> tuple[float, float]:
    """(slope, shift) of the conversion for arrays of floats. The units must be comparable."""
    old, new = unit(source), unit(target)
    return float(old.factor / new.factor), float((old.zero - new.zero) / new.factor)


def decimal_of(quantity: Quantity) -> Decimal | None:
    """The number a quantity holds; None where its text is none, or one that nobody measures."""
    try:
        number = Decimal(quantity.value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _LARGEST_EXPONENT else None


def show(number: Decimal) -> str:
    """Plain decimal text with at most 12 significant digits and no idle zeros."""
    text = f"{_SHOWN.plus(number):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def by_series(quantities: Iterable[tuple[int, Quantity]]) -> dict[str, list[tuple[int, Decimal, str]]]:
    """Numbers that may be reckoned with each other: unit -> (key, number in that unit, comparator).

    The unit of a series is that of its first quantity; there is one series for each dimension.
    """
    names: dict[str, str] = {}
    series: dict[str, list[tuple[int, Decimal, str]]] = {}
    for key, quantity in quantities:
        number = decimal_of(quantity)
        if number is None:
            continue
        name = names.setdefault(unit(quantity.unit).dimension, quantity.unit)
        converted = convert(number, quantity.unit, name)
        assert converted is not None
        series.setdefault(name, []).append((key, converted, quantity.comparator))
    return series
