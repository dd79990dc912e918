"""Answers that hold no value: nothing found, nothing linked, several readings, sources that disagree, no comparison."""

from dataclasses import replace

from chartline.language.kind_words import KIND_WORDS
from chartline.language.plan_parts import anchors, plan_concepts, selections
from chartline.language.reading_words import nothing_read
from chartline.language.selection_words import SelectionWords, field_words, join
from chartline.language.value_words import distinct, value_text
from chartline.record.kinds import GIVEN_KINDS, ORDERED_KINDS
from chartline.record.plan import (
    Compare,
    Extremum,
    Interval,
    Lookup,
    OutOfScope,
    QueryPlan,
    Retrieve,
    Selection,
    Which,
)
from chartline.record.result import PlanResult, Value


class OutcomeWords:
    """Says why one result of one plan is no answer; each method says one outcome."""

    def __init__(self, plan: QueryPlan, result: PlanResult) -> None:
        self.plan = plan
        self.result = result
        self.words = SelectionWords(plan, result)

    def unlinked(self) -> str:
        missing = unlinked_concepts(self.plan, self.result) or ["This"]
        verb = "does" if len(missing) == 1 else "do"
        return f"{join(missing)} {verb} not appear in this record."

    def ambiguous(self) -> str:
        readings = [
            f"{c.concept} may mean {join([f'{n} ({KIND_WORDS[c.kind].one})' for n in c.names], 'or')}"
            for c in self.result.concepts
            if len(c.names) > 1
        ]
        if readings:
            return f"In this record {join(readings)}; please say which."
        return self.only_ordered() or self.only_near() or "The question has several readings."

    def only_ordered(self) -> str:
        """Asked was what went into the patient, and there are orders."""
        linked = {c.concept: c for c in self.result.concepts if c.kind in ORDERED_KINDS}
        asked = [s for s in (*selections(self.plan), *anchors(self.plan)) if s.kind in GIVEN_KINDS]
        said = [
            f"{KIND_WORDS[linked[c].kind].many} of {c} and no {KIND_WORDS[s.kind].many}"
            for s in asked
            for c in s.concepts
            if c in linked
        ]
        return f"In this record there are {join(said)}; please ask for those if they are meant." if said else ""

    def only_near(self) -> str:
        """What is asked for is not there, and one thing is that it might be taken for."""
        near = [c for c in self.result.concepts if len(c.names) == 1 and c.names[0].casefold() != c.concept.casefold()]
        said = [f"{c.concept} could only mean {c.names[0]} ({KIND_WORDS[c.kind].one})" for c in near]
        return f"In this record {join(said)}; please ask for it by that name if it is meant." if said else ""

    def conflicting(self) -> str:
        said = [f"{value_text(self.plan, v)}{self.sources(v)}" for v in self.result.values]
        return f"The sources disagree on {self.topic()}: {join(distinct(said))}."

    def incomparable(self) -> str:
        said = [value_text(self.plan, v) for v in self.result.values]
        values = f": {join(distinct(said))}" if said else ", as units, flags or words leave it open"
        return f"There is no certain comparison of {self.topic()}{values}."

    def sources(self, value: Value) -> str:
        behind = [e for e in self.result.events if e.event_key in value.event_keys]
        names = distinct(f"{e.source.system} {e.source.record_id}".strip() for e in behind)
        return f" ({join(names)})" if names else ""

    def empty(self) -> str:
        if isinstance(self.plan, Retrieve):
            return nothing_read(self.plan, self.result)
        return f"There is no record of {self.topic(noun=True)}."

    def topic(self, *, noun: bool = False) -> str:
        plan = self.plan
        if isinstance(plan, Compare):
            sides = f"{self.words.operand(plan.left)} and {self.words.operand(plan.right)}"
            return f"{sides} to compare" if noun else sides
        if isinstance(plan, Interval):
            end = f" and {self.words.subject(plan.end)}" if plan.end else ""
            return self.words.subject(plan.start) + end
        if isinstance(plan, Retrieve | OutOfScope):
            return "this"
        subject = self.words.subject(plan.selection, noun=noun)
        if isinstance(plan, Lookup) and plan.attribute:
            return f"the {field_words(plan.field, plan.attribute)} of {subject}"
        return subject if not noun else self.words.subject(unordered(plan.selection), article="", many=True)


def unordered(selection: Selection) -> Selection:
    """Where there is none there is no first and no last; a second may be missing where there is a first.

    A current one may be missing where there are others.
    """
    if selection.nth > 1:
        return selection
    which = Which.CURRENT if selection.which is Which.CURRENT else Which.ALL
    return replace(selection, which=which, extremum=Extremum.NONE)


def unlinked_concepts(plan: QueryPlan, result: PlanResult) -> list[str]:
    linked = {c.concept for c in result.concepts if c.names}
    return [c for c in plan_concepts(plan) if c not in linked]
