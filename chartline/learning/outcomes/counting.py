"""A case counted: how often each concept occurred in each time bin before the prediction time, and the values measured.

    ─┼──────── 365 d ┼──────── 30 d ┼──── 7 d ┼─ 1 d ┼ prediction_time
        before          within a year  a month   a week  the last day

The counts of EHRSHOT's baseline (Wornow et al. 2023) with bins fit for hospital stays; `record.features` adds age,
stays and last values. Nothing here looks at what had not begun, nor at any end but that of a stay that is over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.concepts import concepts_of, series_of
from chartline.record.features import outcome_features
from chartline.record.times import DAY, NO_TIME
from chartline.record.windows import moment_of

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


@lru_cache(maxsize=20_000)
def counted(case: Case) -> Counted:
    """Kept, for every model and rotation counts the same cases."""
    chart, now = case.chart, case.chart.clock(moment_of(case.prediction_time))
    counts: Counter[_Binned] = Counter()
    values: defaultdict[_Binned, list[float]] = defaultdict(list)
    begun = np.flatnonzero((chart.starts <= now) & chart.happened)
    bins = np.searchsorted(_EDGES, now - np.maximum(chart.starts[begun], now - 2 * int(_EDGES[-1])), side="left")
    numbers = chart.values[begun]
    for index, place, number in zip(begun.tolist(), bins.tolist(), numbers.tolist(), strict=True):
        event = chart.events[index]
        bin_ = len(BINS) - 1 if chart.starts[index] == NO_TIME else place
        counts.update((concept, bin_) for concept in concepts_of(event))
        if number == number:  # no NaN: it has a quantity
            values[series_of(event), bin_].append(number)
    features = outcome_features(chart, case.prediction_time)
    return Counted(
        counts,
        {key: np.array(found) for key, found in values.items()},
        {name: feature.value for name, feature in features.items()},
    )
