"""What a concept of a plan means in this patient's record: step 8, before anything is executed.

    the record's own name or code ─▶ the same meaning ─▶ all its words inside longer names ─▶ the same, spelt right
    └──────── first in the asked kind and its family; then, whole meanings only, in any other kind ─────────┘

Only names that the record holds are ever returned, so that linking can be wrong but cannot invent. What is near but
another thing, the urine's creatinine for creatinine, is never taken: it is asked back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from chartline.record.allergens import allergies
from chartline.record.chart import STAY_KINDS, Chart
from chartline.record.codes import code_of, same_as
from chartline.record.folding import GENERIC_WORDS, words_of
from chartline.record.grouping import in_group
from chartline.record.kinds import EventKind
from chartline.record.matching import Match, asked_back, is_of_sample, same_or_longer
from chartline.record.meaning import Reading, narrower, panel, preferred, readings
from chartline.record.misspelling import corrected
from chartline.record.names import normalise
from chartline.record.vocabulary.tables import Domain, domain_of

_DRUGS = (
    EventKind.MEDICATION_REQUEST,
    EventKind.MEDICATION_ADMINISTRATION,
    EventKind.MEDICATION_STATEMENT,
    EventKind.MEDICATION_DISPENSE,
    EventKind.INTAKE,
)
#: Kinds that tell of the same things, the one a question means first in front.
FAMILIES: tuple[tuple[EventKind, ...], ...] = (
    (EventKind.LABORATORY, EventKind.VITAL),
    _DRUGS,
    (EventKind.ENCOUNTER, EventKind.ICU_STAY, EventKind.TRANSFER),
    (EventKind.REPORT, EventKind.NOTE),
)
#: Kinds in which each name is a series of its own: serum and urine creatinine are two things, two brands of a drug
#: and two forms of a disease are what the wider word means.
SERIES_KINDS = frozenset({EventKind.LABORATORY, EventKind.VITAL})
#: A dose is no level, an order no allergy, a ward no test: what is asked of one is never answered from the other.
_APART: dict[EventKind, frozenset[EventKind]] = {
    EventKind.LABORATORY: frozenset(_DRUGS),
    EventKind.VITAL: frozenset(_DRUGS),
    EventKind.ALLERGY: frozenset(EventKind),
    **{kind: SERIES_KINDS | {EventKind.ALLERGY} for kind in _DRUGS},
    EventKind.CONDITION: frozenset({*_DRUGS, EventKind.ALLERGY}),
    **{kind: frozenset(EventKind) for kind in STAY_KINDS},
}


@dataclass(frozen=True, slots=True)
class Linking:
    """Names of the record, as it writes them, and their kind; no names where nothing fits.

    Of an ambiguous concept `names` are the candidates and `kind` the kind of the first; `panel` where all of them are
    meant together. `known` is false for words that nobody knows: that they are not in the record says nothing.
    """

    names: tuple[str, ...] = ()
    kind: EventKind | None = None
    ambiguous: bool = False
    panel: bool = False
    known: bool = True


class Linker(Protocol):
    def link(self, concept: str, kind: EventKind | None, chart: Chart) -> Linking:
        """`kind` None is any kind. Thread safe; the same for the same chart."""


class LexicalLinker:
    """By letters and vocabulary alone; the encoder adds meaning to it."""

    def link(self, concept: str, kind: EventKind | None, chart: Chart) -> Linking:
        linking = _linked(concept, kind, chart)
        if linking.names:
            return linking
        right = corrected(concept, chart, _near(kind, chart))
        return _linked(right, kind, chart) if right != concept else linking


def _linked(concept: str, kind: EventKind | None, chart: Chart) -> Linking:
    near = _near(kind, chart)
    matches = _own(concept, [k for k in near if kind in (None, k)], near, chart) or _coded(concept, near, chart)
    if matches:
        return _settle(matches, near, chart)
    by_domain = [_meant(concept, domain, kinds, chart) for domain, kinds in _domains(near).items()]
    found = [linking for linking in by_domain if linking.names]
    if sure := [linking for linking in found if not linking.ambiguous] or found:
        return sure[0] if len(sure) == 1 else _either(sure)
    return _settle(_own(concept, near, near, chart) or _elsewhere(concept, kind, near, chart), near, chart)


# --- kinds ----------------------------------------------------------------------------------------------------------


def family_of(kind: EventKind | None) -> tuple[EventKind, ...]:
    """The asked kind, then those that tell of the same things; all kinds where none is asked."""
    if kind is None:
        return tuple(EventKind)
    family = next((f for f in FAMILIES if kind in f), ())
    if kind is EventKind.IMMUNIZATION:  # a vaccine is given as a drug
        family = _DRUGS
    return (kind, *(other for other in family if other is not kind))


def _near(kind: EventKind | None, chart: Chart) -> list[EventKind]:
    """Of the family what the chart has: kinds in which a part of a name is enough."""
    return [k for k in family_of(kind) if k in chart.by_kind]


def _domains(kinds: list[EventKind]) -> dict[Domain, list[EventKind]]:
    domains: dict[Domain, list[EventKind]] = {}
    for kind in kinds:
        domains.setdefault(domain_of(kind), []).append(kind)
    return domains


def _elsewhere(concept: str, kind: EventKind | None, near: list[EventKind], chart: Chart) -> list[Match]:
    """The plan's kind may be wrong, the question's word is not: its own name in another kind, or the same meaning.

    The whole name: the urine of "urine output" is a sample elsewhere.
    """
    if kind is None:
        return []
    apart = _APART.get(kind, frozenset())
    others = [k for k in chart.by_kind if k not in near and k not in apart]
    own = [Match(k, normalise(concept)) for k in others if normalise(concept) in chart.terms(k)]
    return (
        own
        or _coded(concept, others, chart)
        or [
            match
            for domain, kinds in _domains(others).items()
            for meant in readings(concept, domain)
            for match in same_or_longer(meant, kinds, domain, chart)
            if not match.extra
        ]
    )


# --- the record's own words -------------------------------------------------------------------------------------------


def _bare(concept: str) -> str:
    return " ".join(word for word in concept.split() if not GENERIC_WORDS.issuperset(words_of(word)))


def _forms(concept: str, domain: Domain) -> list[str]:
    """What to look for as it stands, the nearest to the question first."""
    said, bare = normalise(concept), normalise(_bare(concept))
    senses = () if domain is Domain.MEASUREMENT else preferred(concept, domain)
    return list(dict.fromkeys([said, *([bare] if bare else []), *(senses if len(senses) == 1 else ())]))


def _own(concept: str, asked: list[EventKind], near: list[EventKind], chart: Chart) -> list[Match]:
    """Of each form first the asked kind, then the others of a series: the word counts for more than the kind.

    "SpO2" is the pulse oximeter's series and no blood gas, whether the plan calls it vital sign or laboratory test.
    """
    partners = [k for k in near if k in SERIES_KINDS and k not in asked and SERIES_KINDS.issuperset(asked)]
    for kinds in ([k] for k in asked) if len(asked) == 1 else [asked]:
        for form in _forms(concept, domain_of(kinds[0]) if kinds else Domain.PLACE):
            for tier in (kinds, partners):
                named = (k for k in tier if form in chart.terms(k))
                if found := [Match(k, form) for k in named if is_of_sample(concept, k, form, chart)]:
                    return found
    return []


def _coded(concept: str, kinds: Iterable[EventKind], chart: Chart) -> list[Match]:
    """The code itself, with or without its dots; else what a crosswalk of the site calls the same."""
    said = concept.strip()
    if not any(c.isdigit() for c in said) or " " in said:
        return []
    codes = [(kind, code, terms) for kind in kinds for code, terms in chart.codes(kind).items()]
    own = [(kind, terms) for kind, code, terms in codes if code == code_of(code.system, said)]
    same = own or [(k, terms) for k, code, terms in codes if any(o == code_of(o.system, said) for o in same_as(code))]
    return [Match(kind, term) for kind, terms in same for term in sorted(terms)]


# --- meanings -------------------------------------------------------------------------------------------------------


def _meant(concept: str, domain: Domain, kinds: list[EventKind], chart: Chart) -> Linking:
    """Each thing that is called so; where the record has several of them, it is asked back."""
    link = _series if SERIES_KINDS.issuperset(kinds) else _wider
    for form in dict.fromkeys((concept, concept if preferred(concept, domain) else _bare(concept))):
        links = [link(meant, kinds, domain, chart) for meant in readings(form, domain)]
        found = [linking for linking in links if linking.names]
        if distinct := list(dict.fromkeys([linking for linking in found if not linking.ambiguous] or found)):
            return distinct[0] if len(distinct) == 1 else _either(distinct)
    return Linking()


def _wider(meant: Reading, kinds: list[EventKind], domain: Domain, chart: Chart) -> Linking:
    """Every form and brand is meant: first what is just that, then whatever holds it."""
    if kinds == [EventKind.ALLERGY]:
        found, near = allergies(meant, chart)
        return replace(_settle(found, kinds, chart), ambiguous=near)
    members = narrower(meant, domain)
    found = [m for member in members for m in same_or_longer(member, kinds, domain, chart)]
    found += [m for member in members for m in in_group(member, kinds, chart)]
    exact = [m for m in found if not m.extra and len(members) == 1]
    return _settle(exact or found, kinds, chart)


def _series(meant: Reading, kinds: list[EventKind], domain: Domain, chart: Chart) -> Linking:
    """The one series that is meant first; a panel's members; else what it might be, to ask back."""
    if found := _first_meant(meant, kinds, domain, chart):
        return _settle(found, kinds, chart)
    members = [_settle(_first_meant(m, kinds, domain, chart), kinds, chart) for m in panel(meant, domain)]
    names = tuple(dict.fromkeys(name for linking in members for name in linking.names))
    if names:
        kind = next(linking.kind for linking in members if linking.names)
        return Linking(names, kind, ambiguous=len(names) > 1, panel=True)
    near = _settle(asked_back(meant, kinds, chart), kinds, chart)
    return Linking(near.names, near.kind, ambiguous=bool(near.names))


