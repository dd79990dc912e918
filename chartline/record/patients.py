"""Who is whom: words that identifiers name one patient, or do not any more, become groups of identifiers.

    A = B, v1 ── A = B withdrawn, v2 ── A = B, v3      of each set of identifiers and system the last word counts
    B = C, by a record whose newer version does not repeat it ── taken back

Groups are what the standing words connect, so chains and cycles are one patient, and no order of arrival matters. A
word acts at every as_of: who somebody is is no clinical fact.
"""

from collections import defaultdict
from collections.abc import Iterable

from chartline.record.event import PatientLink, RecordVersion
from chartline.record.versions import word_order
from chartline.record.whole_records import standing_words


def preference(identifier: str) -> tuple[bool, str]:
    """The least of a patient's identifiers is its canonical one: those of FHIR before others, then by letters."""
    return not identifier.startswith("Patient/"), identifier


def groups(
    identifiers: Iterable[str], words: Iterable[PatientLink], records: Iterable[RecordVersion]
) -> dict[str, frozenset[str]]:
    """Of each identifier, and of those that words name, all names of the same patient.

    `words` are all that were ever said of them, in any order, with repeats; `records` the versions of their records.
    """
    found = {identifier: {identifier} for identifier in identifiers}
    for linked in _linked(standing_words(words, records)):
        joined = set[str]().union(*(found.get(one, {one}) for one in linked))
        found.update(dict.fromkeys(joined, joined))
    frozen = {id(group): frozenset(group) for group in found.values()}
    return {identifier: frozen[id(group)] for identifier, group in found.items()}


def canonical(group: Iterable[str]) -> str:
    return min(group, key=preference)


def _linked(words: Iterable[PatientLink]) -> list[frozenset[str]]:
    """The sets of identifiers whose last word links them; of two last words the withdrawal counts."""
    said: defaultdict[tuple[str, frozenset[str]], list[PatientLink]] = defaultdict(list)
    for word in words:
        said[word.system, frozenset(word.identifiers)].append(word)
    return [linked for (_, linked), of_it in said.items() if not max(of_it, key=_order).withdrawn]


def _order(word: PatientLink) -> tuple[int, int, bool]:
    return *word_order(word.version, word.available_time, withdrawal=word.withdrawn), word.withdrawn
