"""Names that generated charts and questions use, from vocabulary.toml, and invented ones.

Training never sees a real record. That concepts are copied from the question and not remembered is what invented
names teach: no model can know them.
"""

import random
import tomllib
from pathlib import Path

_NAMES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text())

#: Slot of a question template → the names it may take.
SLOTS: dict[str, tuple[str, ...]] = {slot: tuple(names) for slot, names in _NAMES.items()} | {
    "drug2": tuple(_NAMES["drug"]),
    "drug3": tuple(_NAMES["drug"]),
}
#: Slots whose names are sometimes invented.
OPEN_SLOTS = frozenset({"lab", "vital", "drug", "drug2", "drug3", "intake", "output", "diagnosis", "procedure", "test"})


def invented(rng: random.Random) -> str:
    """A name that sounds clinical and exists nowhere, of one or two words."""
    words = ["".join(rng.choices(_NAMES["syllables"], k=rng.randint(2, 3))) for _ in range(rng.choice((1, 1, 1, 2)))]
    return " ".join(words) + rng.choice(_NAMES["endings"])
