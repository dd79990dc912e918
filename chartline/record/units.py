"""Makes measured amounts comparable, so that executing a plan never adds or compares what does not belong together.

    "MG/DL" ─ unit_spelling ─▶ mg/dL ─ unit_table, else ucum (Pint) ─▶ Unit(mass by volume, 1/100)

A unit that nobody understands keeps its text and equals only itself: it is never converted.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from chartline.record import ucum
from chartline.record.event import Event, Quantity
from chartline.record.ucum import Part
from chartline.record.unit_spelling import ANNOTATION, ucum_code
from chartline.record.unit_table import Atom, unit_table

#: Sums are exact as far as any chart goes; means and conversions are cut at 34 digits.
CONTEXT = Context(prec=34)
_SHOWN = Context(prec=12)
#: Beyond it a text is no measurement, and exact arithmetic on it would take for ever.
_LARGEST_EXPONENT = 30
#: The dimension whose scales have different zeros.
TEMPERATURE = "temperature"
_NUMBER = Atom((), Fraction(1))
_UNKNOWN = "? "
_TOLD = re.compile(r"\s*(?P<comparator>[<>]=?)?\s*(?P<number>[-+]?[0-9.]+)\s*")
#: An annotation that stands for a whole part: {cells}/uL.
_ALONE = re.compile(rf"(?<![^/.(]){ANNOTATION.pattern}")


@dataclass(frozen=True, slots=True)
class Unit:
    """`amount * factor + zero` is the amount in the base unit of `dimension`; equal dimensions are comparable."""

    dimension: str
    factor: Fraction = Fraction(1)
    zero: Fraction = Fraction(0)

    @property
    def understood(self) -> bool:
        """Whether it may ever be converted."""
        return not self.dimension.startswith(_UNKNOWN)


@lru_cache(maxsize=8192)
def unit(text: str) -> Unit:
    """What a unit measures; for an unknown one, a dimension of its own."""
    code = ucum_code(text)
    return (None if code is None else _of_code(code)) or _unknown(text)


def _unknown(text: str) -> Unit:
    """TAB is tab; of a mixture of capitals and small letters nobody knows what they tell apart."""
    plain = " ".join(text.split())
    return Unit(_UNKNOWN + (plain.casefold() if plain in (plain.upper(), plain.lower()) else plain))


def _of_code(code: str) -> Unit | None:
    temperature = unit_table().temperatures.get(code)
    if temperature is not None:
        return Unit(TEMPERATURE, *temperature)
    said = sorted(a for a in ANNOTATION.findall(code) if a[1:-1].casefold() not in unit_table().annotations)
    parts = _fraction(ANNOTATION.sub("", _ALONE.sub("1", code)))
    if parts is None and (reckoned := ucum.parts_of(code)) is not None:
        number, parts = reckoned
        parts = [(Atom((), number), 1), *parts]
    if parts is None:
        return None
    factor = Fraction(1)
    for atom, power in parts:
        factor *= atom.size**power
    return Unit(" ".join(sorted([*_dimensions(parts), *said])), factor)


def _fraction(code: str) -> list[Part] | None:
    """mg/kg/h of parts that the table holds, without Pint."""
    atoms = {**unit_table().atoms, "": _NUMBER}
    names = code.split("/")
    if not all(name in atoms for name in names) or "" in names[1:]:
        return None
    return [(atoms[name], -1 if place else 1) for place, name in enumerate(names)]


def _dimensions(parts: list[Part]) -> list[str]:
    """What stands above and below does not cancel without a trace: mg/kg/h is no mere rate."""
    total: dict[str, int] = {}
    sides: dict[str, set[bool]] = {}
    for atom, power in parts:
        for base, own in atom.powers:
            total[base] = total.get(base, 0) + own * power
            sides.setdefault(base, set()).add(own * power > 0)
    kept = [f"{base}{power}" for base, power in sorted(total.items()) if power]
    ratios = [f"{base}/{base}" for base in sorted(sides) if len(sides[base]) > 1]
    return [*kept, *ratios] or ["1"]


def converted(amount: Decimal, old: Unit, new: Unit) -> Decimal | None:
    """The same amount in another unit; None where the two are not comparable."""
    if old.dimension != new.dimension:
        return None
    if (old.factor, old.zero) == (new.factor, new.zero):
        return amount
    exact = (Fraction(amount) * old.factor + old.zero - new.zero) / new.factor
    return CONTEXT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def decimal_of(quantity: Quantity) -> Decimal | None:
    """The number a quantity holds; None where its text is none, or one that nobody measures."""
    try:
        number = Decimal(quantity.value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _LARGEST_EXPONENT else None


def amount_of(event: Event) -> Quantity | None:
    """Its quantity, or the number that is all of its text: some senders write "5.1" and "<5" as words."""
    if event.quantity is not None or not (told := _TOLD.fullmatch(event.text_value)):
        return event.quantity
    amount = Quantity(told["number"], comparator=told["comparator"] or "")
    return None if decimal_of(amount) is None else amount


def show(number: Decimal) -> str:
    """Plain decimal text with at most 12 significant digits and no idle zeros."""
    text = f"{_SHOWN.plus(number):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
