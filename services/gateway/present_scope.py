"""A question in the present is about now: "is she on warfarin?" of what is taken, "active problems?" of what goes on,
"what is her weight?" of the last.

As with a visit's scope, what is meant is written into the plan, so that it is executed, said and checked.
"""

import re
from dataclasses import replace

from chartline.language.asides import asked_for
from chartline.language.plan_rules import CURRENT_KINDS
from chartline.language.plan_writer import dump_plan
from chartline.record.chart import STAY_KINDS
from chartline.record.linking import SERIES_KINDS
from chartline.record.plan import Aggregate, Exists, Extremum, Field, Lookup, QueryPlan, Selection, StayWindow, Which

_WHO = r"(?:not )?(?:\S+ ){0,3}?"
_ADVERB = "(?:still |currently |now |also |already )?"
#: "Is there any information on her asthma?" is about what is told of it.
_TAKEN = r"(?<!information )(?<!info )(?<!anything )(?<!something )(?<!nothing )(?<!report )(?<!reports )(?<!data )on\b"
_STAY = "visit|stay|admission|encounter|hospitali[sz]ation|day|week|month|year"
_NOW = (
    r"\b(?:currently|presently|nowadays|these days|still|any ?more)\b",
    r"\b(?:at|for) (?:the moment|present|this (?:time|point))\b",
    r"(?<!until )(?<!up to )(?<!by )(?<!till )(?<!from )(?<!to )\bnow\b(?! on\b)",
    rf"\b(?:current|active|ongoing)\b(?! (?:(?:hospital|icu|inpatient|intensive care) )?(?:{_STAY}))",
    rf"\b(?:is|are|isn't|aren't|he's|she's|they're|what's) {_WHO}{_ADVERB}(?:taking|receiving|getting|using)\b",
    rf"\b(?:is|are|isn't|aren't|he's|she's|they're|what's) {_WHO}{_ADVERB}being (?:given|treated|administered)\b",
    rf"\b(?:is|are|isn't|aren't) {_WHO}{_ADVERB}{_TAKEN}(?! (?:record|file|\d|(?:the|her|his|their|this|that) (?:\w+ )?"
    rf"(?:{_STAY}|date|chart|record|list|unit|floor|ward)\b))",
    r"\b(?:he's|she's|they're) (?:still |currently |now )?on\b",
    rf"\b(?:does|do|doesn't|don't) {_WHO}(?:take|get|receive|use)\b",
)
_GOING_ON = CURRENT_KINDS.difference(STAY_KINDS)
_PRESENT = re.compile("|".join(_NOW))
#: What was asks of the past whatever else it says: "did she ever have active tuberculosis?"; a clause behind the
#: present does not: "is she still on the heparin that was started?"
_PAST = re.compile(
    r"\bever\b|^(?:(?!\b(?:is|are|does|do|isn't|aren't|doesn't|don't|what's|he's|she's|they're)\b).)*"
    r"\b(?:was|were|did|had|wasn't|weren't|didn't|hadn't)\b"
)
#: "What is", and no list: "what are her weights?" asks for all.
_IS = re.compile(
    r"\b(?:what is|what's|whats|how is|how's|hows"
    r"|how (?:much|tall|heavy|high|low|fast|warm|hot|hypoxic|bad) (?:is|does))\b"
)
_SEVERAL = re.compile(
    r"\b(?:all|each|every|list|values|readings|measurements|results|range|trend|course|history|over)\b"
)


def at_present(plan: QueryPlan, question: str) -> QueryPlan:
    """The plan, what it names no time for held to now: drugs and problems to those that go on, a value to the last."""
    if not isinstance(plan, Lookup | Aggregate | Exists) or not _is_timeless(plan.selection):
        return plan
    asked, kind = asked_for(question.replace("’", "'"), dump_plan(plan)), plan.selection.kind
    if kind in _GOING_ON and _PRESENT.search(asked) and not _PAST.search(asked):
        return replace(plan, selection=replace(plan.selection, which=Which.CURRENT, nth=1))
    one = isinstance(plan, Lookup) and plan.field is Field.VALUE and plan.selection.which is Which.ALL
    if one and kind in SERIES_KINDS and _IS.search(asked) and not _SEVERAL.search(asked):
        return replace(plan, selection=replace(plan.selection, which=Which.LAST))
    return plan


def _is_timeless(selection: Selection) -> bool:
    if selection.which is Which.FIRST or selection.nth > 1 or selection.extremum is not Extremum.NONE:
        return False
    if selection.min_occurrences or selection.absent_in:
        return False
    return all(
        isinstance(window, StayWindow) and window.which in (Which.ALL, Which.CURRENT) for window in selection.windows
    )
