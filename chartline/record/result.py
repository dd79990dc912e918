"""What a plan's execution returns: values and the events behind them."""

from dataclasses import dataclass

from chartline.record.event import Event, Instant, Quantity
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome


@dataclass(frozen=True, slots=True)
class Duration:
    hours: float


@dataclass(frozen=True, slots=True)
class Value:
    """`label` says what it is a value of: the concept's name, or the calendar bucket."""

    form: Quantity | Instant | str | bool | Duration
    label: str = ""
    event_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkedConcept:
    concept: str
    names: tuple[str, ...]
    kind: EventKind


@dataclass(frozen=True, slots=True)
class PlanResult:
    """`window` is the time covered where the plan names one, half-open, as instants."""

    outcome: PlanOutcome
    values: tuple[Value, ...] = ()
    events: tuple[Event, ...] = ()
    concepts: tuple[LinkedConcept, ...] = ()
    events_searched: int = 0
    now: Instant | None = None
    window_start: Instant | None = None
    window_end: Instant | None = None
    truncated: bool = False
