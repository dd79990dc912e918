"""What an event counts as: itself by name, and the wider things that it is part of.

condition/acute kidney failure unspecified   its name
condition/icd10 N17, condition/genitourinary its category and its chapter
medication_request/furosemide, drug/diuretic its class, whichever way a drug was given
laboratory/troponin = positive               a short text result
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path

from chartline.learning.tasks.code_groups import icd_revision, plain
from chartline.record.event import Coding, Event
from chartline.record.kinds import EventKind
from chartline.record.names import normalise

_FILE = Path(__file__).with_name("rollups.toml")
_DRUG_KINDS = frozenset(
    {
        EventKind.MEDICATION_REQUEST,
        EventKind.MEDICATION_ADMINISTRATION,
        EventKind.MEDICATION_STATEMENT,
        EventKind.MEDICATION_DISPENSE,
        EventKind.INTAKE,
    }
)
#: Kinds whose short texts are results; longer ones are comments, and nobody's comment becomes a feature.
_RESULT_KINDS = frozenset({EventKind.LABORATORY, EventKind.VITAL, EventKind.MICROBIOLOGY})
_LONGEST_TEXT = 24


def concepts_of(event: Event) -> tuple[str, ...]:
    """The first one is the event's own; none for the patient's own data, which are no events in time."""
    if event.kind is EventKind.PATIENT:
        return ()
    text = event.text_value if event.kind in _RESULT_KINDS and len(event.text_value) <= _LONGEST_TEXT else ""
    return _concepts(event.kind, event.name, event.codings, text)


def series_of(event: Event) -> str:
    """What numbers of may be compared: one name in one unit."""
    return f"{event.kind.name.lower()}/{normalise(event.name)} [{event.quantity.unit if event.quantity else ''}]"


@lru_cache(maxsize=262_144)
def _concepts(kind: EventKind, name: str, codings: tuple[Coding, ...], text: str) -> tuple[str, ...]:
    of_kind = kind.name.lower()
    own = f"{of_kind}/{normalise(name)}"
    wider = [f"{of_kind}/{group}" for coding in codings for group in _icd(coding)]
    if kind in _DRUG_KINDS:
        wider += [f"drug/{_drug_classes()[word]}" for word in normalise(name).split() if word in _drug_classes()]
    if text:
        wider.append(f"{own} = {normalise(text)}")
    return tuple(dict.fromkeys((own, *wider)))


def _icd(coding: Coding) -> list[str]:
    revision, category = icd_revision(coding.system), plain(coding.code)[:3]
    chapters = _rollups().get(f"icd{revision}", {})
    found = [name for name, span in chapters.items() if span.split("-")[0] <= category <= span.split("-")[1]]
    return [f"icd{revision} {category}", *found] if revision else []


@cache
def _drug_classes() -> dict[str, str]:
    return {name: drug_class for drug_class, names in _rollups()["drugs"].items() for name in names}


@cache
def _rollups() -> dict[str, dict[str, str]]:
    return tomllib.loads(_FILE.read_text("utf-8"))
