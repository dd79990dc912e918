"""Whether a concept is something that a record may hold: only then does its absence answer a question.

"No record of asthma" is an answer. "No record of squirrels" is none: no record was ever asked to keep them.
"""

from collections.abc import Callable
from functools import lru_cache

from chartline.record.folding import KNOWN_WORDS, words_of
from chartline.record.kinds import EventKind
from chartline.record.vocabulary.tables import Domain, domain_of, vocabulary

#: Whether any record at hand has the word in a name of that kind.
IsWritten = Callable[[EventKind, str], bool]


def is_known(concept: str, kinds: tuple[EventKind, ...], is_written: IsWritten) -> bool:
    """Each of its words is in the vocabulary of one of the kinds, ends as such words do, or is written in a record."""
    words = [word for word in words_of(concept) if not word.isdigit()]
    return bool(words) and all(any(_known(word, kind, is_written) for kind in kinds) for word in words)


def _known(word: str, kind: EventKind, is_written: IsWritten) -> bool:
    table = vocabulary(domain_of(kind))
    clinical = word in table.known or (bool(table.endings) and (word in KNOWN_WORDS or word.endswith(table.endings)))
    return clinical or is_written(kind, word)


def is_understood(concept: str) -> bool:
    """Whether the vocabulary has every word of it: then it is what it says, in this record or not."""
    return all(word in _every_word() or word.isdigit() for word in words_of(concept))


@lru_cache
def _every_word() -> frozenset[str]:
    return KNOWN_WORDS.union(*(vocabulary(domain).known for domain in Domain))
