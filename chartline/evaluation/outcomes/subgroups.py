"""Whom a case is about, as the record says it: age band, sex, ethnicity; for a table of who is served how well."""

from __future__ import annotations

from collections.abc import Iterator

from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.counting import counted
from chartline.record.kinds import EventKind

#: Upper ends of the bands, in years.
_BANDS = ((18, "under 18"), (40, "18 to 39"), (65, "40 to 64"), (80, "65 to 79"), (200, "80 and over"))
_UNKNOWN = "not recorded"
#: Groups of fewer cases are shown together: their numbers say nothing, and few people are easily known again.
LEAST_CASES = 20


def subgroups(cases: tuple[Case, ...]) -> dict[str, dict[str, list[int]]]:
    """Trait -> group -> places of its cases."""
    found: dict[str, dict[str, list[int]]] = {}
    for place, case in enumerate(cases):
        for trait, group in _traits(case):
            found.setdefault(trait, {}).setdefault(group, []).append(place)
    return {trait: _pooled(groups) for trait, groups in found.items()}


def _traits(case: Case) -> Iterator[tuple[str, str]]:
    age = counted(case).features.get("age")
    yield "age", _UNKNOWN if age is None else next((name for end, name in _BANDS if age < end), _UNKNOWN)
    yield "sex", _told(case, "gender")
    yield "ethnicity", _told(case, "race", "ethnicity")


def _told(case: Case, *names: str) -> str:
    """The patient's own data first, else what the last visit wrote."""
    for kind in (EventKind.PATIENT, EventKind.ENCOUNTER):
        for index in reversed(case.chart.of_kind(kind).tolist()):
            for name in names:
                value = case.chart.events[index].attribute(name)
                if isinstance(value, str) and value:
                    return value
    return _UNKNOWN


def _pooled(groups: dict[str, list[int]]) -> dict[str, list[int]]:
    kept = {name: places for name, places in sorted(groups.items()) if len(places) >= LEAST_CASES}
    rest = sorted(place for places in groups.values() if len(places) < LEAST_CASES for place in places)
    return kept | ({f"groups under {LEAST_CASES} cases": rest} if rest else {})
