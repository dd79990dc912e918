"""One stay in the demo hospital: a story told as resources, each with the moment from which the chart knows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from chartline.sources.hospital.measurements import LABORATORY, VITALS
from chartline.sources.hospital.people import Person
from chartline.sources.hospital.resources import Resource, reference
from chartline.sources.hospital.terms import Measurement, Story, Trend

#: A resource and when the chart knows it.
Known = tuple[datetime, Resource]


@dataclass
class Stay:
    """`identifier` is the encounter's id; ids of its resources begin with it."""

    random: Random
    person: Person
    identifier: str
    story: Story
    start: datetime
    allergy: str = ""
    _counts: dict[str, int] = field(default_factory=dict, init=False)
    _charted: dict[str, list[tuple[datetime, Decimal]]] = field(default_factory=dict, init=False)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=self.story.days, hours=3)

    def own(self, kind: str) -> dict[str, Any]:
        """Id, patient and encounter of the stay's next resource of that kind."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return {
            "id": f"{self.identifier}-{kind}-{self._counts[kind]}",
            "subject": reference("Patient", self.person.id),
            "encounter": reference("Encounter", self.identifier),
        }

    def laboratory_value(self, key: str, at: datetime) -> Decimal:
        return self._charted_value(key, LABORATORY[key], self.story.labs, at)

    def vital_value(self, key: str, at: datetime) -> Decimal:
        return self._charted_value(key, VITALS[key], self.story.vitals, at)

    def latest(self, key: str, at: datetime) -> Decimal | None:
        """The last value charted by then: what a note quotes."""
        return next((value for when, value in reversed(self._charted.get(key, [])) if when <= at), None)

    def _charted_value(self, key: str, name: Measurement, trends: Mapping[str, Trend], at: datetime) -> Decimal:
        value = self._value(name, trends.get(key, (name.usual,)), at)
        self._charted.setdefault(key, []).append((at, value))
        return value

    def _value(self, name: Measurement, trend: Trend, at: datetime) -> Decimal:
        """The trend at that moment with the small scatter of real measurements, as many decimals as the test has."""
        share = max(0.0, min(1.0, (at - self.start) / (self.end - self.start))) * (len(trend) - 1)
        step = min(int(share), max(len(trend) - 2, 0))
        following = trend[min(step + 1, len(trend) - 1)]
        exact = trend[step] + (following - trend[step]) * (share - step)
        scattered = exact * self.random.uniform(0.98, 1.02) if name.decimals or exact > 20 else exact
        return round(Decimal(scattered), name.decimals) if name.decimals else Decimal(round(scattered))

    def hours(self, first: float, step: float) -> Iterator[datetime]:
        at = self.start + timedelta(hours=first)
        while at < self.end:
            yield at + timedelta(minutes=self.random.randint(0, 20))
            at += timedelta(hours=step)
