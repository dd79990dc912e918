"""Holds a plan's numbers to the question's: a number out of nowhere, or one left out, is a plan for another question.

Names and dates are spans of the question by grammar; numbers are free there and are checked here.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from chartline.language.plan_rules import PlanRefused

_DIGITS = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")
_QUOTED = re.compile(r'"[^"]*"')
_CARDINALS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    "twentieth",
)
_WORDS = {word: n for words in (_CARDINALS, _ORDINALS) for n, word in enumerate(words, 1)} | {"once": 1, "twice": 2}
#: "the previous one" and "again" say one and two without a number.
_ALWAYS = frozenset({Decimal(1), Decimal(2)})


def check_numbers(plan_text: str, question: str, context: Iterable[str] = ()) -> None:
    """`context` is what else was said (earlier turns, hints): it may lend a number and asks for none.

    Raises PlanRefused. A refusal and a reading of notes use no number.
    """
    if plan_text.startswith(("refuse", "read")):
        return
    said = _said(" ".join([question, *context]))
    for number in _numbers(_QUOTED.sub(" ", plan_text)):
        if number not in _ALWAYS and not any(number in _forms(n) for n in said):
            raise PlanRefused(f"the question says no {number}")
    used = set(_numbers(plan_text))
    for number in _numbers(question):
        if not used & _forms(number):
            raise PlanRefused(f"the question says {number}")


def _numbers(text: str) -> list[Decimal]:
    return [Decimal(match) for match in _DIGITS.findall(text)]


def _said(text: str) -> set[Decimal]:
    words = {Decimal(_WORDS[word]) for word in re.findall(r"[a-z]+", text.lower()) if word in _WORDS}
    return words | set(_numbers(text))


def _forms(number: Decimal) -> set[Decimal]:
    """How a plan may write it: as it is, "more than 3" as at least 4, days as hours."""
    return {number, number + 1, number * 24}
