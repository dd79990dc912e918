"""What a result supports: the values a sentence may say, the names and terms it may use, and what belongs together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chartline.language.claim_words import COMPARISONS
from chartline.language.claims import Number, fold
from chartline.language.moments import Moment, read_moment, read_year
from chartline.language.numbers import HOURS, duration_text, is_computed, number_text
from chartline.language.plan_parts import anchors, selections, windows
from chartline.language.selection_words import RELATIONS, SelectionWords, calendar_window, join, numeral, ordinal
from chartline.language.unit_words import unit_forms
from chartline.language.value_words import time_of
from chartline.record.event import Instant, Quantity
from chartline.record.plan import (
    Aggregate,
    CalendarWindow,
    Compare,
    EventWindow,
    Field,
    Function,
    Interval,
    Lookup,
    QueryPlan,
    Retrieve,
    Selection,
    StayWindow,
    TimeUnit,
    Window,
)
from chartline.record.result import Duration, PlanResult, Value

_SEX = {"m": "male", "f": "female"}
_RELATION = r"(?:since|in|on|at|during|within|before|after|following|from|between|until)"
_PERIOD = r"(?:(?:minute|hour|day|week|month|year)s?(?:'s?)?)"
_RELATIVE = rf"(?:this|last|past|previous|current|next)[ /]{_PERIOD}|today|yesterday|tomorrow|now"
#: A term of the question: from a relation to a number and the units behind it, or a period relative to now.
_QUESTION_TERMS = (
    re.compile(
        rf"\b{_RELATION}\s(?:[a-z]+\s){{0,3}}\d[\w./:-]*"
        rf"(?:[ -](?:{_PERIOD}|ago|mark|period|point|of|stay|to|\d[\d./:-]*)\b)*"
        r"(?:/(?:this|last|next) year)?",
    ),
    re.compile(rf"(?:\b{_RELATION}\s)?(?:\b\d[\d/]*/)?\b(?:{_RELATIVE})\b(?:/\d+)?"),
    re.compile(rf"\b{_RELATION}\s\S+\s{_PERIOD}\sago\b"),
)


@dataclass(frozen=True, slots=True)
class SupportedValue:
    """One value: the ways to write it and what it belongs to."""

    numbers: frozenset[tuple[str, str]]
    names: frozenset[str]
    moment: Moment | None
    labels: frozenset[str]
    times: tuple[Moment, ...]


class Support:
    """Built once an answer; `sides` are the selections left and right of a comparison or interval."""

    def __init__(self, plan: QueryPlan, result: PlanResult, question: str, identifiers: Iterable[str]) -> None:
        self.plan = plan
        self.result = result
        self.words = SelectionWords(plan, result)
        self.linked = {fold(c.concept): frozenset(map(fold, c.names)) for c in result.concepts}
        self.values = tuple(self._value(value) for value in result.values)
        self.sides = tuple(frozenset(self._names_of(s)) for s in selections(plan))
        # A short number could as well be a count.
        self.identifiers = frozenset(fold(i) for i in identifiers if not i.isdigit() or len(i) > 4)
        asked = fold(question).replace("?", " ")
        #: Terms that say a window, a filter or a bound, for each selection.
        self.side_terms = tuple(frozenset(map(fold, self._selection_terms(s, asked))) for s in selections(plan))
        self.scopes = frozenset().union(*self.side_terms, self._bounds(), self._echoes(asked))
        self.terms = self.scopes | frozenset(map(fold, self._subjects()))
        self.name_words = frozenset(
            w for n in (*self.names(), *self._anchor_names()) for w in re.findall(r"[^\W\d_]+", n)
        )
        alone = len(windows(plan)) == 1
        self.window = (_local(result.window_start), _local(result.window_end)) if alone else (None, None)

    # --- values -------------------------------------------------------------------------------------------------------

    def _value(self, value: Value) -> SupportedValue:
        behind = [e for e in self.result.events if e.event_key in value.event_keys]
        labels = {fold(value.label), *(fold(e.name) for e in behind)} - {""}
        told = (t for e in behind for t in (time_of(self.plan, e), e.end_time if self.reads_end else None))
        times = tuple(Moment.of(t) for t in told if t)
        bucket = _bucket(value.label) if isinstance(self.plan, Aggregate) and self.plan.bucket else None
        if bucket:
            labels, times = labels - {fold(value.label)}, (bucket,)
        elif isinstance(self.plan, Aggregate) and self.plan.function not in (Function.MINIMUM, Function.MAXIMUM):
            times = ()
        form = value.form
        timeless = isinstance(self.plan, Compare | Interval) or isinstance(form, Duration)
        return SupportedValue(
            numbers=frozenset(self._numbers(form)),
            names=frozenset(_names(form)) | frozenset(self._quotable(form)),
            moment=Moment.of(form) if isinstance(form, Instant) else None,
            labels=frozenset(labels),
            times=() if timeless else times,
        )

    def _quotable(self, form: object) -> Iterable[str]:
        """Whole sentences of a passage; a part of one could turn "denies chest pain" into its opposite."""
        if isinstance(self.plan, Retrieve) and isinstance(form, str):
            yield from (fold(s) for s in re.split(r"(?<=[.!?])\s+|\n+", form) if len(s.split()) > 2)

    @property
    def reads_end(self) -> bool:
        return isinstance(self.plan, Lookup) and self.plan.field in (Field.END_TIME, Field.DURATION)

    def _numbers(self, form: object) -> Iterable[tuple[str, str]]:
        if isinstance(form, Quantity):
            texts = {number_text(form, computed=is_computed(self.plan)), form.comparator + form.value}
            return [(text, unit) for text in texts for unit in unit_forms(form.unit)]
        if isinstance(form, Duration):
            return [(duration_text(form, unit), word) for unit in HOURS for word in _unit_words(unit)]
        return []

    def units(self) -> frozenset[str]:
        return frozenset(unit for value in self.values for _, unit in value.numbers)

    def says(self, number: Number) -> frozenset[int]:
        """The values that this number with its unit writes."""
        digits = {number.digits}
        computed = is_computed(self.plan) or isinstance(self.plan, Interval) or self.reads_end
        if computed and not re.match(r"-?0\d", number.digits):
            digits.add(_plain(number.digits))
        return self._where(lambda v: any((d, number.unit) in v.numbers for d in digits))

    def named(self, name: str) -> frozenset[int]:
        return self._where(lambda v: name in v.names)

    def exactly(self, moment: Moment) -> frozenset[int]:
        return self._where(lambda v: v.moment == moment)

    def at(self, moment: Moment) -> frozenset[int]:
        """The values whose events or selves lie within the time."""
        return self._where(lambda v: any(moment.covers(t) for t in (*v.times, *([v.moment] if v.moment else []))))

    def labelled(self, name: str) -> frozenset[int]:
        """The values that a name of the record or a concept of the plan belongs to."""
        names = self.linked.get(name, frozenset()) | {name}
        concepts = {fold(c) for s in selections(self.plan) for c in s.concepts}
        alone = len(concepts) == 1 and name in concepts
        return self._where(lambda v: alone or not v.labels.isdisjoint(names))

    def _where(self, holds: Callable[[SupportedValue], bool]) -> frozenset[int]:
        return frozenset(i for i, value in enumerate(self.values) if holds(value))

    # --- names and terms ----------------------------------------------------------------------------------------------

    def names(self) -> frozenset[str]:
        """Every name a sentence may hold, casefolded."""
        own = (name for value in self.values for name in (*value.names, *value.labels))
        return frozenset((*own, *(name for side in self.sides for name in side), *self.identifiers)) - {""}

    def _names_of(self, selection: Selection) -> list[str]:
        concepts = [fold(c) for c in selection.concepts]
        return [*concepts, *(name for c in concepts for name in self.linked.get(c, ()))]

    def _anchor_names(self) -> Iterable[str]:
        return (fold(concept) for anchor in anchors(self.plan) for concept in anchor.concepts)

    def _subjects(self) -> Iterable[str]:
        """Terms of what is asked, whatever the window."""
        yield from (join([self.words.concept(c) for c in s.concepts], "or") for s in selections(self.plan))
        yield from (join(list(s.concepts), "or") for s in selections(self.plan))
        if isinstance(self.plan, Interval) and self.plan.end is None:
            yield "now"
        if isinstance(self.plan, Lookup | Aggregate) and self.plan.attribute:
            yield self.plan.attribute.replace("_", " ")

    def _echoes(self, question: str) -> Iterable[str]:
        """Periods and times as the question has them; with two sides it is not sure to which one they belong."""
        if len(self.sides) < 2:
            for pattern in _QUESTION_TERMS:
                yield from (match[0].strip(" .,") for match in pattern.finditer(question) if match[0] != "now")

    def _bounds(self) -> Iterable[str]:
        """The number a value is compared with, behind its comparison."""
        if isinstance(self.plan, Compare) and isinstance(self.plan.right, Quantity):
            right = self.plan.right
            units = unit_forms(right.unit) if right.unit else ("",)
            words = COMPARISONS.get(self.plan.comparator, ())
            yield from (fold(f"{word} {right.value} {unit}") for word in words for unit in units)

    def _selection_terms(self, selection: Selection, question: str) -> Iterable[str]:
        if selection.min_occurrences:
            yield self.words.occurrences(selection)
        for condition in selection.filters:
            yield self.words.filter(condition)
            yield from (f"{word} {condition.value}" for word in COMPARISONS.get(condition.comparator, ()))
            if not re.search(r"\d", condition.value):
                yield condition.value
        if selection.nth > 3:
            yield f"{numeral(selection.nth)}{' to last' if 'last' in ordinal(selection.which, selection.nth) else ''}"
        for window in selection.windows:
            yield from self._window_terms(window, question)

    def _window_terms(self, window: Window, question: str) -> Iterable[str]:
        if isinstance(window, EventWindow):
            yield self.words.window(window)
            relation = RELATIONS[window.relation]
            yield from (f"{relation} the {concept}" for concept in window.anchor.concepts)
            yield f"{relation} {self.words.subject(window.anchor)}"
            for concept in window.anchor.concepts:
                pattern = (
                    rf"\b(?:since|before|after|following|as|with|within)\b[^.,;]{{0,60}}?{re.escape(fold(concept))}"
                )
                yield from (match[0] for match in re.finditer(pattern, question))
        elif isinstance(window, StayWindow):
            phrase = self.words.window(window)
            yield from (phrase, phrase.split(" of the ")[0])
        else:
            yield calendar_window(window) if isinstance(window, CalendarWindow) else self.words.window(window)


def _plain(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _unit_words(unit: TimeUnit) -> tuple[str, ...]:
    word = unit.name.lower()
    return (f"{word}s", word, word[0]) if unit in (TimeUnit.HOUR, TimeUnit.DAY) else (f"{word}s", word)


def _names(form: object) -> Iterable[str]:
    if isinstance(form, str):
        folded = fold(form)
        return [folded, *([_SEX[folded]] if folded in _SEX else [])]
    return []


def _bucket(label: str) -> Moment | None:
    found = read_moment(label, 0)
    return found[0] if found and found[1] == len(label) else read_year(label)


def _local(instant: Instant | None) -> int | None:
    return Moment.of(instant).start if instant else None
