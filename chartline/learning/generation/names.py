"""Names that a question uses: what the patient's record calls things, what people call them, and what is not there.

A name of the record is said as it is written, in other letters, without what it adds ("Potassium [Moles/volume] in
Blood" is potassium) or by a synonym, a brand, an abbreviation. Names of the vocabulary are mostly not in the record.
"""

import random
import re
from collections.abc import Mapping, Sequence

from chartline.learning.generation.held_out import folded, head_of, is_held_out
from chartline.learning.generation.spoken import misspelt
from chartline.learning.generation.vocabulary import NAME_SLOTS, OPEN_SLOTS, QUESTION_SLOTS, invented
from chartline.record.chart import Chart
from chartline.record.event import Event, Instant, Quantity
from chartline.record.kinds import EventKind
from chartline.record.vocabulary.tables import Domain, rows

INVENTED_SHARE = 0.25
MISSPELT_SHARE = 0.03
#: Share of names that are the record's own, where it has any of that sort.
OWN_SHARE = 0.75
#: Outside training, share of names that training never asks about, where there are any.
HELD_OUT_SHARE = 0.4

_K = EventKind
_DRUG_KINDS = (_K.MEDICATION_REQUEST, _K.MEDICATION_ADMINISTRATION, _K.MEDICATION_STATEMENT, _K.MEDICATION_DISPENSE)
#: Slot → where a record has such names: a kind's names, or an attribute of it.
_PLACES: dict[str, tuple[tuple[EventKind, str], ...]] = {
    "lab": ((_K.LABORATORY, ""),), "fluid": ((_K.LABORATORY, "specimen"),), "category": ((_K.LABORATORY, "category"),),
    "vital": ((_K.VITAL, ""),), "intake": ((_K.INTAKE, ""),), "output": ((_K.OUTPUT, ""),),
    "drug": tuple((kind, "") for kind in _DRUG_KINDS), "route": tuple((kind, "route") for kind in _DRUG_KINDS),
    "diagnosis": ((_K.CONDITION, ""),), "procedure": ((_K.PROCEDURE, ""),), "allergen": ((_K.ALLERGY, ""),),
    "vaccine": ((_K.IMMUNIZATION, ""),), "test": ((_K.MICROBIOLOGY, ""),),
    "specimen": ((_K.MICROBIOLOGY, "specimen"),), "organism": ((_K.MICROBIOLOGY, "organism"),),
    "antibiotic": ((_K.MICROBIOLOGY, "antibiotic"),),
    "unit": ((_K.TRANSFER, "care_unit"), (_K.ICU_STAY, "care_unit")),
    "arrival": ((_K.ENCOUNTER, "admission_location"),), "leaving": ((_K.ENCOUNTER, "discharge_location"),),
    "admission": ((_K.ENCOUNTER, "admission_type"),),
    "visit": ((_K.ENCOUNTER, ""),), "insurer": ((_K.ENCOUNTER, "insurance"),),
}  # fmt: skip
#: What stands in the record's words even where people would say it otherwise: values of attributes are matched whole.
_WHOLE = frozenset({"fluid", "category", "route", "arrival", "leaving", "admission", "insurer"})
_DOMAINS = {
    "lab": Domain.MEASUREMENT, "vital": Domain.MEASUREMENT, "drug": Domain.DRUG, "intake": Domain.DRUG,
    "antibiotic": Domain.DRUG, "diagnosis": Domain.CONDITION, "procedure": Domain.PROCEDURE,
    "output": Domain.OUTPUT, "vaccine": Domain.VACCINE,
}  # fmt: skip
_ROWS = {
    slot: {folded(name): row for row in reversed(rows(domain)) for name in row} for slot, domain in _DOMAINS.items()
}
_LONGEST, _MOST_WORDS = 130, 18
#: Behind its bracket, where nobody stops: "long-term (current) use of insulin".
_GOES_ON = re.compile(r"\([^)]*\)\s*\w")
#: What visits are called that have no name of their own.
PLAIN_VISIT = "hospital visit"


