"""Question families as typed data, read from the files of wordings/.

A family is a table: `plan`, the plan text it means; `wordings`, the ways it is asked, one a line; `weight`, how often
it is drawn. `[a|b]` is one of the alternatives. `{drug}` and the like are slots: names (vocabulary.toml) and words
(slots.py); in wordings {w} is a time phrase, {ew} one in everyday words, {s} a stay, {h} an hour of a stay, {o} first
or last, and in plans {W}, {EW}, {S}, {H}, {O} are what they mean; {so} goes on from the answer before. A wording that
begins with `~` is held out: training never draws it.

A family that refuses has `refuse` for its plan. A follow-up has `after`, the family of the question before it, or
several of them; the slots are shared, and it may itself be followed. {answer} is a name that was answered. `pin` fixes
slots: `pin = {o = "[last|latest]", O = "last "}`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chartline.language.plan_words import KINDS
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
    after: str = ""
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


def read_families(name: str, told: Mapping[str, Any]) -> Iterator[Family]:
    """A table of a wordings file; where it follows one of several, a family for each, which share its weight."""
    after = told.get("after", "")
    if isinstance(after, str):
        yield read_family(name, told)
        return
    for one in after:
        yield read_family(f"{name}_after_{one}", {**told, "after": one, "weight": told.get("weight", 1.0) / len(after)})


def read_family(name: str, told: Mapping[str, Any]) -> Family:
    """A table of a wordings file that follows one family or none. Raises KeyError where it lacks plan or wordings."""
    lines = [line.strip() for line in told["wordings"].strip().splitlines()]
    return Family(
        name=name,
        plan=told["plan"],
        wordings=tuple(line for line in lines if not line.startswith(_HELD_OUT)),
        held_out=tuple(line.removeprefix(_HELD_OUT) for line in lines if line.startswith(_HELD_OUT)),
        weight=float(told.get("weight", 1.0)),
        after=told.get("after", ""),
        pins=tuple(told.get("pin", {}).items()),
    )


def _read() -> tuple[Family, ...]:
    files = sorted(Path(__file__).with_name("wordings").glob("*.toml"))
    tables = (table for file in files for table in tomllib.loads(file.read_text()).items())
    return tuple(family for name, told in tables for family in read_families(name, told))


FAMILIES = _read()
BY_NAME = {family.name: family for family in FAMILIES}
