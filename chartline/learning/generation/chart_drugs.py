"""The drugs of a generated chart: taken at home, ordered, given dose by dose, dispensed."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from chartline.learning.generation.chart_writer import ChartWriter
from chartline.learning.generation.vocabulary import SLOTS, recorded
from chartline.record.kinds import EventKind

_DOSE_UNITS = ("mg", "mL", "g", "UNIT", "mcg", "TAB", "mEq")
_GIVEN_SHARE, _REASON_SHARE, _DRIP_SHARE, _OPEN_SHARE = 0.3, 0.4, 0.1, 0.1
_MOST_DOSES, _MOST_HOME_DRUGS, _MOST_DISPENSED = 4, 7, 5


def order(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    """With some of its doses, if any was given."""
    series = writer.series(EventKind.MEDICATION_REQUEST, "drug", _DOSE_UNITS, 10)
    dose, route = series.written(abs(series.value(rng)) + 1), rng.choice(SLOTS["route"])
    writer.add(
        EventKind.MEDICATION_REQUEST,
        at,
        series.name,
        end=None if rng.random() < _OPEN_SHARE else at + timedelta(hours=rng.randint(1, 96)),
        quantity=dose,
        route=route,
        strength=rng.choice((*SLOTS["strength"], "")),
        frequency=rng.choice((*SLOTS["frequency"], "")),
        reason=rng.choice(SLOTS["indication"]) if rng.random() < _REASON_SHARE else "",
    )
    given = at
    for _ in range(rng.randint(1, _MOST_DOSES) if rng.random() < _GIVEN_SHARE else 0):
        given += timedelta(minutes=rng.randint(5, 720))
        rate = f"{rng.randint(1, 40) * 5} mL/hour" if rng.random() < _DRIP_SHARE else ""
        writer.add(EventKind.MEDICATION_ADMINISTRATION, given, series.name, quantity=dose, route=route, rate=rate)


def home_drugs(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    """What the patient says to take; some of it is ordered later, too."""
    for name in recorded("drug", rng.randint(0, _MOST_HOME_DRUGS), rng):
        dose = writer.series(EventKind.MEDICATION_REQUEST, "drug", _DOSE_UNITS, 10)
        writer.add(
            EventKind.MEDICATION_STATEMENT,
            at,
            rng.choice((name, dose.name)),
            quantity=dose.written(abs(dose.value(rng)) + 1),
            route="PO",
            frequency=rng.choice(SLOTS["frequency"]),
        )


def dispensed(writer: ChartWriter, rng: random.Random, at: datetime, names: Sequence[str]) -> None:
    """Drugs of the stay that the patient takes home."""
    for name in rng.sample(names, min(len(names), rng.randint(0, _MOST_DISPENSED))):
        amount = writer.series(EventKind.MEDICATION_REQUEST, "drug", _DOSE_UNITS, 10)
        writer.add(EventKind.MEDICATION_DISPENSE, at, name, quantity=amount.written(abs(amount.value(rng)) + 1))
