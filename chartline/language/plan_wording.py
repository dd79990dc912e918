"""Holds a plan to the words of its question that leave no choice: "yesterday", "last", "highest", "patients".

A plan that drops one of them, or divides by days where nobody asked for days, is executed well and answers another
question; the model is as sure of it as of a right one. Words inside a concept or a date the plan quotes are taken care
of; a paraphrase that is not listed asks nothing.
"""

import re
from collections.abc import Collection

from chartline.language.asides import asked_for
from chartline.language.number_words import CARDINALS
from chartline.language.plan_rules import PlanRefused

_QUOTED = re.compile(r'"[^"]*"')
_PERIOD = rf"(?:\d|h\b|(?:few|couple|{CARDINALS}|second|minute|hour|day|week|month|year)s?\b)"

#: What the question says, and what the plan must then hold outside its quotations.
_DEMANDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(said), re.compile(planned))
    for said, planned in (
        # Dates are quoted; an age is today's without one.
        (
            r"^(?!.*\b(?:how old|age)\b).*\b(yesterday|today|(?:this|last|previous|past) (?:day|week|month|year))\b",
            r"(?!)",
        ),
        (rf"^(?!.*\bhow long\b).*\b(last|latest|most recent)\b(?! {_PERIOD})", r"\blast(?:\b|_)"),
        (rf"\b(first|1st|initial|earliest)\b(?! {_PERIOD})", r"\bfirst\b"),
        (r"\b(maximum|highest|max)\b", r"\b(?:max|highest)\b"),
        (r"\b(minimum|lowest|(?<!\d )min)\b", r"\b(?:min|lowest)\b"),
        (r"\b(average|mean)\b", r"\bmean\b"),
        (r"\b(icu|intensive care)\b", r"\b(?:icu|transfer)\b"),
        (r"\b(ordered|prescribed)\b", r"^(?!.* statement\b)"),  # what is taken at home is stated
        (r"\b(patients)\b(?!')", r"(?!)"),  # a plan reads one patient's chart: of several there is no answer
    )
)

_FOUND = r"organism|gr[eo]w|positive|bacteri|pathogen|\b(?:germs?|bugs?)\b|detect|identif|found"
#: Whether a culture was taken is asked of its name alone: what was found in it is another question.
_CONDITION = (
    rf"{_FOUND}|resist|sensitiv|suscept|antibiotic|^(?!.*\b(?:microbiolog|cultured?\b|cultures\b|screen|swab))"
    r"|^(?!.*\b(?:conducted|performed|done|carried out|ordered|sent|run|collected|obtained|taken|drawn|any results?)\b)"
)
_CHANGE = (
    r"differ|chang|compar|delta|than\b|minus|increas|decreas|exceed|improv|wors|trend|balance|mov|swing|subtract|shift|vari"
    r"|fluctuat|progress|evol|recover|put on\b"
    r"|\b(?:net|positive|negative|leaving|far|between|apart|gain\w*|los[est]\w*|rise\w*|rose|drop\w*|f[ae]ll\w*|gone|go|went|came"
    r"|up|down|higher|lower|more|less|above|below|from)\b"
)
_OFTEN = r"\btimes?\b|\b(?:once|twice|thrice)\b|repeat|multiple|several|often|frequen|recur|more|least|exact|again|only"
_HOURS = r"hour|\d ?h\b|\bhrs?\b|\bday"
#: Clauses of plans, and what must have been said where a plan holds one outside its quotations; `^` is the question.
_GROUNDS: dict[str, re.Pattern[str]] = {
    clause: re.compile(said)
    for clause, said in {
        "difference": _CHANGE,
        "repeated": _OFTEN,
        "exactly": _OFTEN,
        "new": r"\bnew|differ|chang|compar|add|start|beg[au]n|begin|\bnot\b|n't\b|never|other|first|since|before",
        "by hour": r"\bhourly\b|\b(?:each|every|per|by|an) hour|\bhours\b",
        "by day": r"\bdaily\b|\b(?:each|every|per|by|a) day|\bdays\b|\bday-",
        "by week": r"\bweekly\b|\b(?:each|every|per|by|a) week|\bweeks\b",
        "by month": r"\bmonthly\b|\b(?:each|every|per|by|a) month|\bmonths\b",
        "by year": r"\byearly\b|\bannual|\b(?:each|every|per|by|a) year|\byears\b",
        "during day": r"\bday",
        "during hour": _HOURS,
        "during start": _HOURS,
        "during end": _HOURS,
        "organism present": _FOUND,
        "with": _CONDITION,
    }.items()
}

