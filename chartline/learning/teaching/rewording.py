"""The proof that a rewording may stand for its question: rules, and none of them asks a model.

What is not proven is refused with the first reason that applies, and the question stays as it was.
"""

import re
from decimal import Decimal

from chartline.language.checked_plan import checked_plan
from chartline.language.number_words import numbers_said
from chartline.language.plan_grammar import spans_of
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import PlanTextError
from chartline.learning.generation.spoken import as_said
from chartline.learning.teaching.known_wordings import taken_by_another
from chartline.learning.teaching.sense import QUOTED, sense_of

_LONGEST = 240
_MORE_THAN_A_QUESTION = re.compile(r'[.?!:]\s+\S|["“”]')
_FIRST = re.compile(r"\bfirst\b")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")


def refusal(question: str, plan: str, written: str) -> str | None:
    """Why `written` may not stand for the question; None where it may. `plan` is the question's, held to it already."""
    if (wrong := _form(question, written)) is not None:
        return wrong
    if not _keeps_spans(question, plan, written):
        return "span"
    if _numbers(question) != _numbers(written):
        return "number"
    try:
        checked_plan(plan, written)
    except (PlanTextError, PlanRefused):
        return "rules"
    said = sense_of(written, plan)
    if said.form == "statement":
        return "statement"
    if said != sense_of(question, plan):
        return "sense"
    return "wording" if taken_by_another(written, plan) else None


def _form(question: str, written: str) -> str | None:
    if not written:
        return "empty"
    if len(written) > _LONGEST or not written.isprintable() or _MORE_THAN_A_QUESTION.search(written):
        return "form"
    return "same" if _plain(written) == _plain(question) else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _keeps_spans(question: str, plan: str, written: str) -> bool:
    """Each name and date as often as the question has it, written the same."""
    spans = spans_of(written)
    if as_said(plan, spans) != plan:
        return False
    return all(_count(quoted, question) == _count(quoted, written) for quoted in QUOTED.findall(plan))


def _count(quoted: str, text: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(quoted)}(?!\w)", text))


def _numbers(text: str) -> list[Decimal]:
    """In digits or words; a first one is an order, which the sense tells."""
    words = numbers_said(_FIRST.sub(" ", text.casefold()))
    return sorted([*map(Decimal, _NUMBER.findall(text)), *map(Decimal, words)])
