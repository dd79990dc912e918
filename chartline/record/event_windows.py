"""Windows of a plan that are drawn around other events: before, after or with them, near them, in the same stay.

    anchors          a1          a2                      a3
    after, 2 days    (a1 ──────────────────]             (a3 ─────────
    since            [a1 ─────────────────────────────────────────────

An event is inside when it is for any of the anchors.
"""

import numpy as np
import numpy.typing as npt

from chartline.record.chart import Chart, Indices, Times
from chartline.record.plan import EventWindow, Relation, StayType, TimeUnit
from chartline.record.stay_windows import stay_of
from chartline.record.times import NO_TIME, add, starts_of

Mask = npt.NDArray[np.bool_]


def in_event_window(window: EventWindow, indices: Indices, anchors: Indices, chart: Chart) -> Mask:
    """bool[len(indices)]. With within_stay, event and anchor must lie in the same stay of that type."""
    anchors = anchors[chart.starts[anchors] != NO_TIME]
    mask: Mask = chart.starts[indices] != NO_TIME
    timed = indices[mask]
    mask[mask] = (
        _related(window, timed, anchors, chart)
        if window.within_stay is None
        else _in_stays(window, window.within_stay, timed, anchors, chart)
    )
    return mask


def _in_stays(window: EventWindow, stay: StayType, indices: Indices, anchors: Indices, chart: Chart) -> Mask:
    stays, anchored = stay_of(chart, stay, indices), stay_of(chart, stay, anchors)
    mask = np.zeros(len(indices), dtype=np.bool_)
    for place in np.unique(anchored[anchored >= 0]).tolist():
        mask |= (stays == place) & _related(window, indices, anchors[anchored == place], chart)
    return mask


def _related(window: EventWindow, indices: Indices, anchors: Indices, chart: Chart) -> Mask:
    if not len(anchors) or not len(indices):
        return np.zeros(len(indices), dtype=np.bool_)
    times = chart.starts[indices]
    if window.relation in (Relation.SAME_TIME, Relation.IN):
        return _with(window, indices, anchors, chart)
    points = np.unique(chart.starts[anchors])
    if window.relation is Relation.BEFORE:
        place = np.searchsorted(points, times, side="right")
        found = place < len(points)
    else:
        place = np.searchsorted(points, times, side="right" if window.relation is Relation.SINCE else "left") - 1
        found = place >= 0
    nearest = points[np.clip(place, 0, len(points) - 1)]
    near: Mask = found & _near(window, indices, anchors, nearest, chart)
    return near


def _with(window: EventWindow, indices: Indices, anchors: Indices, chart: Chart) -> Mask:
    """At the same time; in the same hour, day or month where the plan says so; a partial date is all its interval."""
    if window.same_calendar_unit and window.within_unit is not None:
        units = starts_of(chart.local[anchors], window.within_unit)
        return np.isin(starts_of(chart.local[indices], window.within_unit), units)
    times = chart.starts[indices]
    if window.within_amount is not None and window.within_unit is not None:
        points = np.unique(chart.starts[anchors])
        after = points[np.clip(np.searchsorted(points, times, side="right") - 1, 0, None)]
        before = points[np.clip(np.searchsorted(points, times, side="left"), None, len(points) - 1)]
        return _reaches(window, after, times) | _reaches(window, times, before)
    mask = np.isin(times, chart.starts[anchors])
    for anchor in anchors[chart.lengths[anchors] > 0].tolist():
        start = chart.local[anchor]
        mask |= (chart.local[indices] >= start) & (chart.local[indices] < start + chart.lengths[anchor])
    return mask


def _near(window: EventWindow, indices: Indices, anchors: Indices, nearest: Times, chart: Chart) -> Mask:
    """The nearest anchor decides, for no other is in reach, or in the same calendar unit, where it is not."""
    times = chart.starts[indices]
    if window.within_unit is None:
        return np.ones(len(indices), dtype=np.bool_)
    if window.same_calendar_unit:
        at = dict(zip(chart.starts[anchors].tolist(), chart.local[anchors].tolist(), strict=True))
        local = np.array([at[point] for point in nearest.tolist()], dtype=np.int64)
        same: Mask = starts_of(local, window.within_unit) == starts_of(chart.local[indices], window.within_unit)
        return same
    if window.relation is Relation.BEFORE:
        return _reaches(window, times, nearest)
    return _reaches(window, nearest, times)


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
