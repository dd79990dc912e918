"""Words of a concept that nobody knows, put right by the one known word they can only mean.

A known word is never touched, in this record or not: hydroxyzine does not become hydralazine, whichever the chart has.
"""

from collections.abc import Iterable
from functools import lru_cache

from chartline.record.chart import Chart
from chartline.record.folding import GENERIC_WORDS, words_of
from chartline.record.kinds import EventKind
from chartline.record.vocabulary.tables import Domain, domain_of, vocabulary

#: Shorter words are codes; one wrong letter makes another one of them.
_SHORTEST = 5
#: From this length on two mistakes are forgiven.
_LONG = 9


def corrected(concept: str, chart: Chart, kinds: Iterable[EventKind]) -> str:
    """The concept itself where nothing is to be put right, or where a word could be several."""
    kinds = list(kinds)
    nearby = _words_of_chart(chart, kinds).union(*(vocabulary(domain_of(kind)).known for kind in kinds))
    known = nearby | _known() | GENERIC_WORDS
    whole = frozenset(words[0] for kind in kinds for words in vocabulary(domain_of(kind)).phrases if len(words) == 1)
    right = (word if word in known else _nearest(word, nearby, whole) for word in words_of(concept))
    return " ".join(right) or concept


@lru_cache
def _known() -> frozenset[str]:
    return frozenset[str]().union(*(vocabulary(domain).known for domain in Domain))


def _words_of_chart(chart: Chart, kinds: Iterable[EventKind]) -> frozenset[str]:
    return frozenset(word for kind in kinds for term in chart.terms(kind) for word in words_of(term))


def _nearest(word: str, known: Iterable[str], whole: frozenset[str]) -> str:
    """Of two as near, the one that is a name by itself: creatinine, not the creatine of creatine kinase."""
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    most = 1 if len(word) < _LONG else 2
    near = [(distance, other) for other in known if (distance := _distance(word, other, most)) <= most]
    least = min((distance for distance, _ in near), default=0)
    best = [other for distance, other in near if distance == least]
    named = [other for other in best if other in whole] or best
    return named[0] if len(named) == 1 else word


def _distance(one: str, other: str, most: int) -> int:
    """Letters added, dropped, changed or swapped with their neighbour; anything above `most` where there are more.

    Optimal string alignment: Damerau, CACM 7:3 (1964). The first letter is right.
    """
    if one[0] != other[0] or abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row = row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = above
    return row[-1]
