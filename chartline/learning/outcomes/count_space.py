"""Counted cases become rows of a sparse matrix: columns and value deciles are learnt from training cases alone."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case, remembered
from chartline.learning.outcomes.contributions import MOST_EVENTS
from chartline.learning.outcomes.counting import BINS, Counted, counted, features, keyed

#: A column must be filled in this share of training cases, and in so many: fewer teach a patient, not a finding.
_LEAST_SHARE, _LEAST_CASES = 0.01, 3
#: Of so few shots that nothing occurs in three of them, this part is enough.
_FEW = 8
_DECILES = tuple(step / 10 for step in range(1, 10))
_FILE = "columns.json"


class CountSpace:
    """`deciles` are nine ascending edges for each series; a column's value is ln(1 + count), or a feature's own."""

    def __init__(self, columns: Sequence[str], deciles: Mapping[str, tuple[float, ...]]) -> None:
        self.columns = tuple(columns)
        self.deciles = dict(deciles)
        self._places = {name: place for place, name in enumerate(self.columns)}
        self._known = remembered(self._entries)  # a score and what speaks for it are of the same row

    @classmethod
    def of(cls, cases: Sequence[Case]) -> CountSpace:
        deciles = _deciles([counted(case) for case in cases])
        filled = Counter(name for case in cases for name in _row(case, deciles))
        least = min(max(_LEAST_CASES, int(_LEAST_SHARE * len(cases))), max(1, len(cases) // _FEW))
        return cls(tuple(sorted(name for name, count in filled.items() if count >= least)), deciles)

    def matrix(self, cases: Sequence[Case]) -> csr_matrix:
        """float64 [len(cases), len(columns)]; what has no column is left out."""
        rows = [self._known(case) for case in cases]
        ends = np.cumsum([0, *(len(places) for places, _ in rows)])
        indices = np.concatenate([np.empty(0, np.int32), *(places for places, _ in rows)])
        data = np.concatenate([np.empty(0), *(values for _, values in rows)])
        return csr_matrix((data, indices, ends), shape=(len(cases), len(self.columns)))

    def _entries(self, case: Case) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Columns that the case fills, ascending, and their values."""
        row = _row(case, self.deciles)
        known = [(place, value) for name, value in row.items() if (place := self._places.get(name)) is not None]
        places = np.array([place for place, _ in known], dtype=np.int32)
        values = np.array([value for _, value in known], dtype=np.float64)
        order = np.argsort(places)
        return places[order], values[order]

    def evidence(self, case: Case, columns: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Keys of the last events that each of the columns counts."""
        return {column: self._keys(case, column)[-MOST_EVENTS:] for column in columns}

    def _keys(self, case: Case, column: str) -> tuple[str, ...]:
        if column in features(case):
            return features(case)[column].event_keys
        what, _, when = column.rpartition(" | ")
        if when not in BINS:
            return ()
        place = BINS.index(when)
        series, _, decile = what.rpartition(" decile ")
        if series not in self.deciles:
            return keyed(case).counts.get((what, place), ())
        measured = keyed(case).values.get((series, place), ())
        deciles = _deciles_of((number for number, _ in measured), self.deciles[series])
        return tuple(key for (_, key), found in zip(measured, deciles, strict=True) if found == int(decile))

    def save(self, folder: Path) -> None:
        content = {"columns": self.columns, "deciles": self.deciles}
        (folder / _FILE).write_text(json.dumps(content, indent=0, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: Path) -> CountSpace:
        """Raises InvalidRequest for a folder without columns."""
        try:
            content = json.loads((folder / _FILE).read_text())
            deciles = {series: tuple(edges) for series, edges in content["deciles"].items()}
            return cls(tuple(content["columns"]), deciles)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidRequest(f"{folder} is no count model: {error}") from error


def _row(case: Case, deciles: dict[str, tuple[float, ...]]) -> dict[str, float]:
    row = dict(_same_in_all(case))
    for (series, place), values in counted(case).values.items():
        if series in deciles:
            for decile, n in Counter(_deciles_of(values.tolist(), deciles[series])).items():
                row[_decile_column(series, decile, place)] = _logged(n)
    return row


@remembered
def _same_in_all(case: Case) -> dict[str, float]:
    """What of a row no training cases decide: spaces of several outcomes share it."""
    told = counted(case)
    return {
        **told.features,
        **{_count_column(concept, place): _logged(n) for (concept, place), n in told.counts.items()},
    }


def _count_column(concept: str, place: int) -> str:
    return f"{concept} | {BINS[place]}"


def _decile_column(series: str, decile: int, place: int) -> str:
    return f"{series} decile {decile} | {BINS[place]}"


@lru_cache(maxsize=1_000)
def _logged(count: int) -> float:
    return float(np.log1p(count))


def _deciles_of(values: Iterable[float], edges: tuple[float, ...]) -> list[int]:
    """1 to 10. A series has few values in a bin, too few for arrays to pay."""
    return [bisect_right(edges, value) + 1 for value in values]


def _deciles(cases: Sequence[Counted]) -> dict[str, tuple[float, ...]]:
    """Of series that are measured in enough cases; the numbers of a patient with many cases count as often."""
    series: defaultdict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for case in cases:
        for (name, _), values in case.values.items():
            series[name].append(values)
    return {
        name: tuple(float(edge) for edge in np.quantile(np.concatenate(parts), _DECILES))
        for name, parts in sorted(series.items())
        if len(parts) >= _LEAST_CASES
    }
