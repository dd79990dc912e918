"""The wordings of all families, to be recognised: no rewording may be the wording of another family, or a held-out one.

A wording is read as a pattern: its alternatives, its slots as what they may stand for, a name that its plan quotes as
such a name alone.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from chartline.language.plan_words import KINDS
from chartline.learning.generation.families import FAMILIES, Family
from chartline.learning.generation.slots import draw_words
from chartline.learning.generation.vocabulary import NAME_SLOTS
from chartline.learning.teaching.sense import NAME, masked

_QUOTED_SLOT = re.compile(r'"\{(\w+)\}"')
_SLOT = re.compile(r"\{(\w+)\}")
_PART = re.compile(r"\{\w+\}|[\[\]|]|[^\[\]|{}]+")
_MARK = rf"{NAME}\d+{NAME}"
_GROUPS = {"[": "(?:", "]": ")", "|": "|"}
_KIND = re.compile(rf"\b(?:{'|'.join(KINDS)})\b")
_TIMES = frozenset({"w", "w2", "ew", "s", "s2", "part", "h", "w_hospital", "s_current", "t1", "t2"})
#: How a time begins, quoted or not.
_BEGINS = (
    "in|on|at|during|within|over|throughout|since|from|after|starting|before|prior|until|between|by|this|last|past"
    "|previous|today|yesterday|now|first|these|current|ever|as|through|so|up|\x01|\\d|the"
)
_TIME = rf"(?:(?:{_BEGINS}).*?)?"
#: Where any words may be names, a wording of fewer words of its own could be anything.
_FEWEST_WORDS = 2
#: So often words are drawn to know all that a slot may be.
_DRAWS = 400


@dataclass(frozen=True, slots=True)
class _Wording:
    """`words` stand in every question of this wording."""

    family: Family
    text: str
    words: frozenset[str]
    is_held_out: bool


def taken_by_another(question: str, plan: str) -> bool:
    """Whether a wording that means another plan, or one that is held out, may be what `question` was made of."""
    return _is_taken(_bare(masked(question, plan)), plan, _MARK, 0)


def looked_up_by_another(question: str, plan: str) -> bool:
    """The same for a question in which any words may be names; `plan` quotes it whole."""
    return _is_taken(_bare(question), plan, ".+?", _FEWEST_WORDS)


def _is_taken(text: str, plan: str, name: str, fewest: int) -> bool:
    words = frozenset(text.split())
    for wording in _all():
        if fewest <= len(wording.words) and wording.words <= words:
            taken = _pattern(wording.text, wording.family, name).fullmatch(text)
            if taken and (wording.is_held_out or not _plan_pattern(wording.family).fullmatch(plan)):
                return True
    return False


@cache
def _all() -> tuple[_Wording, ...]:
    return tuple(
        _Wording(family, text, frozenset(_fixed_words(text)), held_out)
        for family in FAMILIES
        for held_out in (False, True)
        for text in family.said(held_out=held_out)
        if not family.follows
    )


def _fixed_words(wording: str) -> list[str]:
    """Those outside alternatives and slots, where blanks part them from both."""
    while (plain := re.sub(r"\[[^\[\]]*\]", "\0", wording)) != wording:
        wording = plain
    return [word for word in _bare(_SLOT.sub("\0", wording)).split() if "\0" not in word]


def _bare(text: str) -> str:
    """In lower case and without marks, which nobody is bound to."""
    return " ".join(re.sub(r"[?.,;:!]|'s\b", " ", text.casefold()).split())


@lru_cache(maxsize=8_192)
def _pattern(wording: str, family: Family, name: str) -> re.Pattern[str]:
    """`name` is what a name looks like that the family's plan quotes."""
    quoted = dict.fromkeys(_QUOTED_SLOT.findall(family.plan), name)
    return re.compile(f" ?{_regex(wording, dict(family.pins), quoted)} ?")


def _regex(text: str, pins: Mapping[str, str], quoted: Mapping[str, str]) -> str:
    return "".join(_part(part, pins, quoted) for part in _PART.findall(text))


def _part(part: str, pins: Mapping[str, str], quoted: Mapping[str, str]) -> str:
    if part in _GROUPS:
        return _GROUPS[part]
    if (slot := _SLOT.fullmatch(part)) is None:
        lead, tail = (" ?" if end.isspace() else "" for end in (part[0], part[-1]))
        return f"{lead}{' ?'.join(map(re.escape, _bare(part).split()))}{tail}"
    return f" ?{_slot(slot[1], pins, quoted)} ?"


def _slot(name: str, pins: Mapping[str, str], quoted: Mapping[str, str]) -> str:
    if name in quoted:
        return quoted[name]
    if name in pins:
        return f"(?:{_regex(pins[name], {}, quoted)})"
    if name in _TIMES:
        return _TIME
    said = _said().get(name)
    if said is None:
        return rf"[^{NAME}]+?" if name in NAME_SLOTS or name == "thing" else r"\S+?"
    return f"(?:{'|'.join(map(re.escape, said))})"


@cache
def _said() -> dict[str, Sequence[str]]:
    """What the slots of words may be."""
    drawn: dict[str, set[str]] = {"P": {"him", "her", "them"}}  # as an object
    for seed in range(_DRAWS):
        for slot, said in draw_words(random.Random(seed)).items():  # noqa: S311 - reproducible data, no secret
            drawn.setdefault(slot, set()).add(_bare(said))
    return {slot: sorted(said, key=len, reverse=True) for slot, said in drawn.items()}


@lru_cache(maxsize=1_024)
def _plan_pattern(family: Family) -> re.Pattern[str]:
    """The plans it may mean. Whether a name is a drug's or a test's is the name's to say and no wording's."""
    parts = (
        _GROUPS.get(part) or (".*?" if part.startswith("{") else re.escape(part)) for part in _PART.findall(family.plan)
    )
    return re.compile(_KIND.sub(r"\\w+", "".join(parts)), re.IGNORECASE)
