"""Picks among selected events: the extreme values, the nth in time, the names that occur often enough."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from chartline.record.chart import STAY_KINDS, Chart, Indices, Times
from chartline.record.event import Event, EventStatus
from chartline.record.kinds import EventKind
from chartline.record.measures import linear, measure_of, targets
from chartline.record.names import normalise
from chartline.record.plan import Extremum, Which
from chartline.record.times import LATEST, NO_TIME
from chartline.record.units import amount_of

ORDERS = frozenset({EventKind.MEDICATION_REQUEST, EventKind.MEDICATION_STATEMENT})
_LASTING = ORDERS | frozenset(STAY_KINDS)
#: What is done for all the time up to its end; a dose that is over at once has none.
DONE_KINDS = frozenset({EventKind.MEDICATION_ADMINISTRATION, EventKind.INTAKE, EventKind.PROCEDURE, EventKind.DEVICE})
#: Statuses of orders under which nobody takes the drug, whatever end was planned; a completed one had its end.
_STOPPED = ("stopped", "on-hold", "not-taken")
#: FHIR R4, condition-clinical and allergyintolerance-clinical: the codes of what goes on.
_ACTIVE = ("active", "recurrence", "relapse")
#: FHIR R4, condition-category: of a stay, where "problem-list-item" is of the patient; its code or its display.
_BILLED = "encounter diagnosis"


def placed(chart: Chart, indices: Indices, which: Which, nth: int, moment: int) -> Indices:
    """The nth in time from one end; events at the same time share a place, and one without a time has none.

    From the front what is billed comes in the order of its bill: the first diagnosis of a stay is its principal one.
    CURRENT are those that have begun and not ended at `moment`, on the chart's clock; a proposed order has not begun.
    """
    if which is Which.ALL:
        return indices
    starts = chart.starts[indices]
    timed = starts != NO_TIME
    if which is Which.CURRENT:
        current: Indices = indices[timed & (starts <= moment) & (chart.ends[indices] > moment)]
        return current[_goes_on(chart, current)]
    ranks = chart.ranks[indices] if which is Which.FIRST else np.zeros_like(starts)
    order = np.stack((starts, ranks), axis=1)
    places = np.unique(order[timed], axis=0)
    if not len(places) and nth == 1:
        return indices
    if not 1 <= nth <= len(places):
        return indices[:0]
    there: Indices = indices[(order == places[nth - 1 if which is Which.FIRST else -nth]).all(axis=1)]
    return there


def going_on_until(chart: Chart, indices: Indices, moment: int, kinds: Collection[EventKind]) -> Times:
    """int64[len(indices)] on the chart's clock: until when what is of the `kinds` certainly went on.

    That is its end, or `moment` where it is open; of all else, and of what was stopped before its end, the start.
    """
    lasts = np.array([chart.events[i].kind in kinds for i in indices.tolist()], dtype=np.bool_)
    lasts &= _goes_on(chart, indices)
    ends = np.where(chart.ends[indices] == LATEST, moment, chart.ends[indices])
    return np.where(lasts & (chart.starts[indices] != NO_TIME), ends, chart.starts[indices])


def _goes_on(chart: Chart, indices: Indices) -> npt.NDArray[np.bool_]:
    """bool[len(indices)]: of what has no end yet, whether it is such that lasts until one; a dose is given and over.

    An order may have a planned end and be stopped before it.
    """
    going = (_is_open(e) if e.end_time is None else not _is_stopped(e) for e in (chart.events[i] for i in indices))
    return np.fromiter(going, dtype=np.bool_, count=len(indices))


def _is_open(event: Event) -> bool:
    """A diagnosis without a status goes on until its end is told; billed for a stay, it says nothing of that."""
    if event.kind in (EventKind.CONDITION, EventKind.ALLERGY):
        status = str(event.attribute("clinical_status") or "").casefold()
        return status in _ACTIVE if status else not _is_billed(event)
    return event.kind in _LASTING and not _is_stopped(event) and event.attribute("order_status") != "completed"


def _is_billed(event: Event) -> bool:
    category = str(event.attribute("category") or "").casefold().replace("-", " ")
    return bool(event.attribute("rank")) or category == _BILLED


def _is_stopped(event: Event) -> bool:
    proposed = event.kind in ORDERS and event.status is EventStatus.PRELIMINARY
    return proposed or event.attribute("order_status") in _STOPPED


def extreme(chart: Chart, indices: Indices, extremum: Extremum) -> Indices:
    """Those with the lowest or highest value; of values that cannot be compared, the extremes of each series."""
    indices = indices[~np.isnan(chart.values[indices])]
    values, series = _comparable(chart, indices)
    kept = np.zeros(len(indices), dtype=np.bool_)
    for one in np.unique(series):
        members = values[series == one]
        best = members.max() if extremum is Extremum.MAXIMUM else members.min()
        kept |= (series == one) & np.isclose(values, best, rtol=1e-12, atol=0.0)
    return indices[kept]


def _comparable(chart: Chart, indices: Indices) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """float64[N] and, of each, the series it belongs to; inside a series all are in one unit."""
    measures = [measure_of(amount, e) for e in (chart.events[i] for i in indices.tolist()) if (amount := amount_of(e))]
    values, series = chart.values[indices], np.empty(len(indices), dtype=np.int64)
    target = targets(measures)
    numbers = {measure: number for number, measure in enumerate(dict.fromkeys(target.values()))}
    for measure, unit in target.items():
        slope, shift = linear(measure, unit)
        members = np.fromiter((m == measure for m in measures), dtype=np.bool_, count=len(measures))
        series[members] = numbers[unit]
        values[members] = values[members] * slope + shift
    return values, series


def frequent(chart: Chart, indices: Indices, least: int, *, exactly: bool = False) -> Indices:
    """Those whose name occurs at least so often among them, or exactly so often."""
    if not len(indices):
        return indices
    _, place, counts = np.unique(np.array(terms_of(chart, indices)), return_inverse=True, return_counts=True)
    often: Indices = indices[counts[place] == least if exactly else counts[place] >= least]
    return often


def terms_of(chart: Chart, indices: Indices) -> list[str]:
    return [normalise(chart.events[i].name) for i in indices.tolist()]
