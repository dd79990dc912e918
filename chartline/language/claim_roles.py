"""What belongs together: ordinals with their events, values with their names and times, sides in their order."""

from __future__ import annotations

from chartline.language import claim_words as words
from chartline.language.claims import Claim, Name, Role, Term, Word
from chartline.language.moments import Moment
from chartline.language.plan_parts import selections, windows
from chartline.language.sentence import Sentence
from chartline.language.support import Support
from chartline.record.kinds import EventKind
from chartline.record.plan import (
    Aggregate,
    Compare,
    Extremum,
    Function,
    StayType,
    StayWindow,
    Which,
)

_EXTREME_FUNCTIONS = {Function.MINIMUM: Extremum.MINIMUM, Function.MAXIMUM: Extremum.MAXIMUM}
_ORDINAL_ROLES = frozenset(Role(text) for text in words.ORDINALS)
_STAY_MODIFIERS = frozenset({"hospital", "icu", "intensive", "care", "unit", "the", "their", "this", "patient's"})
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
    stay = stay_after(sentence, place)
    if stay is None:
        return {(s.which, max(s.nth, 1)) for s in chosen}
    own = {(s.which, max(s.nth, 1)) for s in chosen if s.kind is _STAY_KINDS[stay]}
    around = {(w.which, max(w.nth, 1)) for w in _stay_windows(sentence.support) if w.stay is stay}
    inside = sentence.word(_before_modifiers(sentence, place)) in words.INSIDE
    return (around or own) if inside else (own or around)


def _stay_windows(support: Support) -> list[StayWindow]:
    return [window for window in windows(support.plan) if isinstance(window, StayWindow)]


def stays(support: Support) -> set[StayType]:
    """The types of stay the plan is about."""
    chosen = selections(support.plan)
    kinds = {selection.kind for selection in chosen}
    about = {stay for stay, kind in _STAY_KINDS.items() if kind in kinds}
    return about | {window.stay for window in _stay_windows(support)}


def stay_after(sentence: Sentence, place: int) -> StayType | None:
    following = [sentence.word(place + step) for step in range(1, 5)]
    for step, word in enumerate(following):
        if word in words.STAY_NOUNS:
            return StayType.ICU if {"icu", "intensive"} & set(following[:step]) else StayType.HOSPITAL
        if word not in ("hospital", "icu", "intensive", "care", "unit"):
            return None
    return None


def check_stays(sentence: Sentence) -> str:
    """Where a stay is what is spoken of, a stay of the other type is only where something was, and the reverse."""
    kinds = {selection.kind for selection in selections(sentence.support.plan)}
    own = {stay for stay, kind in _STAY_KINDS.items() if kind in kinds}
    around = {window.stay for window in _stay_windows(sentence.support)} or own
    if not own:
        return ""
    for place, claim in enumerate(sentence.claims):
        told = _stay_noun(sentence, place, claim)
        if told and told[0] not in (around if told[1] else own):
            return "stay"
    return ""


def _stay_noun(sentence: Sentence, place: int, claim: Claim) -> tuple[StayType, bool] | None:
    """The type of the stay that is named here, and whether it is where something was."""
    if not isinstance(claim, Word) or claim.text.removesuffix("s") not in words.STAY_NOUNS:
        return None
    before = _before_modifiers(sentence, place)
    between = {sentence.word(p) for p in range(before + 1, place)}
    stay = StayType.ICU if {"icu", "intensive"} & between else StayType.HOSPITAL if "hospital" in between else None
    return (stay, sentence.word(before) in words.INSIDE) if stay else None


def _before_modifiers(sentence: Sentence, place: int) -> int:
    before = place - 1
    while before >= 0 and (sentence.word(before) in _STAY_MODIFIERS or isinstance(sentence.claims[before], Role)):
        before -= 1
    return before


def check_binding(sentence: Sentence) -> str:
    """Where values differ in label or time, each stands with its own."""
    support = sentence.support
    if len(support.values) < 2:
        return ""
    labels = {p: support.labelled(c.text) for p, c in enumerate(sentence.claims) if isinstance(c, Name)}
    times = {p: support.at(c) for p, c in enumerate(sentence.claims) if isinstance(c, Moment)}
    owners = dict(sentence.values)
    for facets in (labels, times):
        apart = {p: o for p, o in facets.items() if p not in owners and o and len(o) < len(support.values)}
        if not _narrow(owners, apart):
            return "value with another's name or time"
    sentence.values = owners
    return ""


def _narrow(owners: dict[int, frozenset[int]], facets: dict[int, frozenset[int]]) -> bool:
    """Keeps of each value's owners those that its facet shares; false where none is left or a facet stands alone.

    Facets stand all before or all behind their values, whichever the sentence begins with.
    """
    if not facets or not owners:
        return True
    places = sorted([*facets, *owners])
    if places[0] in owners:
        places.reverse()
    facet: frozenset[int] | None = None
    used = True
    for place in places:
        if place in facets:
            facet, used = facets[place], False
        elif facet is not None:
            owners[place] &= facet
            used = True
            if not owners[place]:
                return False
    return used


def check_sides(sentence: Sentence) -> str:
    """In a comparison or an interval what belongs to the left stands before what belongs to the right."""
    support = sentence.support
    if len(support.sides) < 2:
        return ""
    names = [(c.text, _holding(c.text, support.sides)) for c in sentence.claims if isinstance(c, Name)]
    terms = [(c.text, _holding(c.text, support.side_terms)) for c in sentence.claims if isinstance(c, Term)]
    places = [(c.text, _placed(sentence, p)) for p, c in enumerate(sentence.claims) if c in _ORDINAL_ROLES]
    ordered = all(_left_to_right(marks) for marks in (names, terms, places))
    # A concept may stand with its name; a condition or place of one side said twice has taken the other's.
    return "" if ordered and not _doubled(terms) and not _doubled(places) else "sides"


def _holding(name: str, sides: tuple[frozenset[str], ...]) -> frozenset[int]:
    return frozenset(i for i, side in enumerate(sides) if name in side)


def _placed(sentence: Sentence, place: int) -> frozenset[int]:
    """The sides that an ordinal tells of, by their stays where a stay's noun follows."""
    told = words.ORDINALS[sentence.word(place)]
    stay = stay_after(sentence, place)
    return frozenset(
        i
        for i, s in enumerate(selections(sentence.support.plan))
        if (stay is None and (s.which, max(s.nth, 1)) == told)
        or any(isinstance(w, StayWindow) and w.stay is stay and (w.which, max(w.nth, 1)) == told for w in s.windows)
    )


def _left_to_right(marks: list[tuple[str, frozenset[int]]]) -> bool:
    sure = [min(sides) for _, sides in marks if len(sides) == 1]
    return sure == sorted(sure)


def _doubled(marks: list[tuple[str, frozenset[int]]]) -> bool:
    sure = [mark for mark in marks if len(mark[1]) == 1]
    return len(sure) != len(set(sure))
