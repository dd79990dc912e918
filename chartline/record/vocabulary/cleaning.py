"""What naming systems write around a name, taken off before its words are read; one function for each domain.

LOINC long common names (property in brackets, method behind "by"), RxNorm and order strings (strengths), ICD titles
(what is not there, what a root operation leaves open), SNOMED CT (semantic tags are words of `noise`).
"""

import re
from collections.abc import Callable

Clean = Callable[[str], str]

_UNIT = re.compile(
    r"\(?\b(?:in\s+)?(?:[munpµμ]?(?:g|l|mol|eq|iu|kat)|i?u|k|th(?:ou)?|mil|units?|cells?)/(?:hr|min|day|kg|d?l|[muµμ]l|mm3|cmm)\b\)?",
    re.IGNORECASE,
)
_LOINC = (
    (re.compile(r"\[(?:#|number)/vol(?:ume)?\]", re.IGNORECASE), " absolute "),
    (re.compile(r"\[partial pressure\]", re.IGNORECASE), " partial pressure "),
    (re.compile(r"\[[^\]]*\]"), " "),
    (re.compile(r"/\s*100\s+(?:leukocytes|wbc|cells)", re.IGNORECASE), " percent "),
    (re.compile(r"\bby (?!pulse|test strip|glucometer).*$", re.IGNORECASE), " "),
    (re.compile(r"\(range[^)]*\)", re.IGNORECASE), " "),
    (_UNIT, " "),
)
_PERCENT = re.compile(r"(\d+)(?:\.(\d+))?\s*%")
_ABSENT = re.compile(
    r"(?:\b(?:without|w/o|not resulting in|unrelated to)|(?<=[\w,;)] )no (?:evidence|history|signs?) of)\b[^,;)]*",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"^\s*(?:no|not|never|denie[sd]|negative for|non-?\s?smok\w+)\b"
    r"|\b(?:not (?:present|found)|absent|excluded|denied)\W*$",
    re.IGNORECASE,
)
#: What ICD-10-CM's seventh character says of a treatment, not of the injury.
_TREATED = re.compile(r",?\s*\b(?:initial|subsequent) encounter\b.*$", re.IGNORECASE)
_NUMBERED = re.compile(r"\b(type|stage|grade|class)\s+(\d|iii|ii|iv|i)\b", re.IGNORECASE)
#: ICD-10-PCS takes a sample by the root operation that also takes the organ: its qualifier alone tells them apart. So
#: does its device tell a drain that stays from a tap.
_PCS = (
    (re.compile(r"^\s*(?:excision|extraction)\b(.*),\s*diagnostic\s*$", re.IGNORECASE), r"biopsy\1"),
    (re.compile(r"^\s*drainage\b(.*?)\bwith drainage device\b", re.IGNORECASE), r"indwelling drain\1"),
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def _measurement(text: str) -> str:
    for pattern, written in _LOINC:
        text = pattern.sub(written, text)
    return text


def _drug(text: str) -> str:
    """A concentration is part of a fluid's name and stays one word; strengths go with all words that begin so."""
    return _PERCENT.sub(lambda found: f" pc{found[1]}d{found[2] or '0'} ", _UNIT.sub(" ", text))


def _condition(text: str) -> str:
    return _NUMBERED.sub(lambda f: f"{f[1]}{_ROMAN.get(f[2].lower(), f[2])}", _TREATED.sub("", text))


def _procedure(text: str) -> str:
    for pattern, written in _PCS:
        text = pattern.sub(written, text)
    return text


def without_absent(title: str) -> str:
    """A title without what it says is not there: "sepsis without shock" names no shock."""
    return _ABSENT.sub(" ", title)


def denies(title: str) -> bool:
    """Whether it says that a thing is not there: "No suicidal ideation", "Negative for asthma"."""
    return _DENIED.search(title) is not None


def _unchanged(text: str) -> str:
    return text


#: By the name of the domain's file.
cleaners: dict[str, Clean] = {
    "measurements": _measurement,
    "drugs": _drug,
    "conditions": _condition,
    "procedures": _procedure,
    "vaccines": _unchanged,
    "outputs": _unchanged,
    "places": _unchanged,
}
