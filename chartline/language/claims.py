"""Cuts a sentence into claims: known names and terms, times, numbers with units, words; nothing is left over.

What is longest wins, so that the 0.9 of "0.9% sodium chloride" is part of a name and no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chartline.language.claim_words import AGGREGATES, BUCKETS, COMPARISONS, EXTREMES, ORDINALS
from chartline.language.moments import Moment, read_moment

_NUMBER = re.compile(
    r"(?P<sign>(?:[<>]=?|[≤≥])\s?)?(?P<minus>[-−])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
#: A dash before a number may be a sign or a range: it is no mark.
_DASH_NUMBER = re.compile(r"[-−–]\s*\d")
_CLOCK_FOLLOWS = re.compile(r"\s*\(?(?:at\s+)?\d{1,2}:\d\d")
_MORE_DIGITS = re.compile(r"[.,:]?\d|[A-Za-z]*\d")


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the result or of the plan, casefolded."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the plan or question said as it stands there; it claims nothing more."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """`digits` without grouping, with sign and comparator; `unit` as written."""

    digits: str
    unit: str


@dataclass(frozen=True, slots=True)
class Role:
    """A word of `claim_words` that must be supported: an ordinal, an extreme, an aggregate, a bucket."""

    text: str


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A single character that is none of the others."""

    text: str


Claim = Name | Term | Moment | Number | Role | Word | Mark


def phrase_pattern(phrases: Iterable[str], *, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """Matches any of the phrases as whole words, the longest first, blanks of any length."""
    ordered = sorted({" ".join(p.split()) for p in phrases if p.strip()}, key=len, reverse=True)
    body = "|".join(r"\s+".join(map(re.escape, phrase.split(" "))) for phrase in ordered)
    return re.compile(rf"(?<![\w.+])(?<!\w-)(?:{body or '(?!)'})(?![\w+])(?!-\w)(?!\.\d)", flags)


_ROLES = phrase_pattern(
    variant
    for phrase in (*ORDINALS, *EXTREMES, *AGGREGATES, *BUCKETS, *(w for words in COMPARISONS.values() for w in words))
    for variant in (phrase, phrase.replace(" ", "-"))
)


class Scanner:
    """`names` are matched in any case, `terms` likewise; `units` exactly."""

    def __init__(self, names: Iterable[str], terms: Iterable[str], units: Iterable[str]) -> None:
        self._names = frozenset(names)
        self.phrases = phrase_pattern([*self._names, *terms])
        ordered = sorted({u for u in units if u}, key=len, reverse=True)
        self._unit = re.compile(rf"[\s-]?\s*(?P<unit>{'|'.join(map(re.escape, ordered)) or '(?!)'})(?![\w/%^*])(?!-\w)")

    def scan(self, text: str) -> list[Claim]:
        claims, position = [], 0
        while position < len(text):
            if text[position].isspace():
                position += 1
                continue
            claim, position = self._next(text, position)
            claims.append(claim)
        return claims

    def _next(self, text: str, position: int) -> tuple[Claim, int]:
        if found := self._phrase(text, position):
            return found
        if moment := read_moment(text, position):
            return moment
        if found := self._number(text, position):
            return found
        if match := _ROLES.match(text, position):
            return Role(fold(match[0]).replace("-", " ")), match.end()
        if match := _WORD.match(text, position):
            return Word(fold(match[0])), match.end()
        dash = _DASH_NUMBER.match(text, position) if text[:position].rpartition("\n")[2].strip() else None
        return Mark(dash[0] if dash else text[position]), position + 1

    def _phrase(self, text: str, position: int) -> tuple[Claim, int] | None:
        match = self.phrases.match(text, position)
        if match is None or (match[0][-1].isdigit() and _CLOCK_FOLLOWS.match(text, match.end())):
            return None
        folded = fold(match[0])
        return (Name(folded) if folded in self._names else Term(folded)), match.end()

    def _number(self, text: str, position: int) -> tuple[Claim, int] | None:
        match = _NUMBER.match(text, position)
        if match is None or (position and re.match(r"[\w.]", text[position - 1])):
            return None
        digits = (match["sign"] or "").strip() + ("-" if match["minus"] else "") + match["digits"].replace(",", "")
        if unit := self._unit.match(text, match.end()):
            return Number(digits, unit["unit"]), unit.end()
        if _MORE_DIGITS.match(text, match.end()):
            return Mark(match[0]), match.end()
        return Number(digits, ""), match.end()


def fold(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())
