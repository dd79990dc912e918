"""What each claim of a sentence must fulfil; a check returns why the sentence must not leave, or an empty string."""

from __future__ import annotations

from collections.abc import Callable

from chartline.language import claim_words as words
from chartline.language.claim_polarity import check_polarity, is_true
from chartline.language.claim_roles import check_binding, check_roles, check_sides, check_stays, stays
from chartline.language.claim_scope import (
    check_direction,
    check_present,
    check_repeats,
    check_scope,
    check_substance,
)
from chartline.language.claims import Mark, Name, Number, Word
from chartline.language.moments import Moment, read_year
from chartline.language.plan_parts import is_difference, selections
from chartline.language.sentence import Sentence
from chartline.language.support import Support
from chartline.record.plan import (
    Aggregate,
    Compare,
    Exists,
    Field,
    Interval,
    Lookup,
)


def check_numbers(sentence: Sentence) -> str:
    """Every number is a value with its unit, or says how many values there are."""
    for place, claim in enumerate(sentence.claims):
        if isinstance(claim, Word) and claim.text in words.NUMBER_WORDS:
            claim = Number(str(words.NUMBER_WORDS[claim.text]), "")
        if not isinstance(claim, Number) or _is_year(sentence, place):
            continue
        said = sentence.support.says(_with_unit(sentence, place, claim))
        if said:
            sentence.values[place] = said
        elif not _counts_values(sentence.support, claim):
            return f"number {claim.digits} {claim.unit}".rstrip()
    return ""


def _with_unit(sentence: Sentence, place: int, number: Number) -> Number:
    """In "1.2, 1.3 and 1.4 mg/dL" the unit of the last is everybody's."""
    for following in sentence.claims[place:]:
        if isinstance(following, Number):
            if following.unit:
                return Number(number.digits, following.unit)
        elif not ((isinstance(following, Mark) and following.text == ",") or following == Word("and")):
            break
    aged = Word("aged") in sentence.claims or Word("age") in sentence.claims
    return Number(number.digits, "years") if aged and not number.unit else number


def _counts_values(support: Support, number: Number) -> bool:
    listed = {(value.names, value.moment) for value in support.values if not value.numbers}
    complete = len(listed) > 1 and not support.result.truncated
    return complete and not number.unit and number.digits == str(len(listed))


def check_times(sentence: Sentence) -> str:
    """Every time is a value, the time of a value's event, or a bound of the window said as one."""
    bounded = False
    for place, claim in enumerate(sentence.claims):
        moment = read_year(claim.digits) if isinstance(claim, Number) and _is_year(sentence, place) else claim
        if not isinstance(moment, Moment):
            continue
        relation = sentence.word(place - 1) if sentence.word(place - 1) != "the" else sentence.word(place - 2)
        if relation in words.START_RELATIONS | words.END_RELATIONS or (bounded and relation == "and"):
            if not _bounds(sentence.support, relation, moment):
                return "time that is no bound of the window"
            sentence.bounds = True
            bounded = relation in ("between", "from")
        elif exact := sentence.support.exactly(moment):
            sentence.values[place] = exact
        elif relation in words.IN_RELATIONS and sentence.support.window == (moment.start, moment.end):
            sentence.bounds = True
        elif not sentence.support.at(moment):
            return "time"
    return ""


def _is_year(sentence: Sentence, place: int) -> bool:
    claim = sentence.claims[place]
    relations = words.START_RELATIONS | words.END_RELATIONS | {"in", "during", "of", "year"}
    return (
        isinstance(claim, Number)
        and not claim.unit
        and bool(sentence.word(place - 1) in relations and read_year(claim.digits))
    )


def _bounds(support: Support, relation: str, moment: Moment) -> bool:
    start, end = support.window
    if relation in words.START_RELATIONS:
        return start is not None and start in (moment.start, moment.end if relation == "after" else None)
    return end is not None and end in (moment.start, moment.end)


def check_names(sentence: Sentence) -> str:
    """Every name is a value, the label of a value, or a concept of the plan that the outcome is about."""
    for place, claim in enumerate(sentence.claims):
        if not isinstance(claim, Name) or claim.text in sentence.support.identifiers:
            continue
        if said := sentence.support.named(claim.text):
            sentence.values[place] = said
        elif not _may_name(sentence.support, claim.text):
            return "name"
    return ""


def _may_name(support: Support, name: str) -> bool:
    """Without values every concept of the plan may be named; with values only those that a value belongs to."""
    if support.labelled(name):
        return True
    plan, known = support.plan, any(name in side for side in support.sides)
    if isinstance(plan, Exists):
        return known and not is_true(support)
    if isinstance(plan, Lookup) or (isinstance(plan, Aggregate) and plan.bucket is None):
        return known and (not support.values or len(selections(plan)[0].concepts) == 1)
    return known


def check_words(sentence: Sentence) -> str:
    """Every other word is of the closed vocabulary, of the kinds asked about, or stands as it does in the question."""
    allowed = _supported_words(sentence.support)
    for place, claim in enumerate(sentence.claims):
        if isinstance(claim, Mark) and claim.text not in words.MARKS:
            return "character"
        if isinstance(claim, Word) and not _plain_word(sentence, place, claim.text, allowed):
            return f"word {claim.text}"
    return ""


def _supported_words(support: Support) -> frozenset[str]:
    """The words that claim a kind, a stay, an end, a difference or a duration, as far as the plan is about one."""
    plan = support.plan
    kinds = {support.words.kind_of(s) for s in selections(plan)} | {c.kind for c in support.result.concepts}
    sets = [words.KIND_CLAIMS[kind] for kind in kinds if kind]
    sets += [words.STAY_CLAIMS[stay] for stay in stays(support)]
    sets += [words.END_WORDS] if support.reads_end else []
    sets += [words.DIFFERENCE_WORDS] if isinstance(plan, Compare) else []
    timed = isinstance(plan, Interval) or (isinstance(plan, Lookup) and plan.field is Field.DURATION)
    return frozenset().union(*sets, words.DURATION_WORDS if timed else ())


def _plain_word(sentence: Sentence, place: int, word: str, supported: frozenset[str]) -> bool:
    if word in words.PLAIN_WORDS or word in supported:
        return True
    if word in words.ORDER_RELATIONS:
        return _before_time(sentence, place)
    if word in words.NEGATIONS or word in words.NUMBER_WORDS or word == "yes":
        return True
    if word in words.TIME_UNIT_WORDS or word in words.END_WORDS or word in sentence.support.name_words:
        return False
    if word in words.INTAKE_WORDS or is_difference(sentence.support.plan):
        return False  # the question supposes a dose or a direction ("How much has she lost?"), the result tells neither
    near = ((sentence.word(place - 1), word), (word, sentence.word(place + 1)))
    return not sentence.question.isdisjoint(near)


def _before_time(sentence: Sentence, place: int) -> bool:
    skip = 2 if sentence.word(place + 1) == "the" else 1
    following = sentence.claims[place + skip] if place + skip < len(sentence.claims) else None
    return isinstance(following, Moment) or _is_year(sentence, place + skip) if following else False


CHECKS: tuple[Callable[[Sentence], str], ...] = (
    check_names,
    check_numbers,
    check_times,
    check_polarity,
    check_roles,
    check_words,
    check_direction,
    check_binding,
    check_repeats,
    check_scope,
    check_present,
    check_sides,
    check_stays,
    check_substance,
)
