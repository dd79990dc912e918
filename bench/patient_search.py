"""Nearest sentences of one patient among a million vectors: the patient's own block against one index with a filter.

The peers hold all vectors in one IndexFlatIP and search it under an IDSelector: Batch tests every row, Range is what
FAISS itself turns into a slice. Recall is counted against brute force in numpy, and must be 1.

    python bench/patient_search.py [--vectors 1000000] [--patients 5000] [--queries 50] [--rounds 5]
"""

import argparse
import statistics
from collections.abc import Callable

import faiss
import numpy as np
from numpy.typing import NDArray
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, seconds

from services.encoder.index import ExactSearch

SIZE = 384
NEIGHBOURS = 64
GOAL = 50.0
SPREAD = 1.0  # of the logarithm of the patients' sizes: p99 is ten times the median, as in hospitals

Floats = NDArray[np.float32]


class Patients:
    """All vectors in one IndexFlatIP; each patient's are rows `starts[i]` to `starts[i + 1]` of it."""

    def __init__(self, vectors: int, patients: int) -> None:
        self.random = np.random.default_rng(1)
        shares = self.random.lognormal(sigma=SPREAD, size=patients)
        ends = np.round(np.cumsum(shares) / shares.sum() * vectors).astype(np.int64)
        self.starts = np.concatenate([[0], ends])
        self.index = faiss.IndexFlatIP(SIZE)
        for start in range(0, vectors, 50_000):
            self.index.add(self.unit(min(50_000, vectors - start)))
        self.rows: Floats = faiss.rev_swig_ptr(self.index.get_xb(), vectors * SIZE).reshape(vectors, SIZE)

    def unit(self, count: int) -> Floats:
        rows = self.random.standard_normal((count, SIZE), dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def span(self, patient: int) -> tuple[int, int]:
        return int(self.starts[patient]), int(self.starts[patient + 1])


class Searches:
    """The three ways; each gives the scores of the best rows of one patient."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients
        self._exact = ExactSearch()

    def own_block(self, patient: int, query: Floats) -> Floats:
        start, end = self._patients.span(patient)
        return self._exact.nearest(query, self._patients.rows[start:end], NEIGHBOURS).scores

    def batch(self, patient: int, query: Floats) -> Floats:
        start, end = self._patients.span(patient)
        return self._filtered(faiss.IDSelectorBatch(np.arange(start, end)), query)

    def range(self, patient: int, query: Floats) -> Floats:
        return self._filtered(faiss.IDSelectorRange(*self._patients.span(patient)), query)

    def _filtered(self, selector: faiss.IDSelector, query: Floats) -> Floats:
        scores, rows = self._patients.index.search(query[None], NEIGHBOURS, params=faiss.SearchParameters(sel=selector))
        return scores[0][rows[0] >= 0]


def recall(patients: Patients, search: Callable[[int, Floats], Floats], asked: list[tuple[int, Floats]]) -> float:
    """The share of the truly nearest rows that were found, equal scores being equally near."""
    found = wanted = 0
    for patient, query in asked:
        start, end = patients.span(patient)
        best = np.sort(patients.rows[start:end] @ query)[::-1][:NEIGHBOURS]
        scores = np.sort(search(patient, query))[::-1]
        wanted += len(best)
        found += int(np.isclose(scores, best[: len(scores)], atol=1e-5).sum())
    return found / wanted


def measure(options: argparse.Namespace) -> Report:
    patients = Patients(options.vectors, options.patients)
    searches = Searches(patients)
    sizes = np.diff(patients.starts)
    chosen = patients.random.choice(np.flatnonzero(sizes), size=options.queries)
    asked = [(int(patient), query) for patient, query in zip(chosen, patients.unit(len(chosen)), strict=True)]
    ways = {"ours": searches.own_block, "batch": searches.batch, "range": searches.range}

    def median_us(search: Callable[[int, Floats], Floats]) -> float:
        return statistics.median(seconds(lambda: search(*each)) for each in asked) * 1e6  # noqa: B023

    taken = paired(options.rounds, {name: lambda search=way: median_us(search) for name, way in ways.items()})
    what = f"top {NEIGHBOURS} of one patient, p50"
    lines = [
        Line(what, "IndexFlatIP + IDSelectorBatch", "us", taken["ours"], taken["batch"], GOAL),
        Line(what, "IndexFlatIP + IDSelectorRange", "us", taken["ours"], taken["range"]),
    ]
    facts = {
        "vectors": options.vectors,
        "patients": options.patients,
        "rows_of_a_patient": f"{np.median(sizes):.0f} (p99 {np.percentile(sizes, 99):.0f})",
        "recall": {name: round(recall(patients, way, asked), 4) for name, way in ways.items()},
    }
    return Report("patient_search", lines, facts)


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument("--patients", type=int, default=5_000)
    parser.add_argument("--queries", type=int, default=50, help="searches in a round, each of another patient")
    options = parser.parse_args()
    report = measure(options)
    report.publish(options)
    if report.facts["recall"]["ours"] < 1:
        raise SystemExit("recall is below 1")


if __name__ == "__main__":
    main()
