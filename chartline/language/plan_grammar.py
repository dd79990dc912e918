"""The grammar that plan text obeys, for one conversation: the model cannot write anything that is no plan.

Concepts and dates are spans of whole words of the conversation (llguidance's `substring_chunks`), so the model can
point at what was asked and cannot invent a name. Numbers are free; the planner checks that the question holds them.
The language is that of `plan_text`; a plan ends with a newline.
"""

import json
import re
from collections.abc import Sequence

from chartline.language import plan_words as words
from chartline.language.turns import Turn


def _options(names: Sequence[str]) -> str:
    return " | ".join(json.dumps(name) for name in names)


_PIECE = re.compile(r"\d+(?:[-/.:]\d+)+(?!\w)|\w+|\W")
_FIELD_NAMES = tuple(sorted({*words.FIELDS, *words.ATTRIBUTE_NAMES}))
_RULES = f"""
start: plan "\\n"
plan: reading | "exists " selection | "read " quoted window* | "refuse " REASON
    | COMPARISON " " operand " " operand
    | UNIT "s from (" selection ") to " ("now" | "(" selection ")")
reading: "get " FIELD " of " selection | FUNCTION " " (FIELD " of ")? selection (" by " UNIT)?
operand: "(" reading ")" | NUMBER
selection: (EXTREMUM " ")? (WHICH " " (NTH " ")?)? KIND concepts? filter* window* often? (" new" window)?
concepts: " " quoted (" or " quoted)*
filter: " with interpretation " INTERPRETATION
    | " with " FIELD (" present" | " " SIGN " " (NUMBER | quoted))
often: (" repeated " | " exactly ") NTH
window: " during " (PART " " NUMBER " ")? (STAY_WHICH " " (NTH " ")?)? STAY
    | " in " dates | (" since " | " before ") (dates | around) | (" at " | " after ") around
dates: quoted (" to " quoted)?
around: "(" selection ")" (" within " (NTH " " UNIT | "same " (STAY | UNIT)))?
quoted: "\\"" SPAN "\\""
NTH: /[1-9][0-9]{{0,3}}/
NUMBER: /-?[0-9]{{1,6}}(\\.[0-9]{{1,4}})?/
PART: "hour" | "day" | "start" | "end"
FIELD: {_options(_FIELD_NAMES)}
FUNCTION: {_options(tuple(words.FUNCTIONS))}
COMPARISON: {_options(tuple(words.COMPARISONS))}
UNIT: {_options(tuple(words.UNITS))}
WHICH: {_options(tuple(words.WHICH))}
STAY_WHICH: {_options(tuple(words.STAY_WHICH))}
STAY: {_options(tuple(words.STAYS))}
EXTREMUM: {_options(tuple(words.EXTREMA))}
KIND: {_options(tuple(words.KINDS))}
INTERPRETATION: {_options(words.INTERPRETATIONS)}
SIGN: {_options(tuple(words.FILTER_SIGNS))}
REASON: {_options(tuple(words.REASONS))}
"""


def spans_of(question: str, conversation: Sequence[Turn] = ()) -> list[str]:
    """The pieces that quoted spans are made of: the question's, then those of the earlier turns, newest first.

    A number or a date is one piece, so that no half of it is quoted; a mark is one, so that the "aspirin" of "aspirin?"
    is a span and so is the "anemia, unspecified" of "Any anemia, unspecified?".
    """
    turns = [question, *(text for turn in reversed(conversation) for text in (turn.question, turn.answer))]
    return pieces_of(" ".join(turns))


def pieces_of(text: str) -> list[str]:
    """Of the text without its quotation marks and with single blanks."""
    return _PIECE.findall(re.sub(r'["\s]+', " ", text).strip())


def plan_grammar(question: str, conversation: Sequence[Turn] = ()) -> str:
    """Lark grammar in llguidance's dialect. `conversation` is oldest first."""
    spans = json.dumps({"substring_chunks": spans_of(question, conversation)})
    return f"{_RULES}SPAN: %regex {spans}\n"
