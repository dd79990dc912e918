"""Reads when and which in the order of time: the windows of a question as plan text, the orders beside them.

What is taken is blanked, so that the "last" of "the last hospital visit" is not read again as an order of events.
"""

import re
from dataclasses import dataclass, field

from chartline.language.time_phrases import TimePhraseError, parse_window
from chartline.record.plan import Relation

_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    "twentieth",
)
_WHICH = {"first": "first", "last": "last", "final": "last", "current": "current", "this": "current"}
_STAY_WORD = r"(?P<stay>hospital|icu|intensive care(?: unit)?)"
_VISIT = r"(?:visit|encounter|stay|admission|hospitalization)"
_STAYS = (
    rf"(?P<which>first|last|final|current|this) {_STAY_WORD} {_VISIT}\b",
    rf"(?P<which>first|last|final|current|this) {_VISIT} (?:in|to|at) (?:the )?{_STAY_WORD}\b",
)
_HOURS = {"hour": 1, "day": 24}
_SPAN = r"(?:(?P<amount>\d+)[- ]?)?(?P<unit>hour|day)s?\b"
_PARTS = (
    (r"\bat (?:the |approximately )*(?P<hour>-?\d+(?:\.\d+)?)(?:st|nd|rd|th)?[- ]hours?\b", "hour {hour}"),
    (rf"\b(?:first|initial) {_SPAN}", "start {hours}"),
    (r"\bday (?P<day>\d+)", "day {day}"),
    (rf"\b(?P<ordinal>{'|'.join(_ORDINALS)}) day\b", "day {day}"),
)
_ORDERS = (
    (r"second[- ]to[- ]last|second last|next to last|penultimate", "last 2"),
    (r"most recent(?:ly)?|last(?:ly)?|latest|final", "last"),
    (r"first|initial(?:ly)?|earliest", "first"),
    (r"second", "first 2"),
    (r"third", "first 3"),
)
#: A phrase must hold one of these to be a time: "may" alone is no month.
_TIMELY = re.compile(r"\d|\b(?:today|yesterday|this|last|previous|past)\b", re.IGNORECASE)
_LONGEST_PHRASE = 5


class Words:
    """A question being read; `left` is what no slot has taken yet, at the same places."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.left = said

    def take(self, start: int, end: int) -> str:
        self.left = self.left[:start] + "_" * (end - start) + self.left[end:]
        return self.said[start:end]


@dataclass(frozen=True, slots=True)
class Clause:
    """What is said of one value: which in the order of time, and the windows it lies in; both as plan text."""

    order: str = ""
    when: str = ""


@dataclass(order=True, slots=True)
class _Mark:
    place: int
    text: str = field(compare=False)
    is_order: bool = field(default=False, compare=False)


def read_clauses(words: Words, *, parts: bool) -> list[Clause]:
    """In the order of the question; a clause without a window of its own has that of the next.

    `parts`: hours and days are those of the stay the question is about.
    """
    marks = _parts(words) if parts else []
    marks += _stays(words) + _dates(words)
    return _clauses(sorted(marks + _orders(words)))


def whole(clauses: list[Clause]) -> Clause:
    """All that is said of one value, whichever way around."""
    orders = [clause.order for clause in clauses if clause.order]
    return Clause(orders[0] if orders else "", " ".join(dict.fromkeys(c.when for c in clauses if c.when)))


def _clauses(marks: list[_Mark]) -> list[Clause]:
    clauses: list[Clause] = [Clause()]
    for mark in marks:
        last = clauses[-1]
        if last.order if mark.is_order else last.when:
            clauses.append(last := Clause())
        clauses[-1] = Clause(mark.text, last.when) if mark.is_order else Clause(last.order, mark.text)
    for place in range(len(clauses) - 1, 0, -1):
        if not clauses[place - 1].when:
            clauses[place - 1] = Clause(clauses[place - 1].order, clauses[place].when)
    return clauses


def _parts(words: Words) -> list[_Mark]:
    marks = []
    for pattern, part in _PARTS:
        for match in re.finditer(pattern, words.left, re.IGNORECASE):
            said = match.groupdict()
            hours = int(said.get("amount") or 1) * _HOURS.get((said.get("unit") or "").lower(), 1)
            ordinal = (said.get("ordinal") or "").lower()
            day = said.get("day") or (_ORDINALS.index(ordinal) + 1 if ordinal else "")
            marks.append(
                _Mark(match.start(), f"during {part.format(hours=hours, day=day, hour=said.get('hour'))} hospital")
            )
            words.take(*match.span())
    return marks


def _stays(words: Words) -> list[_Mark]:
    marks = []
    for pattern in _STAYS:
        for match in re.finditer(pattern, words.left, re.IGNORECASE):
            stay = "hospital" if match["stay"].lower() == "hospital" else "icu"
            marks.append(_Mark(match.start(), f"during {_WHICH[match['which'].lower()]} {stay}"))
            words.take(*match.span())
    return marks


def _orders(words: Words) -> list[_Mark]:
    marks = []
    for pattern, order in _ORDERS:
        for match in re.finditer(rf"\b(?:{pattern})\b", words.left, re.IGNORECASE):
            marks.append(_Mark(match.start(), order, is_order=True))
            words.take(*match.span())
    return marks


def _dates(words: Words) -> list[_Mark]:
    """The longest phrases that are times by the rules of `time_phrases`."""
    marks = []
    tokens = [match.span() for match in re.finditer(r"[^\s_]+", words.left)]
    place = 0
    while place < len(tokens):
        start = tokens[place][0]
        since = re.search(r"\bsince\s+(?:the\s+)?$", words.said[:start], re.IGNORECASE)
        relation = Relation.SINCE if since else Relation.IN
        for last in range(min(len(tokens), place + _LONGEST_PHRASE) - 1, place - 1, -1):
            phrase = words.left[start : tokens[last][1]].strip(",.?!;")
            if _is_time(relation, phrase):
                marks.append(_Mark(start, f'{relation.name.lower()} "{phrase}"'))
                words.take(start, start + len(phrase))
                place = last
                break
        place += 1
    return marks


def _is_time(relation: Relation, phrase: str) -> bool:
    try:
        parse_window(relation, phrase)
    except TimePhraseError:
        return False
    return _TIMELY.search(phrase) is not None
