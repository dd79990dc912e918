"""What the names of a selection cannot be: the patient, a date, a route, whatever grows, what came out of the body."""

import re

from chartline.language.time_phrases import is_date
from chartline.record.kinds import EventKind
from chartline.record.linking import SERIES_KINDS
from chartline.record.plan import Filter, Selection

_PERSONS = frozenset(
    {"patient", "the patient", "this patient", "he", "she", "they", "him", "her", "them", "his", "their"}
)
#: Words for whatever grows: none of them is what did.
_GERMS = frozenset(
    {"organism", "organisms", "culture", "cultures", "germ", "germs", "bug", "bugs", "bacteria", "bacterium"}
    | {"pathogen", "pathogens", "microbe", "microbes", "growth", "isolate", "isolates"}
    | {"microbiology", "microbiological", "test", "tests", "testing", "specimen", "specimens", "sample", "samples"}
)
#: Whose laboratory it was, and not what was sent there.
_DEPARTMENTS = frozenset({"hematology", "haematology", "chemistry", "blood gas", "laboratory", "lab", "microbiology"})
_ARTICLES = frozenset({"the", "a", "an", "any", "what", "which"})
#: "Cardiac output" is measured.
_OUTPUT = re.compile(r"\b(?:urine|urinary|stool|drain\w*|tube|foley|\w*ostomy|emesis) outputs?\b")


def unfit_name(selection: Selection) -> str:
    """What is wrong with its names, in words of plans alone; empty where nothing is."""
    names = [concept.strip().casefold() for concept in selection.concepts]
    if not all(names):
        return "a name is empty"
    if any(name.removesuffix("'s") in _PERSONS for name in names):
        return "the patient is no name of a thing"
    if any(name.endswith(" route") for name in names):
        return "a route is no drug"
    if any(map(is_date, selection.concepts)):
        return "a date is no name"
    if selection.kind in SERIES_KINDS and any(map(_OUTPUT.search, names)):
        return "what came out is no measurement"
    if selection.kind is EventKind.MICROBIOLOGY and any(map(_is_any_germ, [*names, *_values(selection)])):
        return "an organism is no name of one"
    return next(filter(None, (_unfit_condition(condition, selection) for condition in selection.filters)), "")


def _unfit_condition(condition: Filter, selection: Selection) -> str:
    if condition.value in selection.concepts and selection.kind is not EventKind.MICROBIOLOGY:
        return "a condition repeats the name"
    if condition.attribute == "specimen" and condition.value.strip().casefold() in _DEPARTMENTS:
        return "a department is no specimen"
    if condition.attribute == "route" and any(concept in condition.value for concept in selection.concepts):
        return "a route is no drug"
    if condition.attribute == "route" and any(map(str.isdecimal, condition.value)):
        return "a number is no route"
    return ""


def _values(selection: Selection) -> list[str]:
    return [condition.value for condition in selection.filters]


def _is_any_germ(name: str) -> bool:
    words = set(name.casefold().split()) - _ARTICLES
    return bool(words) and words <= _GERMS
