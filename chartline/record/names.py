"""What an event may be called, and the form in which names of records, questions and filters are compared."""

import re
from functools import lru_cache

from chartline.record.event import Event
from chartline.record.kinds import EventKind

#: Attributes that name an event as well as its display does: a culture is asked for by its specimen or its organism.
NAMING_ATTRIBUTES: dict[EventKind, tuple[str, ...]] = {
    EventKind.ENCOUNTER: ("admission_type", "admission_location"),
    EventKind.TRANSFER: ("care_unit",),
    EventKind.ICU_STAY: ("care_unit",),
    EventKind.MICROBIOLOGY: ("specimen", "organism", "antibiotic"),
}

# Decimal numbers stay whole; %, + and # distinguish names ("% hemoglobin a1c", "staph aureus coag +").
_TOKEN = re.compile(r"\d+(?:\.\d+)+|[^\W_]+|[%+#]")


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """Lower-case words with one blank between them, no punctuation: "Creatinine, Serum" is "creatinine serum"."""
    return " ".join(_TOKEN.findall(text.casefold()))


def tokens_of(text: str) -> list[tuple[str, int, int]]:
    """The words of `normalise` with where each begins and ends in `text`."""
    return [(found[0].casefold(), found.start(), found.end()) for found in _TOKEN.finditer(text)]


def event_names(event: Event) -> set[str]:
    """As the record writes them."""
    told = (event.attribute(name) for name in NAMING_ATTRIBUTES.get(event.kind, ()))
    return {event.name, *(value for value in told if isinstance(value, str))}


#: Samples that a test's name leaves out: what is measured is measured in blood unless it says otherwise.
_BLOOD = frozenset(
    {"", "blood", "serum", "plasma", "whole blood", "venous blood", "serum or plasma", "ser", "bld", "plas"}
)


def is_blood(specimen: str) -> bool:
    return normalise(specimen) in _BLOOD
