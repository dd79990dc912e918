"""Whether a sentence says something, says it once, and says the conditions it holds under."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

from chartline.language import claim_words as words
from chartline.language.claim_polarity import is_boolean
from chartline.language.claim_roles import stay_after
from chartline.language.claims import Name, Role, Term, Word
from chartline.language.moments import Moment
from chartline.language.plan_parts import selections
from chartline.language.sentence import Sentence
from chartline.record.plan import Aggregate, Comparator, Compare, Field, Lookup, Selection, StayWindow, Which

_YES_NO = (Word("yes"), Word("no"))
#: Claims of an answer that leans on its question ("No.", "4 times.").
_BARE = 3


def check_substance(sentence: Sentence) -> str:
    """A sentence says a value, or yes or no, or that there is nothing."""
    if sentence.values or not sentence.support.values:
        return ""
    if is_boolean(sentence.support):
        return "" if any(isinstance(c, Name | Moment | Term) or c in _YES_NO for c in sentence.claims) else "substance"
    return "says no value"


def check_repeats(sentence: Sentence) -> str:
    """No condition stands twice, and in a list no value: a repeated one has taken the place of another."""
    terms = [claim.text for claim in sentence.claims if isinstance(claim, Term)]
    if len(sentence.support.sides) < 2 and any(one in other for one, other in permutations(terms, 2)):
        return "repeated condition"
    said = Counter((sentence.claims[place], owners) for place, owners in sentence.values.items())
    repeated = any(times > len(owners) for (_, owners), times in said.items())
    return "repeated value" if repeated and len(sentence.support.values) > 1 else ""


def check_scope(sentence: Sentence) -> str:
    """What is last, highest, counted or absent under conditions is so under these alone: the sentence must say them."""
    needed = max((_conditions(selection) for selection in selections(sentence.support.plan)), default=0)
    if not needed or not _claims_all(sentence):
        return ""
    said = sum(isinstance(claim, Term) and claim.text in sentence.support.scopes for claim in sentence.claims)
    said += sentence.bounds + _says_stay(sentence)
    return "" if said >= needed else "condition left out"


def _conditions(selection: Selection) -> int:
    return len(selection.windows) + len(selection.filters) + bool(selection.min_occurrences)


def _claims_all(sentence: Sentence) -> bool:
    """Whether the sentence speaks of all selected events."""
    roles = any(isinstance(c, Role) and c.text not in words.BUCKETS for c in sentence.claims)
    negated = any(isinstance(c, Word) and c.text in words.NEGATIONS for c in sentence.claims)
    counted = isinstance(sentence.support.plan, Aggregate) and bool(sentence.values)
    return len(sentence.claims) > _BARE and (roles or negated or counted)


def _says_stay(sentence: Sentence) -> bool:
    """A stay by its noun; which one, where the plan means one of several."""
    windows = [w for s in selections(sentence.support.plan) for w in s.windows if isinstance(w, StayWindow)]
    if not windows:
        return False
    if all(window.which in (Which.ALL, Which.CURRENT) for window in windows):
        return any(isinstance(c, Word) and c.text in words.STAY_NOUNS for c in sentence.claims)
    told = {
        words.ORDINALS.get(c.text)
        for p, c in enumerate(sentence.claims)
        if stay_after(sentence, p) and isinstance(c, Role)
    }
    return any((window.which, max(window.nth, 1)) in told for window in windows)


def check_direction(sentence: Sentence) -> str:
    """A start is not an end: what reads an end says so, and a signed difference has no from and to."""
    plan = sentence.support.plan
    spoken = {claim.text for claim in sentence.claims if isinstance(claim, Word)}
    if isinstance(plan, Compare) and plan.comparator is Comparator.DIFFERENCE and "from" in spoken:
        return "direction of a difference"
    if not isinstance(plan, Lookup) or plan.field is not Field.END_TIME or len(sentence.claims) <= _BARE:
        return ""
    return "" if spoken & words.END_WORDS and not spoken & words.START_WORDS else "start instead of end"
