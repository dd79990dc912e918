"""A question in the present about drugs, "is she on warfarin?", is about what is taken now, and not ever.

As with a visit's scope, what is meant is written into the plan, so that it is executed, said and checked.
"""

import re
from dataclasses import replace

from chartline.language.plan_rules import CURRENT_KINDS
from chartline.record.kinds import EventKind
from chartline.record.plan import Aggregate, Exists, Extremum, Lookup, QueryPlan, Selection, StayWindow, Which

_DRUGS = CURRENT_KINDS - {EventKind.ENCOUNTER, EventKind.TRANSFER, EventKind.ICU_STAY}
_WHO = r"(?:not )?(?:\S+ ){0,3}?"
_ADVERB = "(?:still |currently |now |also |already )?"
_STAY = "visit|stay|admission|encounter|hospitali[sz]ation|day|week|month|year"
_NOW = (
    r"\b(?:currently|presently|nowadays|these days|still|any ?more)\b",
    r"\b(?:at|for) (?:the moment|present|this (?:time|point))\b",
    r"(?<!until )(?<!up to )(?<!by )(?<!till )(?<!from )(?<!to )\bnow\b(?! on\b)",
    rf"\b(?:current|active|ongoing)\b(?! (?:(?:hospital|icu|inpatient|intensive care) )?(?:{_STAY}))",
    rf"\b(?:is|are|isn't|aren't|he's|she's|they're|what's) {_WHO}{_ADVERB}(?:taking|receiving|getting|using)\b",
    rf"\b(?:is|are|isn't|aren't|he's|she's|they're|what's) {_WHO}{_ADVERB}being (?:given|treated|administered)\b",
    rf"\b(?:is|are|isn't|aren't) {_WHO}{_ADVERB}on\b(?! (?:record|file|\d|(?:the|her|his|their|this|that) (?:\w+ )?"
    rf"(?:{_STAY}|date|chart|record|list|unit|floor|ward)\b))",
    r"\b(?:he's|she's|they're) (?:still |currently |now )?on\b",
    rf"\b(?:does|do|doesn't|don't) {_WHO}(?:take|get|receive|use)\b",
)
_PRESENT = re.compile("|".join(_NOW))


def at_present(plan: QueryPlan, question: str) -> QueryPlan:
    """The plan, its drugs held to those taken now where the question is in the present and the plan names no time."""
    if not isinstance(plan, Lookup | Aggregate | Exists) or not _is_timeless(plan.selection):
        return plan
    if not _PRESENT.search(" ".join(question.casefold().replace("’", "'").split())):
        return plan
    return replace(plan, selection=replace(plan.selection, which=Which.CURRENT, nth=1))


def _is_timeless(selection: Selection) -> bool:
    if selection.kind not in _DRUGS or selection.nth > 1 or selection.extremum is not Extremum.NONE:
        return False
    if selection.min_occurrences or selection.absent_in:
        return False
    return all(
        isinstance(window, StayWindow) and window.which in (Which.ALL, Which.CURRENT) for window in selection.windows
    )
