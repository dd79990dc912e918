"""Diagnoses by the groups of their codes: "diabetes" means E11.9 and 250.00 even where no title says so."""

from collections.abc import Iterable

from chartline.record.chart import Chart
from chartline.record.codes import groups_of
from chartline.record.kinds import EventKind
from chartline.record.matching import Match
from chartline.record.meaning import Reading, reading
from chartline.record.vocabulary.tables import Domain


def in_group(meant: Reading, kinds: Iterable[EventKind], chart: Chart) -> list[Match]:
    """Only groups that mean just that: CCS's "COPD and bronchiectasis" is no answer to either.

    A code in a group says as little as a longer name does: what is called just so goes before it.
    """
    if meant.about or EventKind.CONDITION not in kinds:
        return []
    return [
        Match(EventKind.CONDITION, term, extra=1)
        for code, terms in chart.codes(EventKind.CONDITION).items()
        if any(reading(title, Domain.CONDITION).words == meant.words for title in groups_of(code))
        for term in sorted(terms)
    ]
