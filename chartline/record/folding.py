"""The words of a name as `meaning` compares them: one spelling, singular, no grammar; not what they mean."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from chartline.record.names import normalise

_COMMON: dict[str, Any] = tomllib.loads((Path(__file__).parent / "vocabulary" / "common.toml").read_text("utf-8"))
_SPELLING = [(re.compile(pattern), american) for pattern, american in _COMMON["spelling"]]
_GREEK = str.maketrans(_COMMON["greek"])
_JOINED = re.compile(rf"\b(?:{'|'.join(sorted(_COMMON['joined'], key=len, reverse=True))})s?\b")
_QUOTES = re.compile("['’]")
_INITIALS = re.compile(r"\b[a-z](?:\.[a-z])+\b")
_STOP = frozenset(_COMMON["stop"])
#: Shorter words are codes, and their last s is no plural: "gcs", "ms".
_SHORTEST_PLURAL = 4
_NO_PLURAL = ("ss", "us", "is", "as")
#: Anemias, lymphomas; diseases lose no more than their s.
_PLURAL = ("ias", "mas")
_PLURAL_ES = ("ches", "shes", "xes", "sses", "uses", "nses")


def words_of(text: str) -> list[str]:
    """For example "Haemoglobins of the β-chain" is hemoglobin, beta, chain. A last "a" stays: vitamin A. E.R. is ER."""
    unquoted = _QUOTES.sub("", text.casefold()).translate(_GREEK)
    plain = normalise(_INITIALS.sub(lambda found: found[0].replace(".", ""), unquoted))
    words = _JOINED.sub(lambda found: found[0].replace(" ", ""), plain).removeprefix("a ").split()
    return [_folded(word) for word in words if word not in _STOP]


@lru_cache(maxsize=65_536)
def _folded(word: str) -> str:
    for pattern, american in _SPELLING:
        word = pattern.sub(american, word)
    return _singular(word)


def _singular(word: str) -> str:
    plural = word.endswith(_PLURAL) or not word.endswith(_NO_PLURAL)
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or not plural or not word.isalpha():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(_PLURAL_ES) else word[:-1]


def are_opposites(one: str, other: str) -> bool:
    """Whether they begin as hyper- and hypo- do."""
    pairs = _COMMON["opposites"] + [pair[::-1] for pair in _COMMON["opposites"]]
    return any(one.startswith(a) and other.startswith(b) for a, b in pairs)


#: Words that a question adds to a name and that no name needs.
GENERIC_WORDS = frozenset(word for text in _COMMON["generic"] for word in words_of(text))
#: Words of many names, whatever they name.
KNOWN_WORDS = frozenset(words_of(_COMMON["known"])) | GENERIC_WORDS
