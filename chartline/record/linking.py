"""What a concept of a plan means in this patient's record: step 8, before anything is executed.

    exact name or code  ─▶  the same without generic words  ─▶  synonyms  ─▶  all words inside longer names
    └────────── first inside the asked kind; then, exact forms only, in any other kind ──────────┘
    Laboratory and vital signs are asked about in one breath: there each form is looked for in both before the next.

Only names that the record holds are ever returned, so that linking can be wrong but cannot invent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.names import normalise
from chartline.record.synonyms import GENERIC_WORDS, SYNONYMS

#: Kinds that tell of the same things, the one a question means first in front.
FAMILIES: tuple[tuple[EventKind, ...], ...] = (
    (EventKind.LABORATORY, EventKind.VITAL),
    (
        EventKind.MEDICATION_REQUEST,
        EventKind.MEDICATION_ADMINISTRATION,
        EventKind.MEDICATION_STATEMENT,
        EventKind.MEDICATION_DISPENSE,
        EventKind.INTAKE,
    ),
    (EventKind.ENCOUNTER, EventKind.ICU_STAY, EventKind.TRANSFER),
    (EventKind.REPORT, EventKind.NOTE),
)
#: Kinds in which each name is a series of its own: serum and urine creatinine are two things, two brands of a drug
#: and two forms of a disease are what the wider word means.
SERIES_KINDS = frozenset({EventKind.LABORATORY, EventKind.VITAL})
_SHORTEST_CONTAINED = 3


@dataclass(frozen=True, slots=True)
class Linking:
    """Names of the record, as it writes them, and their kind; no names where nothing fits.

    Of an ambiguous concept `names` are the candidates and `kind` the kind of the first.
    """

    names: tuple[str, ...] = ()
    kind: EventKind | None = None
    ambiguous: bool = False


class Linker(Protocol):
    def link(self, concept: str, kind: EventKind | None, chart: Chart) -> Linking:
        """`kind` None is any kind. Thread safe; the same for the same chart."""
        ...


_Match = tuple[EventKind, str]


class LexicalLinker:
    """By letters alone; the encoder adds meaning to it."""

    def link(self, concept: str, kind: EventKind | None, chart: Chart) -> Linking:
        forms = _forms(concept)
        asked = [k for k in chart.by_kind if kind in (None, k)]
        series = [k for k in chart.by_kind if kind in SERIES_KINDS and k in SERIES_KINDS - {kind}]
        matches = _exact(forms, asked, chart, series) or _coded(concept, asked, chart)
        matches = matches or _contained(forms, asked, chart)
        if not matches and kind is not None:
            others = [k for k in chart.by_kind if k is not kind]
            matches = _exact(forms, others, chart) or _coded(concept, others, chart)
        return _settle(matches, chart)


def _rows() -> dict[str, tuple[str, ...]]:
    """Each name -> the names of its rows, preferred first."""
    rows: dict[str, tuple[str, ...]] = {}
    for row in SYNONYMS:
        names = tuple(normalise(name) for name in row)
        rows.update({name: rows.get(name, ()) + names for name in names})
    return rows


_SYNONYMS = _rows()


def _forms(concept: str) -> list[str]:
    """What to look for, the nearest to the question first."""
    said = normalise(concept)
    bare = " ".join(word for word in said.split() if word not in GENERIC_WORDS)
    own = [said, bare] if bare else [said]
    return list(dict.fromkeys([*own, *(name for form in own for name in _SYNONYMS.get(form, ()))]))


def _exact(
    forms: Iterable[str], kinds: list[EventKind], chart: Chart, else_kinds: Iterable[EventKind] = ()
) -> list[_Match]:
    """Of each form first the kinds, then the others: the word of the question counts for more than the kind.

    "SpO2" is the pulse oximeter's series and no blood gas, whether the plan calls it vital sign or laboratory test.
    """
    for form in forms:
        for tier in (kinds, else_kinds):
            if matches := [(kind, form) for kind in tier if form in chart.terms(kind)]:
                return matches
    return []


def _coded(concept: str, kinds: Iterable[EventKind], chart: Chart) -> list[_Match]:
    code = concept.strip().casefold()
    if not any(c.isdigit() for c in code) or " " in code:
        return []
    return [(kind, term) for kind in kinds for term in chart.codes(kind).get(code, ())]


def _contained(forms: Iterable[str], kinds: Iterable[EventKind], chart: Chart) -> list[_Match]:
    """Names that contain all words of a form. Of series the nearest: it begins so, and says least beside it."""
    kinds = list(kinds)
    for form in forms:
        if len(form) < _SHORTEST_CONTAINED:
            continue
        words = set(form.split())
        found = [(k, term) for k in kinds for term in chart.terms(k) if words <= set(term.split())]
        if found:
            return _nearest(form, found) if any(k in SERIES_KINDS for k, _ in found) else found
    return []


def _nearest(form: str, found: list[_Match]) -> list[_Match]:
    def distance(match: _Match) -> tuple[bool, int]:
        return not match[1].startswith(form), len(match[1].split())

    least = min(map(distance, found))
    return [match for match in found if distance(match) == least]


def _settle(matches: list[_Match], chart: Chart) -> Linking:
    """One kind, and in a kind of series one name; else the concept is ambiguous."""
    if not matches:
        return Linking()
    kinds = {kind for kind, _ in matches}
    family = next((f for f in FAMILIES if kinds <= set(f)), tuple(sorted(kinds)))
    kind = next(k for k in family if k in kinds)
    inside = sorted({chart.label(k, term) for k, term in matches if k is kind})
    if len(kinds) > 1 and family not in FAMILIES:
        return Linking(tuple(sorted({chart.label(k, term) for k, term in matches})), kind, ambiguous=True)
    return Linking(tuple(inside), kind, ambiguous=kind in SERIES_KINDS and len(inside) > 1)
