"""Collects the events of one generated patient: keys, clocks, versions, and the few series that a patient has."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chartline.learning.generation.vocabulary import recorded
from chartline.record.event import Attribute, Event, Instant, Quantity, Source, TimePrecision
from chartline.record.identity import event_key
from chartline.record.kinds import EventKind
from chartline.record.times import MINUTE

_SOURCE = "generated"
_HIGH, _LOW = 1.2, 0.8


@dataclass(frozen=True, slots=True)
class Series:
    """What is measured again and again of one patient: its usual value, how far it strays, how it is written."""

    name: str
    unit: str
    usual: float
    spread: float
    decimals: int

    def value(self, rng: random.Random) -> float:
        return rng.gauss(self.usual, self.spread)

    def written(self, value: float) -> Quantity:
        return Quantity(f"{value:.{self.decimals}f}", self.unit)

    def flag(self, value: float) -> str:
        return "H" if value > self.usual * _HIGH else "L" if value < self.usual * _LOW else "N"


class ChartWriter:
    """Every fact has its own natural key; `encounter` is the visit that events name from now on, empty for none."""

    def __init__(self, rng: random.Random, patient: str) -> None:
        self._rng, self._patient = rng, patient
        self._offset = rng.choice((None, None, -300, 60))
        self._series: dict[EventKind, list[Series]] = {}
        self._facts = 0
        self.encounter = ""
        self.events: list[Event] = []

    def add(
        self,
        kind: EventKind,
        at: datetime | None,
        name: str = "",
        *,
        end: datetime | None = None,
        known: datetime | None = None,
        quantity: Quantity | None = None,
        text: str = "",
        interpretation: str = "",
        **attributes: str,
    ) -> None:
        """A fact that the chart knows from `known` on, else from when it happened."""
        self._facts += 1
        self._tell(kind, at, name, end, known or at, None, quantity, text, interpretation, attributes)

    def add_lasting(
        self, kind: EventKind, at: datetime, end: datetime, name: str, later: dict[str, str], **attributes: str
    ) -> None:
        """A stay: known from its start on, its end and `later` only from its end on."""
        self._facts += 1
        self._tell(kind, at, name, None, at, 1, None, "", "", attributes)
        self._tell(kind, at, name, end, end, 2, None, "", "", attributes | later)

    def series(self, kind: EventKind, sort: str, units: Sequence[str], many: int) -> Series:
        """One of the few that this patient has of that kind."""
        if kind not in self._series:
            self._series[kind] = [self._new_series(name, units) for name in recorded(sort, many, self._rng)]
        return self._rng.choice(self._series[kind])

    def _new_series(self, name: str, units: Sequence[str]) -> Series:
        rng = self._rng
        usual = 0.0 if rng.random() < 0.06 else rng.lognormvariate(2.5, 1.5)
        spread = 3.0 if not usual else usual * rng.choice((0.05, 0.15, 0.4))
        return Series(name, rng.choice(units), usual, spread, rng.choice((0, 1, 1, 2)))

    def _tell(
        self,
        kind: EventKind,
        at: datetime | None,
        name: str,
        end: datetime | None,
        known: datetime | None,
        version: int | None,
        quantity: Quantity | None,
        text: str,
        interpretation: str,
        attributes: dict[str, str],
    ) -> None:
        key = str(self._facts)
        self.events.append(
            Event(
                patient=self._patient,
                kind=kind,
                source=Source(_SOURCE, _SOURCE, key),
                natural_key=f"{self._patient}/{key}",
                encounter=self.encounter,
                display=name,
                time=self._instant(at),
                end_time=self._instant(end),
                available_time=self._instant(known),
                quantity=quantity,
                text_value=text,
                interpretation=interpretation,
                version=version,
                attributes=tuple(Attribute(name, value) for name, value in attributes.items() if value),
                event_key=event_key(_SOURCE, _SOURCE, f"{self._patient}/{key}"),
            )
        )

    def _instant(self, at: datetime | None) -> Instant | None:
        if at is None:
            return None
        micros = (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 - the local clock
        return Instant(micros - (self._offset or 0) * MINUTE, self._offset, TimePrecision.SECOND)
