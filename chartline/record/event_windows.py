"""Windows of a plan that are drawn around other events: before, after or with them, near them, in the same stay.

    anchors          a1          a2                      a3
    after, 2 days    (a1 ──────────────────]             (a3 ─────────
    since            [a1 ─────────────────────────────────────────────

An event is inside when it is for any of the anchors; what went on for a time, when any of that time is.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chartline.record.chart import Chart, Indices, Times
from chartline.record.plan import EventWindow, Relation, StayType, TimeUnit
from chartline.record.stay_windows import stay_of
from chartline.record.times import NO_TIME, add, starts_of

Mask = npt.NDArray[np.bool_]


def in_event_window(window: EventWindow, indices: Indices, until: Times, anchors: Indices, chart: Chart) -> Mask:
    """bool[len(indices)]. With within_stay, event and anchor must lie in the same stay of that type.

    `until`, int64[len(indices)] on the chart's clock, is until when each went on, its start where it did not.
    """
    anchors = anchors[chart.starts[anchors] != NO_TIME]
    mask: Mask = chart.starts[indices] != NO_TIME
    timed = _Events(indices[mask], until[mask])
    mask[mask] = (
        _related(window, timed, anchors, chart)
        if window.within_stay is None
        else _in_stays(window, window.within_stay, timed, anchors, chart)
    )
    return mask


class _Events(NamedTuple):
    indices: Indices
    until: Times


def _in_stays(window: EventWindow, stay: StayType, events: _Events, anchors: Indices, chart: Chart) -> Mask:
    stays, anchored = stay_of(chart, stay, events.indices), stay_of(chart, stay, anchors)
    mask = np.zeros(len(stays), dtype=np.bool_)
    for place in np.unique(anchored[anchored >= 0]).tolist():
        mask |= (stays == place) & _related(window, events, anchors[anchored == place], chart)
    return mask


def _related(window: EventWindow, events: _Events, anchors: Indices, chart: Chart) -> Mask:
    """The nearest anchor decides: no other is in reach, or in the same calendar unit, where it is not."""
    if not len(anchors) or not len(events.indices):
        return np.zeros(len(events.indices), dtype=np.bool_)
    if window.relation in (Relation.SAME_TIME, Relation.IN):
        return _with(window, events, anchors, chart)
    points, starts = np.unique(chart.starts[anchors]), chart.starts[events.indices]
    if window.relation is Relation.BEFORE:
        place = np.searchsorted(points, starts, side="right")
        found = place < len(points)
    else:
        place = np.searchsorted(points, events.until, side="right" if window.relation is Relation.SINCE else "left") - 1
        found = place >= 0
    nearest = points[np.clip(place, 0, len(points) - 1)]
    near: Mask = found & _near(window, events, anchors, nearest, chart)
    return near


def _with(window: EventWindow, events: _Events, anchors: Indices, chart: Chart) -> Mask:
    """At the same time; in the same hour, day or month where the plan says so; a partial date is all its interval."""
    starts, local = chart.starts[events.indices], chart.local[events.indices]
    last = local + (events.until - starts)
    if window.same_calendar_unit and window.within_unit is not None:
        units = np.unique(starts_of(chart.local[anchors], window.within_unit))
        return _meets(units, starts_of(local, window.within_unit), last)
    points = np.unique(chart.starts[anchors])
    if window.within_amount is not None and window.within_unit is not None:
        before = points[np.clip(np.searchsorted(points, events.until, side="right") - 1, 0, None)]
        behind = points[np.clip(np.searchsorted(points, starts, side="left"), None, len(points) - 1)]
        soon: Mask = (before <= events.until) & _reaches(window, before, np.maximum(starts, before))
        late: Mask = (behind >= starts) & _reaches(window, np.minimum(events.until, behind), behind)
        return soon | late
    mask = _meets(points, starts, events.until)
    for anchor in anchors[chart.lengths[anchors] > 0].tolist():
        start = chart.local[anchor]
        mask |= (last >= start) & (local < start + chart.lengths[anchor])
    return mask


def _meets(points: Times, starts: Times, ends: Times) -> Mask:
    """bool[len(starts)]: whether one of the ascending `points` lies between start and end, both included."""
    place = np.searchsorted(points, starts, side="left")
    met: Mask = (place < len(points)) & (points[np.clip(place, None, len(points) - 1)] <= ends)
    return met


def _near(window: EventWindow, events: _Events, anchors: Indices, nearest: Times, chart: Chart) -> Mask:
    starts = chart.starts[events.indices]
    if window.within_unit is None:
        return np.ones(len(starts), dtype=np.bool_)
    before = window.relation is Relation.BEFORE
    closest = np.minimum(events.until, nearest) if before else np.maximum(starts, nearest)
    if window.same_calendar_unit:
        at = dict(zip(chart.starts[anchors].tolist(), chart.local[anchors].tolist(), strict=True))
        local = np.array([at[point] for point in nearest.tolist()], dtype=np.int64)
        own = chart.local[events.indices] + (closest - starts)
        same: Mask = starts_of(local, window.within_unit) == starts_of(own, window.within_unit)
        return same
    return _reaches(window, closest, nearest) if before else _reaches(window, nearest, closest)


def _reaches(window: EventWindow, early: Times, late: Times) -> Mask:
    """Whether `late` is at most the window's length after `early`, and not before it."""
    unit, amount = window.within_unit, 1 if window.within_amount is None else window.within_amount
    assert unit is not None
    if unit in (TimeUnit.MONTH, TimeUnit.YEAR):
        limit = np.array([add(point, amount, unit) for point in early.tolist()], dtype=np.int64)
    else:
        limit = early + add(0, amount, unit)
    reached: Mask = (early <= late) & (late <= limit)
    return reached
