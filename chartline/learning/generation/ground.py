"""What a question is asked of: a view at a now, the names, times and numbers it may mean, and the record's answer.

Most questions are about some event: its name and its time are then what the question says of that kind, so that it is
seldom about nothing.
"""

import random
import re
from collections.abc import Sequence
from typing import Self

from chartline.errors import InvalidRequest
from chartline.language.dates import clock
from chartline.learning.generation.held_out import concepts_of, is_held_out
from chartline.learning.generation.moments import Moments
from chartline.learning.generation.views import View
from chartline.record.event import Instant
from chartline.record.execute import execute
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.names import normalise
from chartline.record.plan import QueryPlan
from chartline.record.result import PlanResult

_LINKER = LexicalLinker()
_MEASURED = (EventKind.LABORATORY, EventKind.VITAL)
#: Numbers that plan text can write.
_PLAIN = re.compile(r"\d{1,6}(\.\d{1,4})?")
_ANY_NUMBER_SHARE = 0.3


class Ground:
    """`events` are the places in the view's chart of what questions mean, the first above all; without them all are."""

    def __init__(self, view: View, now: Instant, events: Sequence[int] = ()) -> None:
        self.view = view
        self.now = now
        local, places = clock(now), events or range(len(view.chart.events))
        times = (view.times[i] for i in places)
        hours = (view.hours[i] for i in places)
        known = tuple(at for at in times if at is not None and at <= local)
        self.moments = Moments(local, known, tuple(hour for hour in hours if hour is not None))
        self._meant = view.names.of_event(view.chart.events[events[0]]) if events else {}

    def about(self, kind: EventKind, rng: random.Random) -> Self:
        """The same where questions are about an event of the kind and those of its name; itself where there is none."""
        chart = self.view.chart
        places = chart.of_kind(kind).tolist()
        if not places:
            return self
        event = rng.choice(places)
        namesakes = chart.terms(kind).get(normalise(chart.events[event].name), ())
        return type(self)(self.view, self.now, (event, *(int(place) for place in namesakes if place != event)))

    def name(self, slot: str, rng: random.Random) -> str:
        if slot in self._meant:
            return self.view.names.say(self._meant[slot], slot, rng)
        return self.view.names.draw(slot, rng)

    def number(self, names: Sequence[str], rng: random.Random) -> str:
        """A bound that values of one of the names may lie on either side of; any number where there are none."""
        values = [value for name in names for value in self._values(name)]
        if values and rng.random() > _ANY_NUMBER_SHARE:
            return rng.choice(values)
        return rng.choice((f"{rng.randint(1, 300)}", f"{rng.randint(1, 300)}.0", f"{rng.uniform(0, 20):.1f}"))

    def may_ask(self, plan: QueryPlan) -> bool:
        """Whether the plan asks about nothing that is held out of the view's split."""
        return self.view.split != "train" or not any(map(is_held_out, concepts_of(plan)))

    def knows(self, name: str) -> bool:
        """Whether something in the record goes by the name."""
        return bool(_LINKER.link(name, None, self.view.chart).names)

    def execute(self, plan: QueryPlan) -> PlanResult | None:
        """None for a plan that names what cannot be."""
        try:
            return execute(plan, self.view.chart, self.now, "", _LINKER)
        except InvalidRequest:
            return None

    def _values(self, name: str) -> list[str]:
        chart, term = self.view.chart, normalise(name)
        events = (chart.events[i] for kind in _MEASURED for i in chart.terms(kind).get(term, ()))
        values = (event.quantity.value for event in events if event.quantity is not None)
        return [value for value in values if _PLAIN.fullmatch(value)]
