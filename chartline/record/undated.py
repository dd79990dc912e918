"""Facts of a visit that have no date of their own, such as billed diagnoses: the visit dates them.

    admission ──────────────── discharge ────────────
    a bill's time              known from here on

Bills are written when a visit is over. Before its end is known no as_of shows what was billed for it, for it would tell
what the stay turned out to be.
"""

from collections.abc import Iterable
from dataclasses import replace

from chartline.record.event import Event, Instant
from chartline.record.kinds import EventKind
from chartline.record.stays import encounter_token, record_name
from chartline.record.times import interval_end

#: What is billed is told at the admission's time; any other fact of a visit may have happened at any time in it.
_BILLED = frozenset({EventKind.CONDITION, EventKind.PROCEDURE})
_VISITS = frozenset({EventKind.ENCOUNTER, EventKind.ICU_STAY})


def is_undated(event: Event) -> bool:
    """Whether only a visit can say when it was."""
    return event.time is None and event.available_time is None and event.encounter != "" and event.kind not in _VISITS


def dated_by_visits(state: list[Event], *, only_ended: bool) -> list[Event]:
    """A chart's state with its visits' times for what has none; `only_ended` leaves out what no known end dates."""
    visits = _by_name(state)
    dated = (_dated(e, visits.get(e.encounter), only_ended) if is_undated(e) else e for e in state)
    return [event for event in dated if event is not None]


def _dated(event: Event, visit: Event | None, only_ended: bool) -> Event | None:
    known = None if visit is None else _end_known(visit)
    if visit is None or known is None:
        return None if only_ended else event
    return replace(event, time=visit.time if event.kind in _BILLED else None, available_time=known)


def _end_known(visit: Event) -> Instant | None:
    """When the chart knew that it was over: an end that was told in advance is no end yet."""
    if visit.end_time is None:
        return None
    return max(filter(None, (visit.end_time, visit.available_time)), key=interval_end)


def _by_name(state: Iterable[Event]) -> dict[str, Event]:
    """Visits by what their events call them; an ICU stay is called as its record is."""
    visits = {record_name(e): e for e in state if e.kind is EventKind.ICU_STAY}
    return visits | {encounter_token(e): e for e in state if e.kind is EventKind.ENCOUNTER}
