"""The plain answer: what a plan's result says, in words by rule; the answer of last resort and the model's example.

Every value stands in the text as the record writes it (`numbers` has the rounding rule for computed ones), with its
unit and, where one event is behind it, its time. No other number carries a unit.
"""

from dataclasses import replace

from chartline.language.dates import show_window
from chartline.language.outcome_words import OutcomeWords, unlinked_concepts, unordered
from chartline.language.reading_words import document_words, quotes_documents, reading_words
from chartline.language.selection_words import COMPARATORS, TIME_COMPARATORS, SelectionWords, field_words, join
from chartline.language.value_words import distinct, event_times, is_preliminary, value_text
from chartline.record.event import Instant
from chartline.record.plan import (
    Aggregate,
    Comparator,
    Compare,
    Exists,
    Field,
    Function,
    Interval,
    Lookup,
    OutOfScope,
    OutOfScopeReason,
    PlanOutcome,
    QueryPlan,
    Selection,
    Which,
)
from chartline.record.result import PlanResult, Value

#: A list says at most so many values and then how many more there are.
LONGEST_LIST = 200
#: Characters of a result line, about 120 tokens.
LONGEST_RESULT = 400
_REFUSALS = {
    OutOfScopeReason.NOT_RECORDED: "The record does not hold this kind of information.",
    OutOfScopeReason.OTHER_PATIENTS: "This cannot be answered: it is not about this patient alone.",
    OutOfScopeReason.KNOWLEDGE: "This cannot be answered from a record: it asks for medical knowledge or advice.",
    OutOfScopeReason.OFF_TOPIC: "This is not a question about the patient's record.",
}

_TIMELESS = (Field.TIME, Field.END_TIME, Field.AGE, Field.DURATION)


def render(plan: QueryPlan, result: PlanResult) -> str:
    """The whole answer: one or two sentences."""
    if isinstance(plan, OutOfScope):
        return _REFUSALS[plan.reason]
    return _Rendering(plan, result).text()


def result_text(plan: QueryPlan, result: PlanResult) -> str:
    """The result on one line of at most `LONGEST_RESULT` characters, which the model reads before it phrases."""
    head = [result.outcome.name.lower()]
    if window := show_window(result.window_start, result.window_end):
        head.append(window)
    if result.outcome is PlanOutcome.UNLINKED:
        head += unlinked_concepts(plan, result)
    if result.outcome is PlanOutcome.AMBIGUOUS:
        head += [name for concept in result.concepts for name in concept.names]
    items = distinct(_line_item(plan, result, value) for value in result.values)
    return _cut(", ".join(head), items, result.truncated)


def _line_item(plan: QueryPlan, result: PlanResult, value: Value) -> str:
    times = [] if isinstance(value.form, Instant) else event_times(plan, result, value)
    label = value.label if value.label != value.form else ""
    return ", ".join(part for part in (value_text(plan, value), label, *times[:1]) if part)


def _cut(head: str, items: list[str], truncated: bool) -> str:
    text = head
    for said, item in enumerate(items):
        more = f" | {item}" if said else f": {item}"
        if len(text) + len(more) > LONGEST_RESULT:
            return f"{text[:LONGEST_RESULT]} | +{len(items) - said} more"
        text += more
    return f"{text} | + more" if truncated else text


