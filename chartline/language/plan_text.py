"""Plan text: the short line the model writes, read into a QueryPlan and written from one.

    get value of last lab "creatinine" since "03/2100"
    difference (get value of last vital "weight" during first icu) (get value of last 2 vital "weight" during first icu)
    hours from (last diagnosis "sepsis" during current hospital) to now
    count prescription "heparin" during start 48 hospital
    get name of prescription after (procedure "appendectomy") within same hospital
    get name of procedure since "2099" repeated 2
    refuse other_patients

Quoted concepts and dates are spans of the conversation; `plan_grammar` gives the same language as a Lark grammar and
`tests/language` holds both to each other. Errors are PlanTextError.
"""

from __future__ import annotations

import re

from chartline.language import plan_words as words
from chartline.language.time_phrases import TimePhraseError, parse_window
from chartline.record.event import Quantity
from chartline.record.plan import (
    Aggregate,
    Comparator,
    Compare,
    EventWindow,
    Exists,
    Extremum,
    Field,
    Filter,
    Function,
    Interval,
    Lookup,
    Operand,
    OutOfScope,
    QueryPlan,
    Relation,
    Retrieve,
    Selection,
    StayWindow,
    Which,
    Window,
)


class PlanTextError(ValueError):
    """The text is no plan; the message says where it stops being one."""


_TOKEN = re.compile(
    r'\s*(?:"(?P<quoted>[^"]*)"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[a-z_]+)|(?P<sign>[()]|<=|>=|[<>=]))'
)


def load_plan(text: str) -> QueryPlan:
    """Raises PlanTextError."""
    reader = _Reader(text)
    try:
        plan = reader.plan()
    except TimePhraseError as error:
        raise PlanTextError(str(error)) from error
    if reader.kind != "end":
        raise PlanTextError(f"unexpected {reader.value!r}")
    return plan


