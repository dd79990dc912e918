"""The same questions of the same patients, asked of the charts that two releases of the same data make.

    tables ─▶ chart ─▶ generated question, with its plan ─▶ executed ─▶ values ─┐
    MEDS or FHIR ─▶ chart ─────────────────────────────────▶ executed ─▶ values ─┴▶ the same, or a known difference

No language model takes part. What differs and is no difference of the sources (same_differences.toml) is a fault of a
parser, a mapping or the executor.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from chartline.language.blocks import prefix_order
from chartline.learning.generation.families import FAMILIES
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.questions import Mix
from chartline.learning.generation.views import View, draw_now
from chartline.record.event import Event, Instant, Quantity
from chartline.record.kinds import EventKind
from chartline.record.result import Duration
from chartline.record.times import MINUTE, format_instant
from chartline.record.versions import states
from tests.evaluation import same_sources
from tests.evaluation.same_sources import Charts

_DATA = tomllib.loads(Path(__file__).with_name("same_differences.toml").read_text())
#: Each with `source`, `name`, `reason`, and of the questions that it explains a pattern of their plans, perhaps one of
#: the values that one chart alone gives, and their number in the whole run.
DIFFERENCES: list[dict[str, Any]] = _DATA["difference"]
#: By the source that is held against the tables: which kinds of events are asked about.
KINDS: dict[str, list[str]] = _DATA["kinds"]
#: Of the whole run: patients with cultures, drugs given and a stay in intensive care, and charts of middling length.
PATIENTS: list[str] = _DATA["patients"]
QUESTIONS: int = _DATA["questions"]
_READ: dict[str, Callable[[Collection[str], Path], Charts]] = {"MEDS": same_sources.meds, "FHIR": same_sources.fhir}


@dataclass(frozen=True, slots=True)
class Asked:
    """`tables` and `other` are what the plan gave on the charts of both, in order of the alphabet."""

    source: str
    patient: str
    plan: str
    tables: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def same(self) -> bool:
        return self.tables == self.other

    @property
    def difference(self) -> str:
        """The name of the difference of the sources that explains it; empty where it is the same, or none does."""
        return "" if self.same else next((d["name"] for d in DIFFERENCES if _explains(d, self)), "")


def ask(source: str, patients: Sequence[str], questions: int, folder: Path) -> Iterator[Asked]:
    """As many `questions` of each patient; `folder` is an empty one for the cut releases."""
    for name in ("tables", source):
        (folder / name).mkdir()
    tables = same_sources.tables(patients, folder / "tables")
    other = _READ[source](patients, folder / source)
    kinds = {EventKind[kind] for kind in KINDS[source]}
    mix = Mix([f for f in FAMILIES if f.kind in kinds and not f.refuses and not f.follows], held_out=False)
    for patient in patients:
        rng = random.Random(f"{source}/{patient}")
        first, second = _view(patient, tables[patient]), _view(patient, other[patient])
        now = draw_now(first, rng)
        asked = (mix.attempt(Ground(first, now), rng) for _ in range(2 * questions))
        again = Ground(second, _on_the_clock_of(second, now))
        for question in [q for q in asked if q is not None][:questions]:
            result = again.execute(question.plan)
            values = () if result is None else tuple(sorted(said(v.form) for v in result.values))
            expected = tuple(sorted(said(v.form) for v in question.result.values))
            yield Asked(source, patient, question.example.plan, expected, values)


def said(form: object) -> str:
    """A value without what one source writes otherwise: zeros after the point, case, the clock's zone."""
    if isinstance(form, Instant):
        return format_instant(form)[:19]
    if isinstance(form, Quantity):
        number = Decimal(form.value).normalize()
        return f"{form.comparator}{number:f} {form.unit}".strip().casefold()
    return f"{form.hours:.2f} hours" if isinstance(form, Duration) else str(form).strip().casefold()


def _view(patient: str, versions: Sequence[Event]) -> View:
    return View(f"Patient/{patient}", prefix_order(states(versions, None)))


def _on_the_clock_of(view: View, local: Instant) -> Instant:
    """The tables have no zone: their time is the wall clock."""
    last = view.chart.last_known
    if last is None or last.offset_minutes is None:
        return local
    return Instant(local.unix_micros - last.offset_minutes * MINUTE, last.offset_minutes, local.precision)


def _explains(difference: dict[str, Any], asked: Asked) -> bool:
    if difference["source"] != asked.source or not re.search(difference["plan"], f"{asked.patient} {asked.plan}"):
        return False
    one, other = Counter(asked.tables), Counter(asked.other)
    alone = [*(one - other), *(other - one)]
    return all(re.search(difference.get("values", ""), value) for value in alone)
