"""The grammar that plan text obeys, for one conversation: the model cannot write anything that is no plan.

Concepts and dates are spans of whole words of the conversation (llguidance's `substring_chunks`), so the model can
point at what was asked and cannot invent a name; a name of the record that stands there is one word. Numbers and
ordinals are those with a ground in it, and a clause that the rules refuse unless it was spoken of (`by day`, `organism
present`) is not there otherwise: what is known to be wrong before the model writes need not be written again. A
selection has three windows at most, and what one of them is around has none around another: no question asks more, and
a model that loses its way comes to an end. The language is `plan_text`'s; a plan ends with a newline.
"""

import json
import re
from collections.abc import Iterator, Sequence

from chartline.language import plan_words as words
from chartline.language.plan_asked import is_choice
from chartline.language.plan_numbers import numbers_written
from chartline.language.plan_ordinals import ordinals_written
from chartline.language.plan_wording import asks_when_extreme, clauses_unsaid
from chartline.language.prompt import shown_turns
from chartline.language.turns import Turn


def _options(names: Sequence[str]) -> str:
    return " | ".join(json.dumps(name) for name in names)


_PIECE = re.compile(r"\d+(?:[-/.:]\d+)+(?!\w)|\w+|\W")
_NTH = re.compile("[1-9][0-9]{0,3}")
_PARTS = ("hour", "day", "start", "end")
_FIELD_NAMES = tuple(sorted({*words.FIELDS, *words.ATTRIBUTE_NAMES}))
_RULES = f"""
start: plan "\\n"
plan: reading | whether | "read " quoted (stretch | around){{0,3}} | "refuse " REASON
    | COMPARISON " " operand " " operand
    | UNIT "s from (" selection ") to " ("now" | "(" selection ")")
reading: "get " FIELD " of " selection | FUNCTION " " (FIELD " of ")? selection grouped
operand: "(" reading ")" | NUMBER
selection: ordered KIND concepts? filters (stretch | around){{0,3}} often new
anchor: ordered KIND concepts? filters stretch{{0,3}} often
concepts: " " quoted (" or " quoted)*
filter: " with " ("interpretation" " " INTERPRETATION | PRESENT " present" | FIELD " " SIGN " " (NUMBER | quoted))
stretch: " during " part (STAY_WHICH " " nth)? STAY | (" in " | " since " | " before ") quoted (" to " quoted)?
around: (" since " | " before " | " at " | " after ") "(" anchor ")" reach?
reach: " within " (NTH " " UNIT | "same " (STAY | UNIT))
quoted: "\\"" SPAN "\\""
FIELD: {_options(_FIELD_NAMES)}
FUNCTION: {_options(tuple(words.FUNCTIONS))}
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


def spans_of(question: str, conversation: Sequence[Turn] = (), names: Sequence[str] = ()) -> list[str]:
    """The pieces that quoted spans are made of: the question's, then those of the earlier turns, newest first.

    `names` are names of the record that stand in one of them: each is one piece, so that none is quoted by half.

    A number or a date is one piece, so that no half of it is quoted; a mark is one, so that the "aspirin" of "aspirin?"
    is a span and so is the "anemia, unspecified" of "Any anemia, unspecified?".
    """
    turns = [question, *(text for turn in reversed(conversation) for text in (turn.question, turn.answer))]
    return pieces_of(" ".join(turns), names)


def pieces_of(text: str, names: Sequence[str] = ()) -> list[str]:
    """Of the text without its quotation marks and with single blanks."""
    whole = sorted({re.escape(_plain(name)) for name in names}, key=len, reverse=True)
    piece = re.compile("|".join([*(rf"(?<!\w){name}(?!\w)" for name in whole), _PIECE.pattern]))
    return piece.findall(_plain(text))


def _plain(text: str) -> str:
    return re.sub(r'["\s]+', " ", text).strip()


def plan_grammar(
    question: str, conversation: Sequence[Turn] = (), hints: Sequence[str] = (), names: Sequence[str] = ()
) -> str:
    """Lark grammar in llguidance's dialect. `conversation` is oldest first, `hints` what else was said.

    `names` are names of the record in question and conversation, as they stand there (`chartline.record.mentioned`).
    Of what the prompt shows alone: however long a conversation is, the grammar stays within llguidance's limits.
    """
    shown = shown_turns(conversation)
    spans = json.dumps({"substring_chunks": spans_of(question, shown, names)})
    return "\n".join([_RULES, *_said(question, shown, hints), f"SPAN: %regex {spans}\n"])


def _said(question: str, conversation: Sequence[Turn], hints: Sequence[str]) -> Iterator[str]:
    """Terminals that hold no more than what was said."""
    asked = [*hints, *(turn.question for turn in conversation)]
    unsaid = clauses_unsaid(question, asked)
    extreme = 'EXTREMUM " " WHICH " " |' if asks_when_extreme(question) else '(EXTREMUM " ")?'
    yield f'ordered: {extreme} (WHICH " " nth)?'
    yield "whether: reading" if is_choice(question) else 'whether: "exists " selection'
    numbers = numbers_written(question, [*asked, *(turn.answer for turn in conversation)])
    yield f"NUMBER: {_options(numbers)}"
    yield f"NTH: {_options(list(filter(_NTH.fullmatch, numbers)))}"
    yield " | ".join(['nth: ""', *(f'"{ordinal} "' for ordinal in ordinals_written(question, conversation, hints))])
    grouped = [json.dumps(f" by {unit}") for unit in words.UNITS if f"by {unit}" not in unsaid]
    yield " | ".join(['grouped: ""', *grouped])
    parts = [f'"{part} " NUMBER " "' for part in _PARTS if f"during {part}" not in unsaid]
    yield " | ".join(['part: ""', *parts])
    yield f"COMPARISON: {_options([name for name in words.COMPARISONS if name not in unsaid])}"
    yield 'often: ""' if "repeated" in unsaid else 'often: ((" repeated " | " exactly ") NTH)?'
    yield 'new: ""' if "new" in unsaid else 'new: (" new" (stretch | around))?'
    yield 'filters: ""' if "with" in unsaid else "filters: filter*"
    yield f"PRESENT: {_options([name for name in _FIELD_NAMES if f'{name} present' not in unsaid])}"
