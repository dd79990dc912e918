"""What belongs together: ordinals with their events, values with their names and times, sides in their order."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from chartline.language import claim_words as words
from chartline.language.claims import Name, Role
from chartline.language.moments import Moment
from chartline.language.outcome_words import selections
from chartline.language.sentence import Sentence
from chartline.language.support import Support
from chartline.record.kinds import EventKind
from chartline.record.plan import (
    Aggregate,
    Compare,
    EventWindow,
    Extremum,
    Function,
    Selection,
    StayType,
    StayWindow,
    Which,
)

_EXTREME_FUNCTIONS = {Function.MINIMUM: Extremum.MINIMUM, Function.MAXIMUM: Extremum.MAXIMUM}
_STAY_NOUNS = frozenset({"visit", "stay", "admission", "encounter", "hospitalization"})
_STAY_KINDS = {StayType.HOSPITAL: EventKind.ENCOUNTER, StayType.ICU: EventKind.ICU_STAY}


def check_roles(sentence: Sentence) -> str:
    """Ordinals, extremes, aggregates, buckets and comparisons are those of the plan."""
    for place, claim in enumerate(sentence.claims):
        if isinstance(claim, Role) and not _supported_role(sentence, place, claim.text):
            return claim.text
    return ""


def _supported_role(sentence: Sentence, place: int, role: str) -> bool:
    plan = sentence.support.plan
    if role in words.ORDINALS:
        return words.ORDINALS[role] in _ordinals(sentence, place)
    if role in words.EXTREMES:
        return words.EXTREMES[role] in _extremes(sentence.support)
    if role in words.AGGREGATES:
        functions = {part.function for part in _parts(plan) if isinstance(part, Aggregate)}
        return not functions.isdisjoint(words.AGGREGATES[role])
    if role in words.BUCKETS:
        return isinstance(plan, Aggregate) and plan.bucket is words.BUCKETS[role]
    return isinstance(plan, Compare) and role in words.COMPARISONS.get(plan.comparator, ())


def _parts(plan: object) -> tuple[object, ...]:
    return (plan.left, plan.right) if isinstance(plan, Compare) else (plan,)


def _extremes(support: Support) -> set[Extremum]:
    parts = _parts(support.plan)
    functions = {_EXTREME_FUNCTIONS.get(part.function) for part in parts if isinstance(part, Aggregate)}
    return {s.extremum for s in selections(support.plan)} | {f for f in functions if f}


def _ordinals(sentence: Sentence, place: int) -> set[tuple[Which, int]]:
    """What an ordinal may say: of a stay where a stay's noun follows, else of the selected events."""
    chosen = selections(sentence.support.plan)
    stay = _stay_after(sentence, place)
    if stay is None:
        return {(s.which, max(s.nth, 1)) for s in chosen}
    own = {(s.which, max(s.nth, 1)) for s in chosen if s.kind is _STAY_KINDS[stay]}
    return own | {(w.which, max(w.nth, 1)) for w in _stay_windows(chosen) if w.stay is stay}


def _stay_windows(chosen: list[Selection]) -> Iterable[StayWindow]:
    for selection in chosen:
        for window in selection.windows:
            if isinstance(window, StayWindow):
                yield window
            elif isinstance(window, EventWindow):
                yield from _stay_windows([window.anchor])


def stays(support: Support) -> set[StayType]:
    """The types of stay the plan is about."""
    chosen = selections(support.plan)
    kinds = {selection.kind for selection in chosen}
    about = {stay for stay, kind in _STAY_KINDS.items() if kind in kinds}
    return about | {window.stay for window in _stay_windows(chosen)}


def _stay_after(sentence: Sentence, place: int) -> StayType | None:
    following = [sentence.word(place + step) for step in range(1, 5)]
    for step, word in enumerate(following):
        if word in _STAY_NOUNS:
            return StayType.ICU if {"icu", "intensive"} & set(following[:step]) else StayType.HOSPITAL
        if word not in ("hospital", "icu", "intensive", "care", "unit"):
            return None
    return None


def check_binding(sentence: Sentence) -> str:
    """Where values differ in label or time, each stands with its own."""
    if len(sentence.support.values) < 2:
        return ""
    labels = {p: sentence.support.labelled(c.text) for p, c in enumerate(sentence.claims) if isinstance(c, Name)}
    times = {p: sentence.support.at(c) for p, c in enumerate(sentence.claims) if isinstance(c, Moment)}
    for facets in (labels, times):
        apart = {p: owners for p, owners in facets.items() if p not in sentence.values and owners}
        everybody = frozenset(range(len(sentence.support.values)))
        if not _bound({p: o for p, o in apart.items() if o != everybody}, sentence.values):
            return "value with another's name or time"
    return ""


def _bound(facets: dict[int, frozenset[int]], values: dict[int, frozenset[int]]) -> bool:
    """Facets stand all before or all behind their values, whichever the sentence begins with."""
    if not facets or not values:
        return True
    places = sorted([*facets, *values])
    if places[0] in values:
        places.reverse()
    owners: frozenset[int] | None = None
    open_facet = False
    for place in places:
        if place in facets:
            owners = facets[place]
            open_facet = True
        elif owners is not None:
            open_facet = False
            if values[place].isdisjoint(owners):
                return False
    return not open_facet


def check_sides(sentence: Sentence) -> str:
    """In a comparison or an interval what belongs to the left stands before what belongs to the right."""
    if len(sentence.support.sides) < 2:
        return ""
    chosen = selections(sentence.support.plan)
    named = [_sides_of(claim.text, sentence.support.sides) for claim in sentence.claims if isinstance(claim, Name)]
    placed = [
        {i for i, s in enumerate(chosen) if (s.which, max(s.nth, 1)) == words.ORDINALS[claim.text]}
        for place, claim in enumerate(sentence.claims)
        if isinstance(claim, Role) and claim.text in words.ORDINALS and _stay_after(sentence, place) is None
    ]
    return "" if _left_to_right(named, repeats=True) and _left_to_right(placed, repeats=False) else "sides"


def _sides_of(name: str, sides: tuple[frozenset[str], ...]) -> set[int]:
    return {i for i, side in enumerate(sides) if name in side}


def _left_to_right(marks: list[set[int]], *, repeats: bool) -> bool:
    """`repeats` allows the same side twice: its concept and its name."""
    sure = [mark for mark in marks if len(mark) == 1]
    return all(left <= right and (repeats or left != right) for left, right in pairwise(min(m) for m in sure))
