"""Names that generated charts and questions use, from vocabulary.toml, and invented ones, from shapes.toml.

Training never sees a real record. That concepts are copied from the question whole and not remembered is what invented
names teach: no model can know them. Some are put together as classifications and formularies do it, with the commas,
brackets and small words where a name is easily cut short; the others sound clinical and exist nowhere.
"""

import random
import re
import tomllib
from pathlib import Path

_NAMES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text())
_SHAPES: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("shapes.toml").read_text())
_PART = re.compile(r"\{(\w+)\}")
#: Of invented names those that have a shape; of a record's names those that are invented.
_SHAPED_SHARE, _RECORDED_SHARE = 0.6, 0.25
#: Names that people say and records do not write: "lab_said" beside "lab".
_SAID = "_said"

#: Slot → the names that charts and results give.
SLOTS: dict[str, tuple[str, ...]] = {slot: tuple(names) for slot, names in _NAMES.items() if not slot.endswith(_SAID)}
_ASKED = {slot: (*names, *_NAMES.get(slot + _SAID, ())) for slot, names in SLOTS.items()}
#: Slot of another of the same sort → that sort.
_AGAIN = {
    "lab2": "lab",
    "vital2": "vital",
    "diagnosis2": "diagnosis",
    "diagnosis3": "diagnosis",
    "procedure2": "procedure",
    "vaccine2": "vaccine",
}
_AGAIN |= {f"drug{number}": "drug" for number in (2, 3, 4)} | {
    "intake2": "intake",
    "output2": "output",
    "thing_of_world2": "thing_of_world",
}
#: Slot of a question template → the names it may take; "drug2" is another drug.
QUESTION_SLOTS: dict[str, tuple[str, ...]] = _ASKED | {slot: _ASKED[one] for slot, one in _AGAIN.items()}
#: Slot → its sort, of all slots that stand for names.
NAME_SLOTS = {slot: slot for slot in _ASKED} | _AGAIN
#: Slots whose names are sometimes invented.
_OPEN = frozenset({"lab", "vital", "drug", "intake", "output", "diagnosis", "procedure", "test"})
OPEN_SLOTS = _OPEN | {slot for slot, one in _AGAIN.items() if one in _OPEN}


def recorded(sort: str, many: int, rng: random.Random) -> list[str]:
    """So many different names as a record holds them, fewer where there are no more."""
    names = rng.sample(SLOTS[sort], min(many, len(SLOTS[sort])))
    return [invented(sort, rng) if rng.random() < _RECORDED_SHARE else name for name in names]


def invented(sort: str, rng: random.Random) -> str:
    """In a shape of its sort, or of one or two words that exist nowhere."""
    if sort in _SHAPES["shapes"] and rng.random() < _SHAPED_SHARE:
        shape = rng.choice(_SHAPES["shapes"][sort])
        return _PART.sub(lambda part: rng.choice(_SHAPES["parts"][part[1]]), shape)
    words = ["".join(rng.choices(_NAMES["syllables"], k=rng.randint(2, 3))) for _ in range(rng.choice((1, 1, 1, 2)))]
    return " ".join(words) + rng.choice(_NAMES["endings"])
