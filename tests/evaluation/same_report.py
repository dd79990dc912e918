"""Writes docs/results/same_questions.md: how many questions the releases of the same data answer the same.

Prints the questions that differ and that no difference of the sources explains.

python -m tests.evaluation.same_report
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.evaluation.gold_report import table
from tests.evaluation.same_questions import DIFFERENCES, KINDS, PATIENTS, QUESTIONS, Asked, ask

_REPORT = Path(__file__).parents[2] / "docs" / "results" / "same_questions.md"
_INTRODUCTION = """# The same questions of the same patients, whatever their records came as

Written by `python -m tests.evaluation.same_report`. Questions are generated on charts made of MIMIC-IV's demo tables;
the plan of each is executed on the chart of the tables and on that of the same patients' MEDS or FHIR release, and no
language model takes part. The charts of all are made by the parsers and mappings that serve.

- *same*: both give the same values, but for zeros after the point, letters' case and the clock's zone;
- *sources differ*: a difference that the releases themselves have, by name below, and in
  `tests/evaluation/same_differences.toml`;
- *not explained*: neither; it would be a fault of ours.
"""


def report(asked: Sequence[Asked]) -> str:
    rows = [_row(source, [one for one in asked if one.source == source]) for source in KINDS]
    head = ["tables and", "kinds", "patients", "questions", "same", "sources differ", "not explained"]
    return "\n".join([_INTRODUCTION, table(head, rows), "## Differences of the sources\n", table(*_differences(asked))])


def _row(source: str, asked: Sequence[Asked]) -> list[str]:
    same = sum(one.same for one in asked)
    explained = sum(bool(one.difference) for one in asked)
    kinds = ", ".join(kind.lower().replace("_", " ") for kind in KINDS[source])
    numbers = [len({one.patient for one in asked}), len(asked), same, explained, len(asked) - same - explained]
    return [source, kinds, *map(str, numbers)]


def _differences(asked: Iterable[Asked]) -> tuple[list[str], list[list[str]]]:
    found = Counter((one.source, one.difference) for one in asked)
    rows = [[d["source"], d["name"], str(found[d["source"], d["name"]]), d["reason"]] for d in DIFFERENCES]
    return ["tables and", "difference", "questions", "why"], rows


def unexplained(asked: Iterable[Asked]) -> Iterable[str]:
    """For the terminal: what was asked and what came back."""
    return (
        f"{one.source} {one.patient} {one.plan}\n  {', '.join(one.tables)}\n  {', '.join(one.other)}"
        for one in asked
        if not one.same and not one.difference
    )


def whole_run() -> list[Asked]:
    asked: list[Asked] = []
    for source in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            asked += ask(source, PATIENTS, QUESTIONS, Path(folder))
    return asked


if __name__ == "__main__":
    results = whole_run()
    print(*unexplained(results), sep="\n")
    print(*Counter((one.source, one.difference) for one in results if not one.same).items(), sep="\n")
    _REPORT.write_text(report(results))
