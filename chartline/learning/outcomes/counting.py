"""A case counted: how often each concept occurred in each time bin before the prediction time, and the values measured.

    ─┼──────── 365 d ┼──────── 30 d ┼──── 7 d ┼─ 1 d ┼ prediction_time
        before          within a year  a month   a week  the last day

The counts of EHRSHOT's baseline (Wornow et al. 2023) with bins fit for hospital stays; `record.features` adds age,
stays and last values. Nothing here looks at what had not begun, nor at any end but that of a stay that is over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.learning.outcomes.cases import Case, remembered
from chartline.learning.outcomes.concepts import concepts_of, series_of
from chartline.record.event import Event
from chartline.record.features import Feature, outcome_features
from chartline.record.times import DAY, NO_TIME, moment_of

#: Names of the bins and the age of an event, in microseconds, up to which it is in the bin.
BINS = ("last day", "last week", "last month", "last year", "before")
_EDGES = np.array([DAY, 7 * DAY, 30 * DAY, 365 * DAY], dtype=np.int64)
_Binned = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Counted:
    """`values` are the numbers of a series, in order of time; `features` those of `record.features` by name."""

    counts: Mapping[_Binned, int]
    values: Mapping[_Binned, NDArray[np.float64]]
    features: Mapping[str, float]


@remembered
def counted(case: Case) -> Counted:
    """Everything that count models know of a case."""
    counts: Counter[_Binned] = Counter()
    values: defaultdict[_Binned, list[float]] = defaultdict(list)
    for event, bin_, number in binned(case):
        counts.update((concept, bin_) for concept in concepts_of(event))
        if number == number:  # no NaN: it has a quantity
            values[series_of(event), bin_].append(number)
    return Counted(
        counts,
        {key: np.array(found) for key, found in values.items()},
        {name: feature.value for name, feature in features(case).items()},
    )


@dataclass(frozen=True, slots=True)
class Keyed:
    """Keys of the events that were counted, in order of time: of `counts`, and of `values` each with its number."""

    counts: Mapping[_Binned, tuple[str, ...]]
    values: Mapping[_Binned, tuple[tuple[float, str], ...]]


@remembered
def keyed(case: Case) -> Keyed:
    """Apart from `counted`, because training needs none of it."""
    counts: defaultdict[_Binned, list[str]] = defaultdict(list)
    values: defaultdict[_Binned, list[tuple[float, str]]] = defaultdict(list)
    for event, bin_, number in binned(case):
        for concept in concepts_of(event):
            counts[concept, bin_].append(event.event_key)
        if number == number:
            values[series_of(event), bin_].append((number, event.event_key))
    return Keyed({k: tuple(v) for k, v in counts.items()}, {k: tuple(v) for k, v in values.items()})


@remembered
def features(case: Case) -> Mapping[str, Feature]:
    """Those of `record.features`, with the events behind each."""
    return outcome_features(case.chart, case.prediction_time)


def binned(case: Case) -> Iterator[tuple[Event, int, float]]:
    """Each event that had begun, in order of time, with its place among BINS and its number, NaN for none."""
    chart, now = case.chart, case.chart.clock(moment_of(case.prediction_time))
    begun = np.flatnonzero((chart.starts <= now) & chart.happened)
    bins = np.searchsorted(_EDGES, now - np.maximum(chart.starts[begun], now - 2 * int(_EDGES[-1])), side="left")
    numbers = chart.values[begun]
    for index, place, number in zip(begun.tolist(), bins.tolist(), numbers.tolist(), strict=True):
        yield chart.events[index], len(BINS) - 1 if chart.starts[index] == NO_TIME else place, number