class _Reader:
    """Recursive descent over one line; each method reads what its name says."""

    def __init__(self, text: str) -> None:
        self._tokens = self._scan(text)
        self._at = 0

    @staticmethod
    def _scan(text: str) -> list[tuple[str, str]]:
        tokens, position = [], 0
        text = text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise PlanTextError(f"no plan word at {text[position : position + 20]!r}")
            tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        return [*tokens, ("end", "")]

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def value(self) -> str:
        return self._tokens[self._at][1]

    def take(self, kind: str = "") -> str:
        if kind and self.kind != kind:
            raise PlanTextError(f"{kind} expected, not {self.value!r}")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def whole(self) -> int:
        if not self.value.isdecimal():
            raise PlanTextError(f"a whole number expected, not {self.value!r}")
        return int(self.take("number"))

    def accept(self, *options: str) -> str:
        """The word or sign if it is one of these, else an empty string."""
        return self.take() if self.kind in ("word", "sign") and self.value in options else ""

    def expect(self, *options: str) -> str:
        if word := self.accept(*options):
            return word
        raise PlanTextError(f"{' or '.join(options)} expected, not {self.value!r}")

    def plan(self) -> QueryPlan:
        word = self.value if self.kind == "word" else ""
        if word == "get" or word in words.FUNCTIONS:
            return self.reading()
        if self.accept("exists"):
            return Exists(self.selection())
        if self.accept("read"):
            return Retrieve(self.take("quoted"), self.windows())
        if self.accept("refuse"):
            return OutOfScope(words.REASONS[self.expect(*words.REASONS)])
        if word in words.COMPARISONS:
            return Compare(comparator=words.COMPARISONS[self.take()], left=self.operand(), right=self.operand())
        return self.interval()

    def reading(self) -> Lookup | Aggregate:
        if function := self.accept(*words.FUNCTIONS):
            return self.aggregate(words.FUNCTIONS[function])
        self.expect("get")
        field, attribute = self.field()
        self.expect("of")
        return Lookup(self.selection(), field, attribute)

    def aggregate(self, function: Function) -> Aggregate:
        field, attribute = Field.VALUE, ""
        if self._tokens[self._at + 1 : self._at + 2] == [("word", "of")]:
            field, attribute = self.field()
            self.expect("of")
        selection = self.selection()
        bucket = words.UNITS[self.expect(*words.UNITS)] if self.accept("by") else None
        return Aggregate(selection, function, field, attribute, bucket)

    def field(self) -> tuple[Field, str]:
        name = self.expect(*words.FIELDS, *words.ATTRIBUTE_NAMES)
        return (words.FIELDS[name], "") if name in words.FIELDS else (Field.ATTRIBUTE, name)

    def operand(self) -> Operand:
        if self.kind == "number":
            return Quantity(self.take())
        self.expect("(")
        reading = self.reading()
        self.expect(")")
        return reading

    def interval(self) -> Interval:
        unit = words.UNITS[self.expect(*(f"{unit}s" for unit in words.UNITS))[:-1]]
        self.expect("from")
        start = self.enclosed()
        self.expect("to")
        return Interval(start, None if self.accept("now") else self.enclosed(), unit)

    def enclosed(self) -> Selection:
        self.expect("(")
        selection = self.selection()
        self.expect(")")
        return selection

    def selection(self) -> Selection:
        extremum = words.EXTREMA[e] if (e := self.accept(*words.EXTREMA)) else Extremum.NONE
        which, nth = self.which(words.STAY_WHICH)
        kind = words.KINDS[self.expect(*words.KINDS)]
        concepts = (self.take(), *self.more_concepts()) if self.kind == "quoted" else ()
        filters, windows = self.filters(), self.windows()
        often = self.accept("repeated", "exactly")
        return Selection(
            *(kind, concepts, filters, windows, extremum, which, nth),
            min_occurrences=self.whole() if often else 0,
            absent_in=self.window() if self.accept("new") else None,
            exact_occurrences=often == "exactly",
        )

    def which(self, options: dict[str, Which]) -> tuple[Which, int]:
        if word := self.accept(*options):
            return options[word], self.whole() if self.kind == "number" else 1
        return Which.ALL, 1

    def more_concepts(self) -> list[str]:
        concepts = []
        while self.accept("or"):
            concepts.append(self.take("quoted"))
        return concepts

    def filters(self) -> tuple[Filter, ...]:
        filters = []
        while self.accept("with"):
            field, attribute = self.field()
            if field is Field.INTERPRETATION:
                filters.append(Filter(field, Comparator.EQUAL, self.expect(*words.INTERPRETATIONS)))
            elif self.accept("present"):
                filters.append(Filter(field, Comparator.PRESENT, "", attribute))
            else:
                sign = words.FILTER_SIGNS[self.expect(*words.FILTER_SIGNS)]
                value = self.take("number") if self.kind == "number" else self.take("quoted")
                filters.append(Filter(field, sign, value, attribute))
        return tuple(filters)

    def windows(self) -> tuple[Window, ...]:
        windows = []
        while self.kind == "word" and self.value in ("during", *words.CALENDAR_RELATIONS, *words.EVENT_RELATIONS):
            windows.append(self.window())
        return tuple(windows)

    def window(self) -> Window:
        if self.accept("during"):
            return self.stay()
        word = self.expect(*words.CALENDAR_RELATIONS, *words.EVENT_RELATIONS)
        if self.kind == "quoted" and (relation := words.CALENDAR_RELATIONS.get(word)):
            return parse_window(relation, self.take(), self.take("quoted") if self.accept("to") else None)
        if word not in words.EVENT_RELATIONS:
            raise PlanTextError(f"a date expected after {word!r}")
        return self.event_window(words.EVENT_RELATIONS[word])

    def stay(self) -> StayWindow:
        part = self.accept("hour", "day", "start", "end")
        amount = self.take("number") if part else ""
        which, nth = self.which(words.STAY_WHICH)
        stay = words.STAYS[self.expect(*words.STAYS)]
        return StayWindow(
            stay,
            which,
            nth,
            first_hours=float(amount) if part == "start" else None,
            last_hours=float(amount) if part == "end" else None,
            day=int(float(amount)) if part == "day" else None,
            at_hour=amount if part == "hour" else None,
        )

    def event_window(self, relation: Relation) -> EventWindow:
        anchor = self.enclosed()
        if not self.accept("within"):
            return EventWindow(relation, anchor)
        if self.kind == "number":
            amount, unit = self.whole(), self.expect(*words.UNITS)
            return EventWindow(relation, anchor, within_amount=amount, within_unit=words.UNITS[unit])
        self.expect("same")
        if stay := self.accept(*words.STAYS):
            return EventWindow(relation, anchor, within_stay=words.STAYS[stay])
        return EventWindow(relation, anchor, None, words.UNITS[self.expect(*words.UNITS)], same_calendar_unit=True)
