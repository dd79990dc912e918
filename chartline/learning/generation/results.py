"""Results for generated plans: what the record might return, so that saying is learnt together with planning.

The values are drawn, not looked up: the model must repeat what stands in the result line, whatever it says.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from chartline.learning.generation import vocabulary as names
from chartline.learning.generation.windows import random_moment
from chartline.record.event import Event, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.plan import (
    Aggregate,
    Comparator,
    Compare,
    Exists,
    Field,
    Function,
    Interval,
    Lookup,
    PlanOutcome,
    QueryPlan,
    Selection,
)
from chartline.record.result import Duration, PlanResult, Value

EMPTY_SHARE = 0.12
_UNITS = ("mg/dL", "mmol/L", "mEq/L", "g/dL", "K/uL", "%", "bpm", "mmHg", "mg", "mL", "kg", "IU/L", "UNIT", "")
_WORDS = {
    "gender": ("male", "female"),
    "insurance": ("Medicare", "Medicaid", "Other", "private"),
    "admission_type": ("URGENT", "EW EMER.", "elective", "observation admit"),
    "marital_status": ("married", "single", "widowed", "divorced"),
    "race": ("WHITE", "black/african american", "asian", "unknown"),
    "language": ("english", "spanish", "?"),
    "susceptibility": ("S", "R", "I"),
    "birth_date": ("2041-03-05", "1957-11-21"),
    "discharge_location": names.SLOTS["leaving"],
    "reaction": names.SLOTS["reaction"],
    "rank": ("1", "2", "3", "7", "12"),
}
_SLOT_OF = {
    "admission_location": "arrival",
    "care_unit": "unit",
    "specimen": "specimen",
    "organism": "organism",
    "antibiotic": "antibiotic",
    "route": "route",
}
_SLOT_OF_KIND = {
    EventKind.VITAL: "vital",
    EventKind.MEDICATION_REQUEST: "drug",
    EventKind.INTAKE: "intake",
    EventKind.OUTPUT: "output",
    EventKind.PROCEDURE: "procedure",
    EventKind.CONDITION: "diagnosis",
    EventKind.MICROBIOLOGY: "test",
    EventKind.TRANSFER: "unit",
    EventKind.ICU_STAY: "unit",
    EventKind.ALLERGY: "allergen",
    EventKind.IMMUNIZATION: "vaccine",
}


def generate_result(plan: QueryPlan, rng: random.Random) -> PlanResult | None:
    """A result that fits the plan; None where the plan is not executed into values."""
    match plan:
        case Lookup() if rng.random() < EMPTY_SHARE:
            return PlanResult(PlanOutcome.EMPTY)
        case Lookup():
            return _lookup(plan, rng)
        case Aggregate():
            return _aggregate(plan, rng)
        case Exists():
            return _exists(plan, rng)
        case Compare():
            form = _amount(rng) if plan.comparator is Comparator.DIFFERENCE else rng.random() < 0.5
            return PlanResult(PlanOutcome.FOUND, (Value(form),))
        case Interval():
            return PlanResult(PlanOutcome.FOUND, (Value(Duration(round(rng.lognormvariate(3, 1.5), 3))),))
        case _:
            return None


def _lookup(plan: Lookup, rng: random.Random) -> PlanResult:
    many = rng.choice((1, 1, 1, 2, 3)) if plan.selection.which == 0 else 1
    events = tuple(_event(plan.selection, rng, f"e{i}") for i in range(many))
    values = tuple(Value(_form(plan, event, rng), event.name, (event.event_key,)) for event in events)
    return PlanResult(PlanOutcome.FOUND, values, events)


def _event(selection: Selection, rng: random.Random, key: str) -> Event:
    kind = selection.kind or EventKind.LABORATORY
    name = rng.choice(selection.concepts or names.SLOTS[_SLOT_OF_KIND.get(kind, "lab")])
    at = random_moment(rng)
    return Event(
        patient="Patient/1",
        kind=kind,
        source=Source("generated", "generated", key),
        natural_key=key,
        display=name,
        time=_instant(at),
        end_time=_instant(at + timedelta(hours=rng.randint(1, 99))),
        quantity=_amount(rng),
        event_key=key,
    )


def _form(plan: Lookup, event: Event, rng: random.Random) -> Quantity | Instant | str | bool | Duration:
    time, end = event.time, event.end_time
    assert time is not None
    assert end is not None
    assert event.quantity is not None
    match plan.field:
        case Field.VALUE:
            return event.quantity
        case Field.TIME:
            return time
        case Field.END_TIME:
            return end
        case Field.DURATION:
            return Duration((end.unix_micros - time.unix_micros) / 3.6e9)
        case Field.AGE:
            return Quantity(str(rng.randint(18, 95)), "a")
        case Field.INTERPRETATION:
            return rng.choice(("normal", "high", "low", "abnormal"))
        case Field.ATTRIBUTE:
            return rng.choice(_WORDS.get(plan.attribute) or names.SLOTS[_SLOT_OF.get(plan.attribute, "lab")])
        case _:
            return event.name


def _aggregate(plan: Aggregate, rng: random.Random) -> PlanResult:
    if plan.function in (Function.COUNT, Function.COUNT_DISTINCT):
        return PlanResult(PlanOutcome.FOUND, (Value(Quantity(str(rng.choice((0, 1, 2, 3, rng.randint(1, 60)))), "1")),))
    if plan.bucket is None:
        return PlanResult(PlanOutcome.FOUND, (Value(_amount(rng)),))
    unit = rng.choice(_UNITS)
    start = random_moment(rng)
    values = tuple(
        Value(Quantity(_amount(rng).value, unit), f"{start + timedelta(days=i):%Y-%m-%d}")
        for i in range(rng.randint(1, 4))
    )
    return PlanResult(PlanOutcome.FOUND, values)


def _exists(plan: Exists, rng: random.Random) -> PlanResult:
    if rng.random() < 0.5:
        return PlanResult(PlanOutcome.FOUND, (Value(False),))
    event = _event(plan.selection, rng, "e0")
    return PlanResult(PlanOutcome.FOUND, (Value(True, "", (event.event_key,)),), (event,))


def _amount(rng: random.Random) -> Quantity:
    value = rng.choice((rng.lognormvariate(2.5, 1.5), rng.uniform(0, 10), rng.randint(1, 4000)))
    return Quantity(f"{value:.{rng.choice((0, 0, 1, 1, 2, 3))}f}", rng.choice(_UNITS))


def _instant(at: datetime) -> Instant:
    precision = TimePrecision.SECOND
    micros = int((at - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # noqa: DTZ001 - local clock read as UTC
    return Instant(micros, None, precision)
