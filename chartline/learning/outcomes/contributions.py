"""What speaks for and against an outcome in one chart: parts of a model's log-odds, in words, with the events behind.

Parts are of the model's own score, before calibration: calibration moves the scale, never what speaks for or against.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from chartline.learning.outcomes.cases import Case

MOST_CONTRIBUTIONS = 10
#: Keys told for each part.
MOST_EVENTS = 8
#: A part that rounds to nothing in print says nothing.
_LEAST = 0.0005

_STATISTICS = {"last": "last {}", "count": "number of {}"}
_DECILE = re.compile(r"(.*) decile (\d+)")


@dataclass(frozen=True, slots=True)
class Contribution:
    """`log_odds` is the feature's part; positive speaks for the outcome."""

    words: str
    log_odds: float
    event_keys: tuple[str, ...] = ()


@runtime_checkable
class Contributing(Protocol):
    """A model whose log-odds are a sum over features; `how` says what the parts are."""

    how: str

    def contributions(self, case: Case) -> dict[str, float]:
        """By feature; all together they are the log-odds of the score, but for a constant."""

    def evidence(self, case: Case, features: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Keys of the events behind each of these features, at most MOST_EVENTS, the last ones."""


def strongest(model: Contributing, case: Case) -> tuple[Contribution, ...]:
    """The strongest first, at most MOST_CONTRIBUTIONS."""
    said = ((name, part) for name, part in model.contributions(case).items() if abs(part) >= _LEAST)
    chosen = dict(sorted(said, key=lambda part: (-abs(part[1]), part[0]))[:MOST_CONTRIBUTIONS])
    evidence = model.evidence(case, chosen)
    return tuple(Contribution(words_of(name), part, evidence.get(name, ())) for name, part in chosen.items())


def words_of(feature: str) -> str:
    """For example "creatinine [mg/dL] (laboratory) in tenth 10 of 10, last day", "hours since admission"."""
    what, _, when = feature.partition(" | ")
    decile = _DECILE.fullmatch(what)
    said = _said(decile[1] if decile else what)
    if decile:
        said += f" in tenth {decile[2]} of 10"
    return f"{said}, {when}" if when else said


def _said(what: str) -> str:
    kind, _, name = what.partition("/")
    kind = kind.replace("_", " ")
    name, _, statistic = name.rpartition("/") if name.rpartition("/")[2] in _STATISTICS else (name, "", "")
    if statistic:
        return _STATISTICS[statistic].format(f"{name.replace('/', ', ')} ({kind})" if name else f"{kind} events")
    return f"{name} ({kind})" if name else kind
