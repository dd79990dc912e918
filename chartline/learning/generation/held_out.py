"""What training never sees: patients and names kept back by hashes that are the same on every machine and for ever.

Wordings kept back are marked in wordings/ instead.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from chartline.record.folding import words_of
from chartline.record.meaning import reading
from chartline.record.plan import Selection
from chartline.record.vocabulary.tables import Domain, vocabulary

SPLITS = ("train", "valid", "test")
#: Of 100 patients, and of 100 names.
_VALID_PATIENTS, _TEST_PATIENTS, _HELD_OUT_NAMES = 10, 10, 8
#: Stands before the number of a view in its name: `Patient/7#2` is a view of `Patient/7`.
VIEW_MARK = "#"

#: Where a name's own words end and specimen, strength or method begin: "Creatinine, Urine", "aspirin 81 mg tablet".
_HEAD = re.compile(r"[^,(\[]*?(?=[,(\[]| \d|$)")


def split_of(patient: str) -> str:
    """train, valid or test, 80 : 10 : 10; all views of a patient lie together."""
    place = percent_of("patient", patient.partition(VIEW_MARK)[0])
    if place < _TEST_PATIENTS:
        return "test"
    return "valid" if place < _TEST_PATIENTS + _VALID_PATIENTS else "train"


@lru_cache(maxsize=65_536)
def is_held_out(name: str) -> bool:
    """Whether training never asks about what the name means, by whatever synonym or brand, whatever its strength."""
    return percent_of("name", entity_of(name)) < _HELD_OUT_NAMES


@lru_cache(maxsize=65_536)
def entity_of(name: str) -> str:
    """What synonyms, and names that only add to it, have in common: the words that linking compares."""
    readings = {domain: reading(head_of(name) or name, domain).words for domain in Domain}
    domain = min(readings, key=lambda d: (not readings[d] <= vocabulary(d).known, len(readings[d])))
    return " ".join(sorted(readings[domain])) or folded(name)


def folded(name: str) -> str:
    """The same for plurals, hyphens and spellings of other countries."""
    return " ".join(words_of(name))


def head_of(name: str) -> str:
    """The name without what it adds: "Potassium [Moles/volume] in Blood" is potassium."""
    match = _HEAD.match(name)
    return match[0].strip() if match else name


def concepts_of(plan: Any) -> Iterator[str]:
    """Every name that a plan asks about."""
    if isinstance(plan, Selection):
        yield from plan.concepts
    for item in fields(plan):
        value = getattr(plan, item.name)
        for child in value if isinstance(value, tuple) else (value,):
            if is_dataclass(child):
                yield from concepts_of(child)


def percent_of(salt: str, text: str) -> int:
    """0 to 99, evenly spread, the same for the same text for ever."""
    return int.from_bytes(hashlib.sha256(f"{salt}\n{text}".encode()).digest()[:8], "big") % 100
