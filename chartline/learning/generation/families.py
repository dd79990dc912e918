"""Question families as typed data, read from the files of wordings/.

A family is a table: `plan`, the plan text it means; `wordings`, the ways it is asked, one a line; `weight`, how often
it is drawn. `[a|b]` is one of the alternatives. `{drug}` and the like are slots: names (vocabulary.toml) and words
(slots.py); in wordings {w} is a time phrase, {ew} one in everyday words, {s} a stay, {h} an hour of a stay, {o} first
or last, and in plans {W}, {EW}, {S}, {H}, {O} are what they mean; {so} goes on from the answer before. A wording that
begins with `~` is held out: training never draws it.

A family that refuses has `refuse` for its plan. A follow-up has `follows`: the plans that it goes on from, by their
parts (follows.py); its own plan is a template over those parts, in capitals, and {name} is what the turn before was
about, {other} another of its kind, {answer} a name that was answered. `pin` fixes slots: `pin = {o = "[last|latest]",
O = "last "}`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chartline.language.plan_words import KINDS
from chartline.learning.generation.follows import Follows
from chartline.record.kinds import EventKind

_HELD_OUT = "~ "
#: What a plan names before its kind of events: quotations, and the field that it reads.
_BESIDE = re.compile(r'"[^"]*"|\w+ of ')
_KIND = re.compile(rf"\b(?:{'|'.join(KINDS)})\b")


@dataclass(frozen=True, slots=True)
class Family:
    """`plan`, `wordings` and the values of `pins` hold slots and alternatives."""

    name: str
    plan: str
    wordings: tuple[str, ...]
    held_out: tuple[str, ...] = ()
    weight: float = 1.0
    follows: Follows | None = None
    pins: tuple[tuple[str, str], ...] = ()

    @property
    def refuses(self) -> bool:
        return self.plan.startswith("refuse")

    @property
    def kind(self) -> EventKind | None:
        """What it is about first; None for any kind of event."""
        word = _KIND.search(_BESIDE.sub("", self.plan))
        return KINDS[word[0]] if word else None

    def said(self, *, held_out: bool) -> tuple[str, ...]:
        """The wordings of training, or those that it never draws."""
        return self.held_out if held_out else self.wordings


def read_family(name: str, told: Mapping[str, Any]) -> Family:
    """A table of a wordings file. Raises KeyError where it lacks plan or wordings."""
    lines = [line.strip() for line in told["wordings"].strip().splitlines()]
    return Family(
        name=name,
        plan=told["plan"],
        wordings=tuple(line for line in lines if not line.startswith(_HELD_OUT)),
        held_out=tuple(line.removeprefix(_HELD_OUT) for line in lines if line.startswith(_HELD_OUT)),
        weight=float(told.get("weight", 1.0)),
        follows=Follows.of(told["follows"]) if "follows" in told else None,
        pins=tuple(told.get("pin", {}).items()),
    )


def _read() -> tuple[Family, ...]:
    files = sorted(Path(__file__).with_name("wordings").glob("*.toml"))
    tables = (table for file in files for table in tomllib.loads(file.read_text()).items())
    return tuple(read_family(name, told) for name, told in tables)


FAMILIES = _read()
BY_NAME = {family.name: family for family in FAMILIES}
