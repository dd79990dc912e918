"""Small charts made by hand, and random histories, for the tests of the record."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from chartline.record.chart import Chart
from chartline.record.event import Attribute, Event, EventStatus, Instant, Quantity, Source
from chartline.record.execute import execute
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.plan import QueryPlan
from chartline.record.result import Duration, PlanResult
from chartline.record.times import HOUR, format_instant, parse_instant

NOW = "2100-12-31 23:59:00"
_SOURCE = "clinic"


def event(
    kind: EventKind,
    name: str = "",
    time: str | None = None,
    value: str = "",
    unit: str = "",
    *,
    key: str = "",
    end: str | None = None,
    known: str | None = None,
    attributes: dict[str, str] | None = None,
    **changes: Any,
) -> Event:
    """`key` is the natural key; by default what it says. `known` is the available_time, by default the time."""
    natural = key or f"{kind.name}/{name}/{time}/{value}/{sorted((attributes or {}).items())}"
    available = known or time
    made = Event(
        patient="Patient/1",
        kind=kind,
        source=Source("events", _SOURCE, natural),
        natural_key=natural,
        display=name,
        time=parse_instant(time) if time else None,
        end_time=parse_instant(end) if end else None,
        available_time=parse_instant(available) if available else None,
        quantity=Quantity(value, unit) if value else None,
        attributes=tuple(Attribute(n, v) for n, v in (attributes or {}).items()),
    )
    return with_event_key("clinic-a", replace(made, **changes))


def visit(encounter: str, start: str, end: str | None = None, *, known: str | None = None, **attributes: str) -> Event:
    told: dict[str, Any] = {"key": encounter, "encounter": encounter, "known": known, "attributes": attributes}
    return event(EventKind.ENCOUNTER, "hospital visit", start, end=end, **told)


def icu_stay(key: str, start: str, end: str | None = None, **changes: Any) -> Event:
    return event(EventKind.ICU_STAY, "medical icu", start, end=end, key=key, **changes)


def lab(name: str, time: str, value: str, unit: str = "mg/dL", **changes: Any) -> Event:
    return event(EventKind.LABORATORY, name, time, value, unit, **changes)


def drug(name: str, time: str, value: str = "", unit: str = "mg", **changes: Any) -> Event:
    return event(EventKind.MEDICATION_REQUEST, name, time, value, unit, **changes)


def run(
    plan: QueryPlan, events: list[Event], now: str | None = NOW, encounter: str = "", as_of: str | None = None
) -> PlanResult:
    chart = Chart.build(events, parse_instant(as_of) if as_of else None)
    return execute(plan, chart, parse_instant(now) if now else None, encounter, LexicalLinker())


def said(result: PlanResult) -> list[object]:
    """The values as plain things: "1.2 mg/dL", "2100-03-05T10:00:00", True, hours."""
    return [_plain(value.form) for value in result.values]


def _plain(form: object) -> object:
    if isinstance(form, Quantity):
        return f"{form.comparator}{form.value} {form.unit}".strip()
    if isinstance(form, Instant):
        return format_instant(form)
    return round(form.hours, 3) if isinstance(form, Duration) else form


# --- random histories ------------------------------------------------------------------------------------------------

START = parse_instant("2100-01-01 00:00:00")
_STATUSES = (EventStatus.FINAL, EventStatus.PRELIMINARY, EventStatus.CORRECTED, EventStatus.CANCELLED)
_NAMES = ("creatinine", "sodium", "heart rate")


def moments(hours: st.SearchStrategy[int]) -> st.SearchStrategy[Instant]:
    return hours.map(lambda h: Instant(START.unix_micros + h * HOUR))


#: A few facts, so that several versions of the same one meet.
_FACTS = tuple(
    event(EventKind.VITAL if n == 2 else EventKind.LABORATORY, _NAMES[n % 3], NOW, key=f"fact/{n}") for n in range(6)
)
_QUANTITIES = tuple(Quantity(str(value), unit) for value in range(4) for unit in ("mg/dL", "g/L", ""))


def _versions(statuses: tuple[EventStatus, ...]) -> st.SearchStrategy[Event]:
    return st.builds(
        replace,
        st.sampled_from(_FACTS),
        time=moments(st.integers(0, 48)),
        available_time=st.none() | moments(st.integers(0, 96)),
        version=st.none() | st.integers(0, 3),
        quantity=st.sampled_from(_QUANTITIES),
        status=st.sampled_from(statuses),
    )


_WITH_RETRACTIONS = _versions((*_STATUSES, EventStatus.ENTERED_IN_ERROR, EventStatus.WRONG_PATIENT))
_WITHOUT_RETRACTIONS = _versions(_STATUSES)


def histories(*, retractions: bool = True) -> st.SearchStrategy[list[Event]]:
    return st.lists(_WITH_RETRACTIONS if retractions else _WITHOUT_RETRACTIONS, max_size=12)