def _first_meant(meant: Reading, kinds: list[EventKind], domain: Domain, chart: Chart) -> list[Match]:
    for member in narrower(meant, domain):
        sure = [m for m in same_or_longer(member, kinds, domain, chart) if m.sure]
        if sure:
            least = min((m.rank, m.kind is not kinds[0]) for m in sure)
            return [m for m in sure if (m.rank, m.kind is not kinds[0]) == least]
    return []


# --- what was found ---------------------------------------------------------------------------------------------------


def _either(linkings: list[Linking]) -> Linking:
    return Linking(tuple(dict.fromkeys(n for one in linkings for n in one.names)), linkings[0].kind, ambiguous=True)


def _settle(matches: list[Match], near: list[EventKind], chart: Chart) -> Linking:
    """One kind, the asked one if it may be, and in a kind of series one name; else the concept is ambiguous."""
    if not matches:
        return Linking()
    kinds = {match.kind for match in matches}
    family = next((f for f in FAMILIES if kinds <= set(f)), tuple(sorted(kinds)))
    kind = next(k for k in (*near, *family) if k in kinds)
    inside = sorted({chart.label(k, m.term) for m in matches if (k := m.kind) is kind})
    if len(kinds) > 1 and family not in FAMILIES:
        return Linking(tuple(sorted({chart.label(m.kind, m.term) for m in matches})), kind, ambiguous=True)
    return Linking(tuple(inside), kind, ambiguous=kind in SERIES_KINDS and len(inside) > 1)
