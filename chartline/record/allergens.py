"""Which allergies of a record answer for a drug: its own, those to its class, and what is only near.

amoxicillin ─▶ "Penicillins" is one of it; "Penicillin V" is another penicillin, and says neither yes nor no
Percocet    ─▶ "Acetaminophen" is in it
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations_with_replacement

from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.matching import Match, names_of, same_or_longer
from chartline.record.meaning import Members, Reading, members_of, wider
from chartline.record.vocabulary.tables import Domain, vocabulary

_KINDS = (EventKind.ALLERGY,)


def allergies(meant: Reading, chart: Chart) -> tuple[list[Match], bool]:
    """To the thing itself, of a class to each of its members, of a drug to each of its classes and ingredients.

    Else, and then true beside it, to drugs of a class where who is allergic to one is told to be allergic to all.
    """
    found = [m for one in (meant, *_allergens().get(meant.words, ())) for m in _named(one, chart)]
    # A name of two classes says that it is both: ibuprofen is an analgesic and no "opioid analgesic".
    found += [match for one in _classes(meant) for match in _named(one, chart) if not match.extra]
    found += _ingredients(meant, chart)
    near = [] if found else [match for one in _sisters(meant) for match in _named(one, chart)]
    return found or near, bool(near)


def _sisters(meant: Reading) -> Iterator[Reading]:
    own = members_of(vocabulary(Domain.DRUG).allergens, Domain.DRUG).values()
    return (member for members in own if _holds(members, meant) for member in members)


def _named(meant: Reading, chart: Chart) -> list[Match]:
    return same_or_longer(meant, _KINDS, Domain.DRUG, chart)


def _ingredients(meant: Reading, chart: Chart) -> list[Match]:
    """Only what is a drug by itself: milk is none of milk of magnesia."""
    names = names_of(EventKind.ALLERGY, chart).readings.items()
    drugs = vocabulary(Domain.DRUG).single
    parts = (term for term, name in names if name.words and name.words < meant.words and name.words <= drugs)
    return [Match(EventKind.ALLERGY, term) for term in parts]


def _classes(meant: Reading) -> Iterator[Reading]:
    own = [said for said, members in _allergens().items() if _holds(members, meant)]
    return (Reading(one | other) for one, other in combinations_with_replacement(own, 2))


def _holds(members: Iterable[Reading], meant: Reading) -> bool:
    return any(member.words <= meant.words for member in members)


@lru_cache
def _allergens() -> Members:
    """Classes as one is allergic to them: some are wider than those that drugs are asked for by."""
    own, usual = members_of(vocabulary(Domain.DRUG).allergens, Domain.DRUG), wider(Domain.DRUG)
    return {**usual, **{said: (*usual.get(said, ()), *members) for said, members in own.items()}}
