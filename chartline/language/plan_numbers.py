"""Holds a plan's numbers to the question's: a number out of nowhere, or one left out, is a plan for another question.

Names and dates are spans of the question by grammar, which takes no number but those allowed here.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from chartline.language.asides import asked_for
from chartline.language.number_words import numbers_said
from chartline.language.plan_ordinals import is_step, without_ordinals
from chartline.language.plan_rules import PlanRefused

#: A dash between words or numbers is no sign.
_DIGITS = re.compile(r"(?<![\d.])(?:(?<=\s)-)?\d+(?:\.\d+)?")
#: A time of day, which only a quotation can hold.
_CLOCK = re.compile(r"\b\d{1,2}(?::\d{2})+\b")
#: What a plan has a use for: no amount of anything has more digits.
_WRITTEN = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,4})?")
_FIRST = re.compile(r"\b1st\b")
_DAY = re.compile(r"\bday\b")
_PART_OF_A_STAY = re.compile(r" during (?:start|end) (\d+) ")
_LIMIT = re.compile(r" [<>]=? (\d+(?:\.\d+)?)")
_DAYS, _HOURS = re.compile(r"(\S+?)[- ]days?\b"), re.compile(r"(\S+?)[- ]?(?:h|hrs?|hours?)\b")


def check_numbers(plan_text: str, question: str, context: Iterable[str] = ()) -> None:
    """`context` is what else was said (earlier turns, hints): it may lend a number and asks for none.

    Raises PlanRefused. A refusal and a reading of notes use no number.
    """
    if plan_text.startswith(("refuse", "read")):
        return
    question, before = question.casefold(), [text.casefold() for text in context]
    allowed = _allowed(question, before)
    for number in _numbers(without_ordinals(plan_text)):
        if number not in allowed:
            raise PlanRefused(f"the question says no {number}")
    said = _said(" ".join([question, *before]))
    if any(Decimal(limit) - 1 in said and Decimal(limit) not in said for limit in _LIMIT.findall(plan_text)):
        raise PlanRefused("what is more than 3 is not at least 4, but for how often it was")
    used, asked = set(_numbers(plan_text)), _FIRST.sub(" ", asked_for(question, plan_text))
    for number in _numbers(asked):
        if not used & _forms(number):
            raise PlanRefused(f"the question says {number}")
    if (time := _CLOCK.search(asked)) is not None:
        raise PlanRefused(f"the question says {time[0]}")
    for hours in map(Decimal, _PART_OF_A_STAY.findall(plan_text)):
        days, told = (_said(" ".join(unit.findall(" ".join([question, *before])))) for unit in (_DAYS, _HOURS))
        if hours in days - told:
            raise PlanRefused(f"{hours} days are {hours * 24} hours")


def numbers_written(question: str, context: Iterable[str] = ()) -> list[str]:
    """The numbers that a plan may hold outside its names and dates: as they were said, and without needless zeros."""
    question, before = question.casefold(), [text.casefold() for text in context]
    forms = {form for number in _allowed(question, before) for form in (f"{number:f}", f"{number.normalize():f}")}
    forms.update(_DIGITS.findall(" ".join([question, *before])))
    return sorted(filter(_WRITTEN.fullmatch, forms))


def _allowed(question: str, before: Sequence[str]) -> set[Decimal]:
    """What was said, in any form, and what needs no number; of texts in lower case."""
    said = _said(" ".join([question, *before]))
    return _unsaid(question, before) | {form for number in said for form in _forms(number)}


def _numbers(text: str) -> list[Decimal]:
    return [Decimal(match) for match in _DIGITS.findall(text)]


def _said(text: str) -> set[Decimal]:
    """The numbers of a text in lower case, in digits or words; "a day" is one."""
    words = numbers_said(text) | ({1} if _DAY.search(text) else set())
    return {Decimal(number) for number in words} | set(_numbers(text))


def _unsaid(question: str, before: Sequence[str]) -> set[Decimal]:
    """What needs no number: "again" is two, and "the day before" a fourth day the third."""
    back = {number - 1 for number in _said(" ".join(before))} if is_step(question) else set()
    return {Decimal(1), Decimal(2)} | back


def _forms(number: Decimal) -> set[Decimal]:
    """How a plan may write it: as it is, "more than 3" as at least 4, days as hours."""
    return {number, number + 1, number * 24}
