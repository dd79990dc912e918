"""Finds the events that a selection means: link, filter, window, occurrences, extremum, place in the order of time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chartline.record.chart import STAY_KINDS, Chart, Indices
from chartline.record.event import EventStatus, Instant
from chartline.record.fields import holds_number, read
from chartline.record.filters import verdicts
from chartline.record.forms import with_forms
from chartline.record.kinds import GIVEN_KINDS, ORDERED_KINDS, EventKind
from chartline.record.linking import Linker, Linking
from chartline.record.names import NAMING_ATTRIBUTES, normalise
from chartline.record.ordering import extreme, frequent, placed, terms_of
from chartline.record.plan import Comparator, Extremum, Field, Filter, PlanOutcome, Selection, Which, Window
from chartline.record.result import LinkedConcept
from chartline.record.windows import Frame, Mask, inside, make_frame

#: Which of the selected events have what the operation reads: "the last value" is the last that has one.
Having = Callable[[Indices], Mask]

_MOST_NAMES = 64


class Unresolved(Exception):
    """A concept that means nothing, or too much, in this record; `outcome` says which."""

    def __init__(self, outcome: PlanOutcome) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome


@dataclass(slots=True)
class Selecting:
    """One execution's way to select; it remembers what was linked and how much was looked at.

    `tolerant`: a concept that is not in the record selects nothing instead of raising Unresolved, as counting and
    asking whether want it, unless nobody knows the word; `wide`: an ambiguous one selects all it may mean; `lists`:
    all of something is asked for, so that a panel is all its series; `lasting`: what lasts counts for all its time.
    """

    chart: Chart
    now: Instant
    encounter: str
    linker: Linker
    tolerant: bool = False
    wide: bool = False
    lists: bool = False
    lasting: bool = False
    concepts: list[LinkedConcept] = field(default_factory=list)
    searched: int = 0

    def select(self, selection: Selection, having: Having | None = None) -> Indices:
        """Places in the chart, ascending. Raises Unresolved and InvalidRequest."""
        linkings = self._link(selection)
        named = self._named(selection, linkings)
        self.searched += len(named)
        found = self._inside(named, selection.windows)
        found = self._filtered(found, selection)
        if having is not None:
            found = found[having(found)]
        if selection.min_occurrences:
            found = frequent(self.chart, found, selection.min_occurrences, exactly=selection.exact_occurrences)
        if selection.absent_in is not None:
            found = self._absent(found, named, selection.absent_in)
        if selection.extremum is not Extremum.NONE:
            found = self._extreme(found, selection.extremum)
        return self._placed(found, selection, panel=any(linking.panel for linking in linkings))

    def _extreme(self, found: Indices, extremum: Extremum) -> Indices:
        """Raises Unresolved where a number that only a text tells may lie beyond them."""
        values = (read(self.chart, index, Field.VALUE, "", self.now) for index in found.tolist())
        if any(map(holds_number, values)):
            raise Unresolved(PlanOutcome.INCOMPARABLE)
        return extreme(self.chart, found, extremum)

    def _placed(self, found: Indices, selection: Selection, *, panel: bool) -> Indices:
        """Of a panel the nth of each of its series: the last blood pressure is two numbers."""
        moment, terms = self.frame().moment, np.zeros(len(found), dtype=np.int64)
        if panel and self.lists and selection.which is not Which.ALL:
            terms = np.unique(terms_of(self.chart, found), return_inverse=True)[1]
        series = [found[terms == term] for term in np.unique(terms)] or [found]
        return np.sort(
            np.concatenate([placed(self.chart, each, selection.which, selection.nth, moment) for each in series])
        )

    def frame(self) -> Frame:
        return make_frame(self.chart, self.now, self.encounter, self._anchors, lasting=self.lasting)

    def _anchors(self, selection: Selection) -> Indices:
        """What a window is drawn around must be known here: "no fever after the surgery" says that there was one."""
        anchoring = replace(self, tolerant=False, lasting=False)
        found = anchoring.select(selection)
        self.searched = anchoring.searched
        return found

    # --- names -------------------------------------------------------------------------------------------------------

    def _named(self, selection: Selection, linkings: Sequence[Linking]) -> Indices:
        """The events of the kind and concepts, without what was cancelled before it happened and stays to come."""
        if selection.concepts:
            parts = [events for linking in linkings for events in self._events_of(linking)]
        else:
            parts = [self._of_kind(selection.kind)]
        found = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
        happened: Indices = np.setdiff1d(found[self.chart.happened[found]], self._planned(), assume_unique=True)
        return happened

    def _planned(self) -> Indices:
        """Stays where nobody has been yet."""
        stays, moment = np.concatenate([self.chart.of_kind(kind) for kind in STAY_KINDS]), self.frame().moment
        planned: Indices = stays[np.array([self._is_planned(i, moment) for i in stays.tolist()], dtype=np.bool_)]
        return planned

    def _is_planned(self, index: int, moment: int) -> bool:
        """What is known since it began is no plan, also where now is the end of an earlier visit."""
        event, start = self.chart.events[index], int(self.chart.starts[index])
        known = event.available_time
        ahead = start > moment and known is not None and self.chart.clock(known) < start
        return ahead or event.status is EventStatus.PRELIMINARY

    def _of_kind(self, kind: EventKind | None) -> Indices:
        return np.arange(len(self.chart.events)) if kind is None else self.chart.of_kind(kind)

    def _link(self, selection: Selection) -> list[Linking]:
        """One for each concept; only when the record has none of them, nothing was asked about it."""
        linkings = [self._meant(concept, selection) for concept in selection.concepts]
        for concept, linking in zip(selection.concepts, linkings, strict=True):
            self._remember(concept, linking, selection.kind)
        if any(self._asks_back(linking, selection) for linking in linkings):
            raise Unresolved(PlanOutcome.AMBIGUOUS)
        absent = self.tolerant and all(linking.known for linking in linkings)
        if linkings and not any(linking.names for linking in linkings) and not absent:
            raise Unresolved(PlanOutcome.UNLINKED)
        return linkings

    def _meant(self, concept: str, selection: Selection) -> Linking:
        """A condition on the sample is part of a test's name: glucose of urine is the urine's, if the record has it."""
        for condition in selection.filters if selection.kind is EventKind.LABORATORY else ():
            if condition.attribute == "specimen" and condition.comparator is Comparator.EQUAL:
                linking = self.linker.link(f"{concept} {condition.value}", selection.kind, self.chart)
                if linking.names and not linking.ambiguous:
                    return linking
        linking = self.linker.link(concept, selection.kind, self.chart)
        return with_forms(linking, concept, self.chart, drugs=self.wide or selection.which is Which.CURRENT)

    def _asks_back(self, linking: Linking, selection: Selection) -> bool:
        """An order says of no dose that it was given; an allergy's sister is another; a limit is for one of a panel."""
        if selection.kind in GIVEN_KINDS and linking.kind in ORDERED_KINDS:
            return True
        limited = any(f.field is Field.VALUE and f.comparator is not Comparator.PRESENT for f in selection.filters)
        if linking.panel and limited:
            return linking.ambiguous
        every = self.lists and selection.extremum is Extremum.NONE
        wide = self.wide and linking.kind is not EventKind.ALLERGY
        return linking.ambiguous and not wide and not (linking.panel and every)

    def _events_of(self, linking: Linking) -> list[Indices]:
        kinds = [linking.kind] if linking.kind is not None and not linking.ambiguous else list(self.chart.by_kind)
        terms = [normalise(name) for name in linking.names]
        return [self.chart.terms(kind)[t] for kind in kinds for t in terms if t in self.chart.terms(kind)]

    def _remember(self, concept: str, linking: Linking, asked: EventKind | None) -> None:
        kind = linking.kind or asked
        if kind is None:
            return
        linked = LinkedConcept(concept, linking.names[:_MOST_NAMES], kind)
        if linked not in self.concepts:
            self.concepts.append(linked)

    # --- conditions --------------------------------------------------------------------------------------------------

    def _filtered(self, indices: Indices, selection: Selection) -> Indices:
        """Raises Unresolved where units leave open which ones pass: one that passes for sure is enough to be there."""
        if not selection.filters:
            return indices
        unsure: Indices = indices[:0]
        for condition in selection.filters:
            held = verdicts(condition, indices, self.chart, self.now)
            kept: Indices = indices[np.array([verdict is not False for verdict in held], dtype=np.bool_)]
            unsure = np.union1d(unsure, indices[np.array([verdict is None for verdict in held], dtype=np.bool_)])
            if selection.kind in NAMING_ATTRIBUTES and condition.attribute in NAMING_ATTRIBUTES[selection.kind]:
                linking = self._name(condition.value, selection.kind)
                kept = kept if len(kept) else self._called(condition, selection.kind, linking, indices)
            indices = kept
        sure: Indices = np.setdiff1d(indices, unsure)
        one_is_enough = self.wide and len(sure) and not selection.min_occurrences
        if len(sure) < len(indices) and not one_is_enough:
            raise Unresolved(PlanOutcome.INCOMPARABLE)
        return sure

    def _called(self, condition: Filter, kind: EventKind, linking: Linking, indices: Indices) -> Indices:
        """The stays that go by the value where no stay of the record has it as that attribute.

        One sender's "emergency" is how somebody was admitted, another's where from, a third's the visit's name.
        """
        if kind not in STAY_KINDS or condition.comparator is not Comparator.EQUAL:
            return indices[:0]
        if any(verdicts(condition, self.chart.of_kind(kind), self.chart, self.now)):
            return indices[:0]
        parts = self._events_of(linking)
        called: Indices = np.intersect1d(indices, np.concatenate(parts)) if parts else indices[:0]
        return called

    def _name(self, value: str, kind: EventKind) -> Linking:
        """Raises Unresolved for a way to be admitted, a unit or a germ that nobody knows: it is no condition."""
        linking = self.linker.link(value, kind, self.chart) if value else Linking()
        if not linking.names and not linking.known:
            self._remember(value, linking, kind)
            raise Unresolved(PlanOutcome.UNLINKED)
        return linking

    def _inside(self, indices: Indices, windows: tuple[Window, ...]) -> Indices:
        for window in windows:
            indices = indices[inside(window, indices, self.frame())]
        return indices

    def _absent(self, indices: Indices, named: Indices, window: Window) -> Indices:
        """Without the names that any event of the selection's kind and concepts has in the window."""
        there = set(terms_of(self.chart, self._inside(named, (window,))))
        kept = [term not in there for term in terms_of(self.chart, indices)]
        return indices[np.array(kept, dtype=np.bool_)]
