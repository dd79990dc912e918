"""Holds a plan to the words of its question that leave no choice: "yesterday", "last", "highest", "patients".

A plan that drops one of them, or divides by days where nobody asked for days, is executed well and answers another
question; the model is as sure of it as of a right one. Words inside a concept or a date the plan quotes are taken care
of; a paraphrase that is not listed asks nothing.
"""

import re
from collections.abc import Iterable

from chartline.language.plan_rules import PlanRefused

_QUOTED = re.compile(r'"([^"]*)"')
_PERIOD = r"(?:\d|h\b|(?:few|couple|two|three|four|five|six|seven|ten|second|minute|hour|day|week|month|year)s?\b)"

#: What the question says, and what the plan must then hold outside its quotations.
_DEMANDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(said), re.compile(planned))
    for said, planned in (
        (r"\b(yesterday|today|(?:this|last|previous|past) (?:day|week|month|year))\b", r"(?!)"),  # dates are quoted
        (rf"^(?!how long).*\b(last|latest|most recent)\b(?! {_PERIOD})", r"\blast\b"),
        (rf"\b(first|initial|earliest)\b(?! {_PERIOD})", r"\bfirst\b"),
        (r"\b(maximum|highest|max)\b", r"\b(?:max|highest)\b"),
        (r"\b(minimum|lowest|min)\b", r"\b(?:min|lowest)\b"),
        (r"\b(average|mean)\b", r"\bmean\b"),
        (r"\b(icu|intensive care)\b", r"\b(?:icu|transfer)\b"),
        (r"\b(patients)\b(?!')", r"(?!)"),  # a plan reads one patient's chart: of several there is no answer
    )
)

#: What the plan holds outside its quotations, and what must then have been said.
_GROUNDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(planned), re.compile(said))
    for planned, said in (
        (r" (by hour)$", r"\bhourly\b|\b(?:each|every|per|by|an) hour|\bhours\b"),
        (r" (by day)$", r"\bdaily\b|\b(?:each|every|per|by|a) day|\bdays\b|\bday-"),
        (r" (by week)$", r"\bweekly\b|\b(?:each|every|per|by|a) week|\bweeks\b"),
        (r" (by month)$", r"\bmonthly\b|\b(?:each|every|per|by|a) month|\bmonths\b"),
        (r" (by year)$", r"\byearly\b|\bannual|\b(?:each|every|per|by|a) year|\byears\b"),
        (r" (during day) ", r"\bday"),
        (r" (during (?:hour|start|end)) ", r"hour|\d ?h\b|\bhrs?\b|\bday"),
    )
)

#: Of a plan with one selection: an order it holds more often than it was said once is one too many.
_ORDERS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("first", re.compile(r"\b(?:first|initial|initially|earliest|1st)\b"), re.compile(r"\bfirst (?!\d)")),
    (
        "last",
        re.compile(r"\b(?:last|lastly|latest|most recent|recent|previous|final|current)\b"),
        re.compile(r"\blast (?!\d)"),
    ),
)


def check_wording(plan_text: str, question: str, context: Iterable[str] = ()) -> None:
    """`context` is what else was said (earlier turns, hints): it may ground a word and demands none.

    Raises PlanRefused. A refusal and a reading of notes have no place for these words.
    """
    if plan_text.startswith(("refuse", "read")):
        return
    text, plan = " ".join(question.casefold().split()), plan_text.casefold()
    for quoted in sorted(_QUOTED.findall(plan), key=len, reverse=True):
        text = text.replace(quoted, "_") if quoted else text
    outside = _QUOTED.sub(" ", plan)
    for said, planned in _DEMANDS:
        if (match := said.search(text)) and not planned.search(outside):
            raise PlanRefused(f"the question says {match[1]}")
    for order, said, planned in _ORDERS if "(" not in outside else ():
        if 0 < len(said.findall(text)) < len(planned.findall(outside)):
            raise PlanRefused(f"the question says {order} less often")
    everything = " ".join([question, *context]).casefold()
    for planned, said in _GROUNDS:
        if (match := planned.search(outside)) and not said.search(everything):
            raise PlanRefused(f"the question says nothing of {match[1]}")
