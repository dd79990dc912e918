"""What a measurement is of, where that lets units convert which otherwise would not: mg/dL and mmol/L of glucose.

The table (vocabulary/analytes.toml) names each substance with its molar mass, valence or equation, and their source.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from chartline.record.event import Coding, Event
from chartline.record.folding import words_of
from chartline.record.linking import SERIES_KINDS
from chartline.record.meaning import reading
from chartline.record.units import Unit, unit
from chartline.record.vocabulary.tables import Domain, vocabulary

_MOLE, _NUMBER = "mol1", "1"
_ENZYME_UNIT = Fraction(1, 60_000_000)  # 1 µmol/min in mol/s


@dataclass(frozen=True, slots=True)
class Analyte:
    """`ways`: what of a dimension becomes what, and how many of its base unit one is; `line`: see the table."""

    name: str
    family: str
    ways: tuple[tuple[str, str, Fraction], ...]
    line: tuple[str, str, Fraction, Fraction] | None = None

    def scale(self, text: str) -> Unit:
        """The unit as it measures this analyte: in moles wherever they are known."""
        plain = unit(text)
        if self.line is not None and plain.dimension == unit(self.line[0]).dimension:
            _, target, slope, shift = self.line
            end = unit(target)
            ratio = plain.factor / unit(self.line[0]).factor
            return Unit(end.dimension, end.factor * slope * ratio, end.factor * shift)
        for part, becomes, size in self.ways:
            dimensions = plain.dimension.split()
            if part in dimensions:
                dimensions.remove(part)
                dimension = " ".join(sorted([*dimensions, *becomes.split()]))
                return replace(plain, dimension=dimension, factor=plain.factor * size)
        return plain


@lru_cache(maxsize=65_536)
def _found(name: str, codings: tuple[Coding, ...]) -> Analyte | None:
    """By its LOINC code, else by its name, which must say nothing else."""
    by_code, alone, by_meaning = _table()
    coded = (by_code.get(coding.code) for coding in codings)
    return next(filter(None, coded), None) or alone.get(_bare(name)) or by_meaning.get(_meaning(name))


def analyte_of(event: Event) -> Analyte | None:
    """None for what has no rule of its own. Doses have none: what a vial weighs depends on its salt."""
    return _found(event.name, event.codings) if event.kind in SERIES_KINDS else None


def _meaning(name: str) -> frozenset[str]:
    return reading(name, Domain.MEASUREMENT).words - vocabulary(Domain.MEASUREMENT).harmless


def _bare(name: str) -> frozenset[str]:
    """Its own words without the sample."""
    table = vocabulary(Domain.MEASUREMENT)
    samples = {word for words in table.specimens for word in words}
    return frozenset(words_of(table.clean(name))) - samples - table.noise


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, Analyte], dict[frozenset[str], Analyte], dict[frozenset[str], Analyte]]:
    """By LOINC code, by own words, by meaning."""
    file = Path(__file__).parent / "vocabulary" / "analytes.toml"
    by_code, alone, by_meaning = {}, {}, {}
    for row in tomllib.loads(file.read_text("utf-8"))["analytes"]:
        analyte = Analyte(row["names"][0], row.get("family", row["names"][0]), tuple(_ways(row)), _line(row))
        by_code.update(dict.fromkeys(row.get("loinc", ()), analyte))
        alone.update({_bare(name): analyte for name in row.get("alone", ())})
        if "alone" not in row:
            by_meaning.update({_meaning(name): analyte for name in row["names"]})
    return by_code, alone, by_meaning


def _ways(row: dict[str, Any]) -> Iterator[tuple[str, str, Fraction]]:
    if "molar_mass" in row:
        yield "g1", _MOLE, 1 / Fraction(row["molar_mass"])
    if "valence" in row:
        yield "[eq]1", _MOLE, Fraction(1, row["valence"])
    if "unit_moles" in row:
        yield "[U]1", _MOLE, Fraction(row["unit_moles"])
    if "osmoles" in row:
        yield "[osm]1", _MOLE, Fraction(1)
    if "enzyme" in row:
        yield "[U]1", f"{_MOLE} s-1", _ENZYME_UNIT
    if "fraction" in row:
        yield "[%]1", _NUMBER, Fraction(1, 100)
        yield "m/m", _NUMBER, Fraction(1)


def _line(row: dict[str, Any]) -> tuple[str, str, Fraction, Fraction] | None:
    line = row.get("line")
    return None if line is None else (line["from"], line["to"], Fraction(line["slope"]), Fraction(line["shift"]))
