"""The grammar that plan text obeys, for one conversation: the model cannot write anything that is no plan.

Concepts and dates are spans of whole words of the conversation (llguidance's `substring_words`), so the model can
point at what was asked and cannot invent a name. Numbers are free; the planner checks that the question holds them.
The language is that of `plan_text`; a plan ends with a newline.
"""

import json
import re
from collections.abc import Iterator, Sequence

from chartline.language import plan_words as words
from chartline.language.turns import Turn


def _options(names: Sequence[str]) -> str:
    return " | ".join(json.dumps(name) for name in names)


#: Words before the last of the longest name that is quoted whole.
_LONGEST_NAME = 24
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


def spans_of(question: str, conversation: Sequence[Turn] = ()) -> str:
    """The text that quoted spans are taken from: the question, then the earlier turns, newest first.

    It stands there as written; with punctuation parted from words, so that the "aspirin" of "aspirin?" is a span of it;
    and up to each mark behind words that hold marks themselves: "anemia, unspecified" of "Any anemia, unspecified?".
    """
    turns = [question, *(text for turn in reversed(conversation) for text in (turn.question, turn.answer))]
    text = re.sub(r'["\s]+', " ", " ".join(turns)).strip()
    return " ".join([text, _parted(text), *_ends(text.split(" "))])


def _parted(text: str) -> str:
    return re.sub(r"([?!,;:.()]|'s)(?=\s|$)", r" \1", text)


def _ends(words: list[str]) -> Iterator[str]:
    """The words before each mark, as far back as a name may reach, where a mark stands among them, too."""
    for place, word in enumerate(words):
        last = _parted(word).split(" ")[0]
        before = " ".join(words[max(0, place - _LONGEST_NAME) : place])
        if last != word and _parted(before) != before:
            yield f"{before} {last}"


def plan_grammar(question: str, conversation: Sequence[Turn] = ()) -> str:
    """Lark grammar in llguidance's dialect. `conversation` is oldest first."""
    spans = json.dumps({"substring_words": spans_of(question, conversation)})
    return f"{_RULES}SPAN: %regex {spans}\n"
