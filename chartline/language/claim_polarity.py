"""Yes, no and not: what is found is never denied, and what is not found is denied once, plainly, for all of it."""

from __future__ import annotations

from chartline.language import claim_words as words
from chartline.language.claims import Claim, Mark, Name, Word
from chartline.language.sentence import Sentence
from chartline.language.support import Support
from chartline.record.plan import Exists


def is_true(support: Support) -> bool:
    return any(value.form is True for value in support.result.values)


def is_boolean(support: Support) -> bool:
    return isinstance(support.plan, Exists) or any(isinstance(v.form, bool) for v in support.result.values)


def check_polarity(sentence: Sentence) -> str:
    """Yes and no are the result's; a negative sentence is one clause with one negation that covers every name."""
    support, claims = sentence.support, sentence.claims
    positive = is_true(support) if is_boolean(support) else bool(support.values)
    lead = claims[0].text if isinstance(claims[0], Word) and claims[0].text in ("yes", "no") else ""
    leads = bool(lead) and (len(claims) == 1 or isinstance(claims[1], Mark))
    body = claims[1:] if leads else claims
    if Word("yes") in body:
        return "yes inside a sentence"
    if leads and ((lead == "yes") != positive or (positive and not is_boolean(support))):
        return "yes or no"
    if leads and is_boolean(support) and all(isinstance(claim, Mark) for claim in body):
        return ""
    negations = [place for place, claim in enumerate(body) if _is(claim, words.NEGATIONS)]
    if positive:
        return "negation" if negations else ""
    return "" if len(negations) == 1 and _covers(body, negations[0]) else "negation"


def _covers(body: list[Claim], negation: int) -> bool:
    """Whether the negation stands at the first verb or before every name, and no second clause begins behind it."""
    verbs = [place for place, claim in enumerate(body) if _is(claim, words.VERBS | words.CONTRACTIONS)]
    names = [place for place, claim in enumerate(body) if isinstance(claim, Name)]
    at_verb = bool(verbs) and negation in (verbs[0], verbs[0] + 1)
    first = not names or negation < names[0]
    between = body[verbs[0] : verbs[-1]] if verbs else []
    joined = any(isinstance(claim, Mark) or _is(claim, words.JOINTS) for claim in between)
    return (at_verb or first) and not joined


def _is(claim: Claim, vocabulary: frozenset[str]) -> bool:
    return isinstance(claim, Word) and claim.text in vocabulary