class _Rendering:
    """One answer; each method says one operation or outcome."""

    def __init__(self, plan: QueryPlan, result: PlanResult) -> None:
        self.plan = plan
        self.result = result
        self.words = SelectionWords(plan, result)
        self.outcomes = OutcomeWords(plan, result)

    def text(self) -> str:
        outcome = self.result.outcome
        if outcome is PlanOutcome.AMBIGUOUS:
            return self.outcomes.ambiguous()
        if outcome is PlanOutcome.CONFLICTING:
            return self.outcomes.conflicting()
        if outcome is PlanOutcome.INCOMPARABLE:
            return self.outcomes.incomparable()
        if outcome is PlanOutcome.UNLINKED:
            return self.outcomes.unlinked()
        if isinstance(self.plan, Exists):
            return self.exists(self.plan)
        return self.found() if self.result.values else self.outcomes.empty()

    def found(self) -> str:
        plan = self.plan
        if isinstance(plan, Lookup):
            return self.lookup(plan)
        if isinstance(plan, Aggregate):
            return self.aggregate(plan)
        if isinstance(plan, Compare):
            return self.compare(plan)
        return self.interval(plan) if isinstance(plan, Interval) else reading_words(self.result)

    # --- operations ---------------------------------------------------------------------------------------------------

    def values(self) -> str:
        """All values, each with its time where that helps and is not said for all."""
        shared = self.shared_time()
        items = distinct(self.item(v, timed=not shared) for v in self.result.values)
        more = len(items) - LONGEST_LIST
        text = f"{join(items[:LONGEST_LIST])} … and {more} more" if more > 0 else join(items)
        text += " … and more" if self.result.truncated else ""
        comma = "," if len(items) > 1 else ""
        return f"{text}{comma} on {shared}" if shared else text

    def item(self, value: Value, *, timed: bool) -> str:
        text = self.value(value)
        times = event_times(self.plan, self.result, value)
        notes = times if timed and len(times) == 1 and self.shows_times() else []
        notes = [*notes, "preliminary"] if is_preliminary(self.result, value) else notes
        bucket = isinstance(self.plan, Aggregate) and self.plan.bucket
        label = value.label if bucket or self.names_things() else ""
        if label and label != text:
            text = f"{label}: {text}"
        return f"{text} ({', '.join(notes)})" if notes else text

    def value(self, value: Value) -> str:
        if isinstance(value.form, str) and quotes_documents(self.plan, self.result):
            return document_words(value.form)
        return value_text(self.plan, value)

    def names_things(self) -> bool:
        """Where there are several, or where nothing was asked for by name: "60 ml" of what?"""
        unnamed = isinstance(self.plan, Lookup) and self.plan.field is Field.VALUE and not self.plan.selection.concepts
        return unnamed or len({value.label.casefold() for value in self.result.values}) > 1

    def shows_times(self) -> bool:
        plan = self.plan
        if not isinstance(plan, Lookup) or (plan.field is Field.DURATION and len(self.result.values) == 1):
            return False
        return plan.field not in (Field.NAME, Field.TIME, Field.END_TIME, Field.AGE)

    def shared_time(self) -> str:
        """The one time that all values have; none for answers that are times, ages or durations themselves."""
        plan = self.plan
        timeless = isinstance(plan, Lookup) and plan.field in _TIMELESS
        if timeless or not (isinstance(plan, Lookup) or _is_extreme(plan)):
            return ""
        times = [event_times(self.plan, self.result, value) for value in self.result.values]
        return times[0][0] if all(len(t) == 1 and t == times[0] for t in times) else ""

    def lookup(self, plan: Lookup) -> str:
        many = len({value_text(plan, v) for v in self.result.values}) > 1
        subject = self.words.subject(plan.selection, noun=plan.field is not Field.VALUE)
        if plan.field is Field.VALUE and many:
            subject = self.words.subject(plan.selection, after_name="values")
        if plan.field in (Field.NAME, Field.INTERPRETATION):
            subject = self.words.subject(plan.selection, many=many)
        if plan.field is Field.AGE:
            return f"The patient was {self.values()} old{self.age_moment(plan.selection)}."
        if plan.field is Field.DURATION and not many:
            return _sentence(f"{subject} lasted {self.values()}")
        if plan.field in (Field.TIME, Field.END_TIME) and not many:
            verb = "ended on" if plan.field is Field.END_TIME else "was on"
            return _sentence(f"{subject} {verb} {self.values()}")
        if plan.field in (Field.NAME, Field.VALUE, Field.INTERPRETATION):
            return _sentence(f"{subject} {'were' if many else 'was'} {self.values()}")
        field = field_words(plan.field, plan.attribute)
        if many:
            things = self.words.subject(plan.selection, many=True)
            return _sentence(f"the {field} of {things}: {self.values()}")
        return _sentence(f"the {field} of {subject} was {self.values()}")

    def age_moment(self, selection: Selection) -> str:
        told = selection.which or selection.windows or selection.concepts
        return f" at {self.words.subject(selection)}" if told else ""

    def aggregate(self, plan: Aggregate) -> str:
        counted = plan.function in (Function.COUNT, Function.COUNT_DISTINCT)
        subject = self.words.aggregate(plan)
        if plan.bucket:
            return _sentence(f"{subject} by {plan.bucket.name.lower()}: {self.values()}")
        if not counted:
            return _sentence(f"{subject} was {self.values()}")
        number = self.value(self.result.values[0])
        kind = "distinct " if plan.function is Function.COUNT_DISTINCT else ""
        things = self.words.subject(plan.selection, many=number != "1", article="")
        return f"There {'was' if number == '1' else 'were'} {number} {kind}{things}{self.standing()}."

    def exists(self, plan: Exists) -> str:
        found = any(value.form is True for value in self.result.values)
        if not found:
            return f"No, there is no record of {self.words.subject(unordered(plan.selection), article='', many=True)}."
        selection = replace(plan.selection, concepts=self.found_concepts(plan.selection))
        subject = self.words.subject(selection, article="", many=selection.which in (Which.ALL, Which.CURRENT))
        return f"Yes, there is a record of {subject}{self.exists_time()}{self.standing()}."

    def standing(self) -> str:
        return " (preliminary)" if all(is_preliminary(self.result, value) for value in self.result.values) else ""

    def found_concepts(self, selection: Selection) -> tuple[str, ...]:
        """Of several concepts, those that the supporting events carry."""
        names = {event.name.casefold() for event in self.result.events}
        linked = {c.concept: {n.casefold() for n in c.names} for c in self.result.concepts}
        found = tuple(c for c in selection.concepts if names & linked.get(c, {c.casefold()}))
        return found or selection.concepts

    def exists_time(self) -> str:
        times = {t for value in self.result.values for t in event_times(self.plan, self.result, value)}
        return f", on {times.pop()}" if len(times) == 1 else ""

    def compare(self, plan: Compare) -> str:
        left, right = self.words.operand(plan.left), self.words.operand(plan.right)
        if plan.comparator is Comparator.DIFFERENCE:
            return _sentence(f"the difference of {left} minus {right} was {self.values()}")
        true = any(value.form is True for value in self.result.values)
        verb = "was" if true else "was not"
        words = COMPARATORS | TIME_COMPARATORS if _is_of_times(plan) else COMPARATORS
        return f"{'Yes' if true else 'No'}, {left} {verb} {words[plan.comparator]} {right}{self.standing()}."

    def interval(self, plan: Interval) -> str:
        start = self.words.subject(plan.start)
        end = self.words.subject(plan.end) if plan.end else "now"
        return _sentence(f"the time from {start} to {end} was {self.values()}")


def _is_extreme(plan: QueryPlan) -> bool:
    return isinstance(plan, Aggregate) and plan.function in (Function.MINIMUM, Function.MAXIMUM) and not plan.bucket


def _is_of_times(plan: Compare) -> bool:
    sides = (plan.left, plan.right)
    return all(isinstance(side, Lookup) and side.field in (Field.TIME, Field.END_TIME) for side in sides)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
