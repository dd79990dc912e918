"""Facts of a visit that have no date of their own: when the chart knew them, so that no as_of sees them too early.

    admission ───────────────────────── discharge
        a billed diagnosis happened here     and is known from here on

Billing codes a stay when it is over; a source that dates neither the code nor its record leaves nothing else to go by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.stays import record_name

#: Kinds of events that are a visit, or a stay inside one, and name themselves.
VISITS = frozenset({EventKind.ENCOUNTER, EventKind.ICU_STAY})
#: What is billed is told at the admission's time; any other fact of a visit may have happened at any time in it.
_BILLED = frozenset({EventKind.CONDITION, EventKind.PROCEDURE})


def visits_of(events: Iterable[Event]) -> dict[str, Event]:
    """The visits and ICU stays among the events, by how other events name them."""
    return {record_name(event): event for event in events if event.kind in VISITS}


def dated_by_visit(event: Event, visits: Mapping[str, Event]) -> Event | None:
    """The event as its visit dates it; None while the visit lasts, for then it is not known yet.

    An event that says a time, or names no visit that is known, stays as it is.
    """
    visit = visits.get(event.encounter)
    if visit is None or event.kind in VISITS or event.time is not None or event.available_time is not None:
        return event
    if visit.end_time is None:
        return None
    return replace(event, time=visit.time if event.kind in _BILLED else None, available_time=visit.end_time)
