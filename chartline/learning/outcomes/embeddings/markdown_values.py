"""The last values of 24 named measurements, in one unit and rated: what the Markdown record shows first (B2).

The concepts are data (markdown_concepts.toml). Unlike the paper's, values of all units are converted, what the source
says about a result goes before a range, and the range of temperature has one upper bound.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chartline.language.wording import INTERPRETATION_WORDS
from chartline.learning.outcomes.cases import Case
from chartline.learning.tasks.course import matching
from chartline.learning.tasks.task import Predicate
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.measures import Measure, convert, measure_of
from chartline.record.times import NO_TIME, moment_of
from chartline.record.units import decimal_of

_FILE = Path(__file__).with_name("markdown_concepts.toml")
#: Values of one concept that are shown.
MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class Concept:
    """`plausible` and `normal` are bounds in `unit`, both ends included."""

    section: str
    kind: EventKind
    names: tuple[str, ...]
    unit: str
    plausible: tuple[float, float]
    digits: int
    normal: tuple[float, float] | None = None

    def value(self, event: Event) -> float | None:
        """In the concept's unit; None where it cannot be converted, or is nobody's."""
        number = None if event.quantity is None else decimal_of(event.quantity)
        if event.quantity is None or number is None:
            return None
        own = measure_of(event.quantity, event)
        amount = convert(number, own, Measure(self.unit, own.analyte))
        low, high = self.plausible
        return None if amount is None or not low <= amount <= high else float(amount)

    def rating(self, event: Event, value: float) -> str:
        if event.interpretation in INTERPRETATION_WORDS:
            return f" ({INTERPRETATION_WORDS[event.interpretation]})"
        if self.normal is None:
            return ""
        low, high = self.normal
        return " (low)" if value < low else " (high)" if value > high else " (normal)"


@cache
def concepts() -> tuple[Concept, ...]:
    return tuple(
        Concept(
            section=row["section"],
            kind=EventKind[row["kind"]],
            names=tuple(row["names"]),
            unit=row["unit"],
            plausible=tuple(row["plausible"]),
            digits=row["digits"],
            normal=tuple(row["normal"]) if "normal" in row else None,
        )
        for row in tomllib.loads(_FILE.read_text())["concepts"]
    )


def shown_values(case: Case, concept: Concept) -> Iterator[str]:
    """The last three, newest first, for example "2.1 (high)"."""
    chart, now, shown = case.chart, case.chart.clock(moment_of(case.prediction_time)), 0
    for index in matching(chart, Predicate(concept.kind, concept.names))[::-1].tolist():
        value = concept.value(chart.events[index])
        if value is not None and NO_TIME < chart.starts[index] <= now and shown < MOST_VALUES:
            shown += 1
            yield f"{value:.{concept.digits}f}{concept.rating(chart.events[index], value)}"