#: A date of the plan, and words of a question that may point at the date of an earlier answer.
_DATE = re.compile(r'\b(?:in|since|before|to) "([^"]*)"')
_POINTING = re.compile(
    r"\b(?:that|then|this|those|these|same|there|since|until|after|before|earlier|later|days?|dates?|times?|hours?)\b"
)

_AT = "(?:on|at|upon)"
#: Of a plan with one selection: an order it holds more often than it was said once is one too many. The last words of
#: each say the order in another way: they do not ask for it and account for one.
_ORDERS: tuple[tuple[str, re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "first",
        re.compile(r"\bfirst (?!\d)"),
        re.compile(r"\b(?:first|initial|initially|earliest|1st)\b"),
        re.compile(
            rf"\b(?:arriv\w+|c[ao]me|adm|since when|start\w*|beg[aiu]n\w*|baseline|{_AT} (?:admission|presentation))\b"
        ),
    ),
    (
        "last",
        re.compile(r"\blast (?!\d)"),
        re.compile(r"\b(?:last|lastly|latest|most recent|recent|recently|previous|final|current)\b"),
        re.compile(rf"\b(?:end|ended|leave|left|over|{_AT} discharge)\b"),
    ),
)


_ORDER_OF_TIMES = re.compile(r"\b(?:first|last) time\b|\btime (?:first|last)\b|^when .*\blast (?:in|on|since|during)\b")


def check_wording(plan_text: str, question: str, earlier: Collection[str] = ()) -> None:
    """`earlier` is what else was asked or stated (earlier questions, hints): it may ground a word and demands none.

    Raises PlanRefused. A refusal and a reading of notes have no place for these words.
    """
    if plan_text.startswith(("refuse", "read")):
        return
    context = " ".join(earlier).casefold()
    text, outside = asked_for(question, plan_text), _QUOTED.sub(" ", f" {plan_text}".casefold())
    for said, planned in _DEMANDS:
        if (match := said.search(text)) and not planned.search(outside):
            raise PlanRefused(f"the question says {match[1]}")
    for order, planned, said, otherwise in _ORDERS if "(" not in outside else ():
        accounted = len(said.findall(f"{text} {context}")) + len(otherwise.findall(text))
        if said.search(text) and accounted < len(planned.findall(outside)):
            raise PlanRefused(f"the question says {order} less often")
    for clause in clauses_unsaid(question, earlier):
        if re.search(rf" {clause}(?!\w)", outside):
            raise PlanRefused(f"the question says nothing of {clause}")
    everything = _spoken(question, earlier)
    for date in _DATE.findall(plan_text.casefold()):
        if date not in everything and not _POINTING.search(text):
            raise PlanRefused(f"the question says nothing of {date}")


def clauses_unsaid(question: str, earlier: Collection[str] = ()) -> list[str]:
    """The clauses that no plan for this question may hold, because nobody spoke of them; the grammar takes none."""
    everything = _spoken(question, earlier)
    return [clause for clause, said in _GROUNDS.items() if not said.search(everything)]


def asks_when_extreme(question: str) -> bool:
    """Whether a plan with an extreme has a first or a last of it, too: "the last time of the lowest value"."""
    return bool(_ORDER_OF_TIMES.search(" ".join(question.casefold().split())))


def _spoken(question: str, earlier: Collection[str]) -> str:
    """A line each, the question's first."""
    return "\n".join(" ".join(text.casefold().split()) for text in (question, *earlier))
