"""Whether a sentence says something, says it once, and says the conditions it holds under."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

from chartline.language import claim_words as words
from chartline.language.claim_polarity import is_boolean
from chartline.language.claim_roles import stay_after
from chartline.language.claims import Claim, Name, Role, Term, Word
from chartline.language.moments import Moment
from chartline.language.plan_parts import is_difference, selections
from chartline.language.sentence import Sentence
from chartline.record.plan import Aggregate, Field, Lookup, StayWindow, Which

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
    owners: dict[Claim, list[frozenset[int]]] = defaultdict(list)
    for place, indices in sentence.values.items():
        owners[sentence.claims[place]].append(indices)
    repeated = any(len(said) > len(frozenset().union(*said)) for said in owners.values())
    return "repeated value" if repeated and len(sentence.support.values) > 1 else ""


def check_scope(sentence: Sentence) -> str:
    """What is last, highest, counted or absent under conditions is so under these alone: the sentence must say them."""
    chosen = selections(sentence.support.plan)
    needed = len({c for s in chosen for c in (*s.windows, *s.filters)}) + any(s.min_occurrences for s in chosen)
    if not needed or not _claims_all(sentence):
        return ""
    said = sum(isinstance(claim, Term) and claim.text in sentence.support.scopes for claim in sentence.claims)
    said += sentence.bounds + _says_stays(sentence)
    return "" if said >= needed else "condition left out"


def check_present(sentence: Sentence) -> str:
    """What is ordered now is not all that ever was: what says more than yes or no says that it speaks of now."""
    chosen = selections(sentence.support.plan)
    if not any(s.which is Which.CURRENT for s in chosen) or len(sentence.claims) <= _BARE:
        return ""
    said = {words.ORDINALS.get(claim.text) for claim in sentence.claims if isinstance(claim, Role)}
    return "" if (Which.CURRENT, 1) in said else "now left out"


def _claims_all(sentence: Sentence) -> bool:
    """Whether the sentence speaks of all selected events."""
    roles = any(isinstance(c, Role) and c.text not in words.BUCKETS for c in sentence.claims)
    negated = any(isinstance(c, Word) and c.text in words.NEGATIONS for c in sentence.claims)
    counted = isinstance(sentence.support.plan, Aggregate) and bool(sentence.values)
    return len(sentence.claims) > _BARE and (roles or negated or counted)


def _says_stays(sentence: Sentence) -> int:
    """How many of the plan's stays are said: by the noun; by which one, where the plan means one of several."""
    windows = [w for s in selections(sentence.support.plan) for w in s.windows if isinstance(w, StayWindow)]
    if not windows:
        return 0
    if all(window.which in (Which.ALL, Which.CURRENT) for window in windows):
        return any(isinstance(c, Word) and c.text in words.STAY_NOUNS for c in sentence.claims)
    told = {
        words.ORDINALS.get(c.text)
        for p, c in enumerate(sentence.claims)
        if stay_after(sentence, p) and isinstance(c, Role)
    }
    return sum((window.which, max(window.nth, 1)) in told for window in set(windows))


def check_direction(sentence: Sentence) -> str:
    """A start is not an end: what reads an end says so, and a difference that names one side names the other.

    Where the question supposes a direction ("How much has she lost?") only what is taken from what tells it.
    """
    plan = sentence.support.plan
    spoken = {claim.text for claim in sentence.claims if isinstance(claim, Word)}
    if is_difference(plan):
        one = any(isinstance(claim, Role | Moment) for claim in sentence.claims)
        neutral = any(not words.CHANGE_WORDS.isdisjoint(pair) for pair in sentence.question)
        told = "minus" in spoken or (neutral and (not one or {"between", "and"} <= spoken))
        return "" if told and "from" not in spoken else "direction of a difference"
    reads_end = isinstance(plan, Lookup) and plan.field is Field.END_TIME and bool(sentence.values)
    if not reads_end or len(sentence.claims) <= _BARE:
        return ""
    return "" if spoken & words.END_WORDS and not spoken & words.START_WORDS else "start instead of end"
