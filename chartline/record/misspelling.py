"""Words of a concept that nobody knows, put right by the one known word they can only mean.

A known word is never touched, in this record or not: hydroxyzine does not become hydralazine, whichever the chart has.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from chartline.record.chart import Chart
from chartline.record.folding import are_opposites, words_of
from chartline.record.kinds import EventKind
from chartline.record.knowing import is_understood
from chartline.record.matching import names_of
from chartline.record.vocabulary.tables import Domain, domain_of, vocabulary

#: Shorter words are codes; one wrong letter makes another one of them.
_SHORTEST = 5
#: From this length on two mistakes are forgiven; two drugs may lie no further apart (cycloserine, cyclosporine).
_LONG = 9


def corrected(concept: str, chart: Chart, kinds: Iterable[EventKind]) -> str:
    """The concept itself where nothing is to be put right, or where a word could be several."""
    kinds = list(kinds)
    domains = {domain_of(kind) for kind in kinds}
    letters = [names_of(kind, chart).letters for kind in kinds]
    words = words_of(concept)
    right = [
        word
        if is_understood(word) or _ends_as_names_do(word, domains) or any(word in known for known in letters)
        else _nearest(word, domains, letters)
        for word in words
    ]
    return concept if right == words else " ".join(right)


@lru_cache
def _by_letter(domain: Domain) -> dict[str, tuple[str, ...]]:
    letters: dict[str, list[str]] = {}
    for word in sorted(vocabulary(domain).known):
        letters.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in letters.items()}


def _ends_as_names_do(word: str, domains: Iterable[Domain]) -> bool:
    """A rare diagnosis or drug is written as it is meant: dysphagia is no misspelling of dysphasia."""
    return any(vocabulary(domain).endings and word.endswith(vocabulary(domain).endings) for domain in domains)


def _nearest(word: str, domains: Collection[Domain], letters: Iterable[frozenset[str]]) -> str:
    """Of two as near, the one that is a name by itself: creatinine, not the creatine of creatine kinase."""
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    most = 1 if len(word) < _LONG or Domain.DRUG in domains else 2
    written = {other for known in letters for other in known if other[0] == word[0]}
    candidates = written.union(*(_by_letter(domain).get(word[0], ()) for domain in domains))
    near = [(distance, other) for other in candidates if (distance := _distance(word, other, most)) <= most]
    near = [(distance, other) for distance, other in near if not are_opposites(word, other)]
    best = [other for distance, other in near if distance == min(near)[0]]
    named = [other for other in best if any((other,) in vocabulary(domain).phrases for domain in domains)] or best
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
        before, row = row, list(_row(one, other, i, letter, before, row))
        if min(row) > most:
            return most + 1
    return row[-1]


def _row(one: str, other: str, i: int, letter: str, before: list[int], above: list[int]) -> Iterator[int]:
    """The costs of turning the first i letters into each beginning of the other word."""
    left = i
    yield left
    for j, wanted in enumerate(other, start=1):
        left = min(above[j] + 1, left + 1, above[j - 1] + (letter != wanted))
        if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
            left = min(left, before[j - 2] + 1)
        yield left
