"""Reckons compound UCUM codes through ucumvert and Pint: the one gate of both, opened at the first code that needs it.

Pint is asked what parts a code has; what a part measures, the unit table knows best. To Pint an international unit,
a count and a percentage are all numbers, and UCUM's equivalent is a mole whatever the ion.
"""

from fractions import Fraction
from functools import lru_cache
from threading import Lock
from typing import Any

from chartline.record.unit_table import Atom, unit_table

#: A part of a unit and its power.
Part = tuple[Atom, int]
#: Pint reckons in floats: a number this near to a simple fraction is meant to be it, beyond these digits is noise.
_SIMPLE, _NEAR, _DIGITS = 1_000_000, 1e-14, 13
#: Beyond every unit that is measured in: 10*12/L is large, and a millionth power takes minutes and all memory.
_LARGEST_POWER = 99
#: Registries of Pint share state even while they are made: of two threads that reckon at once both fail.
_ONE_AT_A_TIME = Lock()


def parts_of(code: str) -> tuple[Fraction, list[Part]] | None:
    """The number before the unit and its parts; None for what is no UCUM code, or too large. Safe from any thread."""
    try:
        with _ONE_AT_A_TIME:
            return _parts_of(code)
    except OverflowError:  # a number that no float holds
        return None


def _parts_of(code: str) -> tuple[Fraction, list[Part]] | None:
    registry, known = _registry()
    try:
        quantity = registry.from_ucum(code)
    except Exception:  # lark and Pint have dozens of ways to say no
        return None
    if not hasattr(quantity, "_units"):
        return None
    parts = []
    for name, power in quantity._units.items():
        atom = known.get(name) or _atom(name, registry)
        if atom is None or int(power) != power or abs(power) > _LARGEST_POWER:
            return None
        parts.append((atom, int(power)))
    return _exact(quantity.magnitude), parts


def _atom(name: str, registry: Any) -> Atom | None:
    root = registry.Quantity(1, name).to_root_units()
    powers = {_SHORT.get(base): int(power) for base, power in root._units.items()}
    if None in powers:
        return None
    return Atom(tuple((base, power) for base, power in powers.items() if base), _exact(root.magnitude))


_SHORT = {"gram": "g", "meter": "m", "second": "s", "mole": "mol", "ampere": "A", "count": ""}


def _exact(number: float) -> Fraction:
    simple = Fraction(number).limit_denominator(_SIMPLE)
    return simple if abs(float(simple) - number) <= _NEAR * abs(number) else Fraction(f"{number:.{_DIGITS}g}")


@lru_cache(maxsize=1)
def _registry() -> tuple[Any, dict[str, Atom]]:
    """And the table's atoms by Pint's names. Takes most of a second."""
    from ucumvert import PintUcumRegistry

    registry = PintUcumRegistry()
    known = {}
    for code, atom in unit_table().atoms.items():
        if code[0].isdigit() or code[-1].isdigit():
            continue
        (name,) = registry.from_ucum(code)._units if code != "[pH]" else ("",)
        known[name] = atom
    return registry, known
