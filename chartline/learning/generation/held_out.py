"""What training never sees: patients and names kept back by hashes that are the same on every machine and for ever.

Wordings kept back are marked in wordings/ instead.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from chartline.record.names import normalise
from chartline.record.plan import Selection
from chartline.record.synonyms import SYNONYMS

SPLITS = ("train", "valid", "test")
#: Of 100 patients, and of 100 names.
_VALID_PATIENTS, _TEST_PATIENTS, _HELD_OUT_NAMES = 10, 10, 8
#: Stands before the number of a view in its name: `Patient/7#2` is a view of `Patient/7`.
VIEW_MARK = "#"

_PREFERRED = {normalise(name): normalise(row[0]) for row in reversed(SYNONYMS) for name in row}
#: Where a name's own words end and specimen, strength or method begin: "Creatinine, Urine", "aspirin 81 mg tablet".
_HEAD = re.compile(r"[^,(\[]*?(?=[,(\[]| \d|$)")


def split_of(patient: str) -> str:
    """train, valid or test, 80 : 10 : 10; all views of a patient lie together."""
    place = _percent("patient", patient.partition(VIEW_MARK)[0])
    if place < _TEST_PATIENTS:
        return "test"
    return "valid" if place < _TEST_PATIENTS + _VALID_PATIENTS else "train"


@lru_cache(maxsize=65_536)
def is_held_out(name: str) -> bool:
    """Whether training never asks about what the name means, by whatever synonym or brand, whatever its strength."""
    return _percent("name", entity_of(name)) < _HELD_OUT_NAMES


def entity_of(name: str) -> str:
    """What synonyms, and names that only add to it, have in common; normalised."""
    said = normalise(name)
    head = normalise(head_of(name)) or said
    return _PREFERRED.get(said) or _PREFERRED.get(head) or head


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


def _percent(salt: str, text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{salt}\n{text}".encode()).digest()[:8], "big") % 100