class Names:
    """The names of one chart. Those that are held out are never drawn where `trains`, and often where not."""

    def __init__(self, chart: Chart, *, trains: bool) -> None:
        own = {slot: _written(chart, places) for slot, places in _PLACES.items()}
        self._own = _divided(own, trains)
        self._vocabulary = _VOCABULARY[trains]
        self._trains = trains

    def draw(self, slot: str, rng: random.Random) -> str:
        sort = NAME_SLOTS[slot]
        own = self._own.get(sort)
        if own and rng.random() < OWN_SHARE:
            return self.say(_pick(own, rng), sort, rng)
        return _slipped(self._absent(sort, rng), sort, rng)

    def say(self, name: str, sort: str, rng: random.Random) -> str:
        """A name of the record as people say it."""
        return _slipped(cased(name, rng) if sort in _WHOLE else _said(name, sort, rng), sort, rng)

    def of_event(self, event: Event) -> dict[str, str]:
        """Slot → what the event gives for it, where that may be asked about."""
        names = {}
        for slot, places in _PLACES.items():
            for kind, attribute in places:
                name = _quotable(event.attribute(attribute) if attribute else event.name)
                if kind is event.kind and name not in ("", PLAIN_VISIT) and self._may_be_asked(name, slot):
                    names[slot] = name
        return names

    def _may_be_asked(self, name: str, slot: str) -> bool:
        return not (self._trains and slot in _NAMING and is_held_out(name))

    def _absent(self, sort: str, rng: random.Random) -> str:
        if sort in OPEN_SLOTS and rng.random() < INVENTED_SHARE:
            name = invented(sort, rng)
            while self._trains and is_held_out(name):
                name = invented(sort, rng)
            return name
        return cased(_pick(self._vocabulary[sort], rng), rng)


_Divided = tuple[tuple[str, ...], tuple[str, ...]]


def _divided(names: Mapping[str, Sequence[str]], trains: bool) -> dict[str, _Divided]:
    """Of each slot the names that training may ask about, and outside training those that it never does."""
    divided = {}
    for slot, all_names in names.items():
        held_out = tuple(name for name in all_names if slot in _NAMING and is_held_out(name))
        known = tuple(name for name in all_names if name not in held_out)
        if known or (held_out and not trains):
            divided[slot] = (known, () if trains else held_out)
    return divided


def _pick(divided: _Divided, rng: random.Random) -> str:
    known, held_out = divided
    return rng.choice(held_out if held_out and (not known or rng.random() < HELD_OUT_SHARE) else known)


def _written(chart: Chart, places: Sequence[tuple[EventKind, str]]) -> tuple[str, ...]:
    """The distinct names as the record writes them, those that can be quoted from a question, in order."""
    events = ((chart.events[i], attribute) for kind, attribute in places for i in chart.of_kind(kind).tolist())
    names = {_quotable(event.attribute(attribute) if attribute else event.name) for event, attribute in events}
    return tuple(sorted(names - {"", PLAIN_VISIT}))


def _quotable(name: str | Quantity | Instant | None) -> str:
    """The name as a plan can quote it; empty where it cannot."""
    plain = " ".join(name.replace('"', " ").split()) if isinstance(name, str) else ""
    return plain if len(plain) <= _LONGEST and len(plain.split()) <= _MOST_WORDS else ""


def _slipped(name: str, sort: str, rng: random.Random) -> str:
    return misspelt(name, rng) if sort in OPEN_SLOTS and rng.random() < MISSPELT_SHARE else name


def cased(name: str, rng: random.Random) -> str:
    return rng.choice((name, name, name.lower(), name.title(), name.upper() if len(name) < 12 else name))


def _said(name: str, sort: str, rng: random.Random) -> str:
    """One of the ways in which people call it."""
    way = rng.random()
    named = _ROWS.get(sort, {})
    row = named.get(folded(name)) or named.get(folded(head_of(name)))
    if way < 0.2 and row:
        return rng.choice(row)
    if way < 0.5 and (head := head_of(name)) and not _GOES_ON.search(name):
        return cased(head, rng)
    return cased(name, rng) if way < 0.75 else name


#: Slots whose names are what a question is about; only of these any is held out.
_NAMING = frozenset(
    {"lab", "vital", "drug", "intake", "output", "diagnosis", "procedure", "test", "specimen", "organism",
     "allergen", "vaccine", "unit", "visit"}
)  # fmt: skip
_VOCABULARY = {trains: _divided(QUESTION_SLOTS, trains) for trains in (True, False)}
