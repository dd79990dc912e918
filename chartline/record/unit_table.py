"""Reads the table of units (vocabulary/units.toml): sizes by UCUM code, and what senders write for each code."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

#: Base unit of Pint's -> its power.
Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Atom:
    """One of it is `size` in the base units that `powers` names."""

    powers: Powers
    size: Fraction


@dataclass(frozen=True, slots=True)
class UnitTable:
    """`units.toml` says what each part is for.

    `anywhere`: spellings in small letters -> code, of parts and of whole units; `wholly`: of whole units alone.
    """

    atoms: dict[str, Atom]
    temperatures: dict[str, tuple[Fraction, Fraction]]
    folded: dict[str, str]
    anywhere: dict[str, str]
    wholly: dict[str, str]
    exact: dict[str, str]
    power: re.Pattern[str]
    words: re.Pattern[str]
    unread: frozenset[str]
    unread_whole: frozenset[str]
    annotations: frozenset[str]


@lru_cache
def unit_table() -> UnitTable:
    table = tomllib.loads((Path(__file__).parent / "vocabulary" / "units.toml").read_text("utf-8"))
    atoms = dict(_atoms(table))
    codes = [*atoms, *table["others"]["codes"]]
    return UnitTable(
        atoms=atoms,
        temperatures={code: (Fraction(step), Fraction(zero)) for code, (step, zero) in table["temperatures"].items()},
        folded={code.casefold(): code for code in reversed(codes)} | {code: code for code in codes},
        anywhere=_inverse(table["spellings"]),
        wholly=_inverse(table["whole"]) | {code.casefold(): code for code in table["temperatures"]},
        exact=_inverse(table["exact"], fold=False),
        power=_power(table["powers"]),
        words=re.compile(rf"\s+({'|'.join(re.escape(w) for w in _inverse(table['words']))})\b", re.IGNORECASE),
        unread=frozenset(table["apart"]["unread"]),
        unread_whole=frozenset(table["apart"]["unread_whole"]),
        annotations=frozenset(table["apart"]["annotations"]),
    )


def _atoms(table: dict[str, Any]) -> Iterator[tuple[str, Atom]]:
    prefixes = {"": Fraction(1)} | {name: Fraction(size) for name, size in table["prefixes"].items()}
    for name, powers, size in table["dimensions"]:
        base = tuple(powers.items()), Fraction(size)
        for code, (own, used) in table["atoms"][name].items():
            for prefix in ("", *used.split()):
                yield prefix + code, Atom(base[0], base[1] * Fraction(own) * prefixes[prefix])


def _inverse(spellings: dict[str, list[str]], *, fold: bool = True) -> dict[str, str]:
    return {said.casefold() if fold else said: code for code, all_said in spellings.items() for said in all_said}


def _power(powers: dict[str, list[str]]) -> re.Pattern[str]:
    """What stands at a unit's beginning for 10*n; the longest form first."""
    of = f"({'|'.join(sorted(powers['of'], key=len, reverse=True))})"
    forms = sorted((re.escape(form).replace(r"\{\}", of) for form in powers["forms"]), key=len, reverse=True)
    return re.compile(rf"^(?:{'|'.join(forms)})(?=\s*(?:[/ ]|$))", re.IGNORECASE)
