"""A bench's result as a table for people, as a JSON line for programs, and as a section of docs/results/benches.md.

A ratio is the median over the rounds' own ratios, and above 1 where ours is better. The load of the machine stands
beside it: other programs slow both sides, but not always alike.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

_RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results" / "benches.md"
_TITLE = "# Benches\n\nEach section is written by `chartline bench NAME --record`, ours and its peer in the same run.\n"
_HEAD = ("what", "peer", "unit", "ours", "peer's", "ratio", "rounds", "goal")


@dataclass(frozen=True, slots=True)
class Line:
    """`ours` and `theirs` hold one figure a round, in `unit`; less is better unless it is a rate."""

    what: str
    peer: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float]
    goal: float | None = None

    @property
    def ratios(self) -> list[float]:
        pairs = zip(self.ours, self.theirs, strict=True)
        return [ours / theirs if self.unit.endswith("/s") else theirs / ours for ours, theirs in pairs]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "peer": self.peer,
            "unit": self.unit,
            "ours": _short(statistics.median(self.ours)),
            "theirs": _short(statistics.median(self.theirs)),
            "ratio": _short(self.ratio),
            "ratios": [_short(ratio) for ratio in self.ratios],
            "goal": self.goal,
        }

    def cells(self) -> tuple[str, ...]:
        medians = statistics.median(self.ours), statistics.median(self.theirs), self.ratio
        spread = f"{_written(min(self.ratios))}–{_written(max(self.ratios))}"
        goal = "" if self.goal is None else f"{self.goal:g}"
        return (self.what, self.peer, self.unit, *map(_written, medians), spread, goal)


@dataclass(frozen=True, slots=True)
class Report:
    """`facts` are sizes and figures that have no peer."""

    bench: str
    lines: Sequence[Line]
    facts: dict[str, Any] = field(default_factory=dict)

    def publish(self, options: argparse.Namespace) -> None:
        """Prints table and JSON line, and keeps the section where `--record` was given."""
        machine = _machine()
        print(self._table())
        if options.record:
            self._record(machine)
        lines = [line.as_json() for line in self.lines]
        print(json.dumps({"bench": self.bench, "lines": lines, **self.facts, "machine": machine}))

    def _table(self) -> str:
        rows = [_HEAD, *(line.cells() for line in self.lines)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rows.insert(1, tuple("-" * width for width in widths))
        return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows)

    def _record(self, machine: dict[str, Any]) -> None:
        said = [", ".join(f"{k.replace('_', ' ')} {v}" for k, v in f.items()) for f in (self.facts, machine) if f]
        sections = _sections() | {self.bench: "\n\n".join([self._table(), *said])}
        body = "".join(f"\n## {name}\n\n{sections[name]}\n" for name in sorted(sections))
        _RESULTS.parent.mkdir(parents=True, exist_ok=True)
        _RESULTS.write_text(_TITLE + body)


def arguments(documentation: str | None, rounds: int) -> argparse.ArgumentParser:
    """A parser with what every bench can be told."""
    parser = argparse.ArgumentParser(description=(documentation or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--record", action="store_true", help="write the result into docs/results/benches.md")
    return parser


def _sections() -> dict[str, str]:
    """What was recorded before, by bench."""
    if not _RESULTS.exists():
        return {}
    parts = _RESULTS.read_text().split("\n## ")[1:]
    return {name: text.strip() for name, _, text in (part.partition("\n") for part in parts)}


def _machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "day": time.strftime("%Y-%m-%d"),
    }


def _processor() -> str:
    named = (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    return next(named, platform.machine()).rpartition(":")[2].strip()


def _short(value: float) -> float:
    """Three digits are all that a measurement is worth."""
    return float(f"{value:.3g}") if abs(value) < 1000 else round(value)


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
