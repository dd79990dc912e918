"""What a name says, read the same way from a question and from a record: its words, its sample, its salt.

    "Creatinine [Mass/volume] in Urine"   ─▶ {creatinine}, urine
    "24 HR metoprolol succinate 100 MG"   ─▶ {metoprolol}, succinate
    "urinary Cr"                          ─▶ {creatinine}, urine

Two names mean the same thing when their readings agree, whatever naming system each came from.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from chartline.record.vocabulary.cleaning import without_absent
from chartline.record.vocabulary.tables import Domain, Vocabulary, Words, vocabulary


@dataclass(frozen=True, slots=True)
class Reading:
    """`specimen` and `release` "" are not said; `about` holds markers such as a family history."""

    words: frozenset[str]
    specimen: str = ""
    salts: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    release: str = ""


@lru_cache(maxsize=65_536)
def readings(text: str, domain: Domain) -> tuple[Reading, ...]:
    """One for each thing that is called so; none where nothing but grammar is said."""
    table = vocabulary(domain)
    words = table.expanded(text)
    senses = table.phrases.get(words) or (words,)
    if len(senses) == 1:
        return _present(_read(words, table))
    return tuple(reading for own in senses for reading in _present(_read(own, table)))


@lru_cache(maxsize=65_536)
def reading(text: str, domain: Domain) -> Reading:
    """Of a record's name, which means one thing: words with several senses stand for themselves."""
    table = vocabulary(domain)
    return _read(table.expanded(without_absent(text) if domain is Domain.CONDITION else text), table)


def preferred(text: str, domain: Domain) -> tuple[str, ...]:
    """The preferred names of what is called so as a whole."""
    table = vocabulary(domain)
    return tuple(" ".join(own) for own in table.phrases.get(table.expanded(text), ()))


@lru_cache
def _members(domain: Domain, panels: bool) -> dict[frozenset[str], tuple[Reading, ...]]:
    table = vocabulary(domain)
    lists = table.panels if panels else table.wider
    return {reading(key, domain).words: tuple(reading(n, domain) for n in names) for key, names in lists.items()}


def narrower(meant: Reading, domain: Domain) -> tuple[Reading, ...]:
    """What a wider word may mean, for example each antibiotic; itself where it is no wider word."""
    members = _members(domain, False).get(meant.words, ())
    return tuple(_of_sample(member, meant) for member in members) or (meant,)


def panel(meant: Reading, domain: Domain) -> tuple[Reading, ...]:
    """The series that one word means together; nothing where it is no such word."""
    return tuple(_of_sample(member, meant) for member in _members(domain, True).get(meant.words, ()))


def _of_sample(member: Reading, meant: Reading) -> Reading:
    return replace(member, specimen=member.specimen or meant.specimen, about=meant.about)


def _present(read: Reading) -> tuple[Reading, ...]:
    return (read,) if read.words else ()


def _read(words: Words, table: Vocabulary) -> Reading:
    """Longest first: "blood urea nitrogen" is one thing before blood is a sample."""
    named: list[str] = []
    specimen, place = "", 0
    while place < len(words):
        taken, sample, found = _longest(words[place:], table)
        specimen = specimen or sample
        named += found
        place += taken
    about = frozenset(marker for marker in table.about if f" {marker} " in f" {' '.join(words)} ")
    release = next((table.releases[word] for word in named if word in table.releases), "")
    main, salts = _salted([word for word in named if word not in table.releases], table.salts)
    return Reading(frozenset(main), specimen, salts, about, release)


def _longest(words: Words, table: Vocabulary) -> tuple[int, str, Words]:
    """How many words were taken, the sample they name, and what they are compared by."""
    for length in range(min(table.longest, len(words)), 0, -1):
        part = words[:length]
        own = table.phrases.get(part, ())
        if len(own) == 1:
            return length, "", own[0]
        if part in table.specimens:
            return length, table.specimens[part], ()
    word = words[0]
    return 1, "", () if word in table.noise or (table.salts and word[0].isdigit()) else (word,)


def _salted(named: list[str], salts: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """A salt behind an ingredient is no ingredient: losartan potassium is no potassium."""
    main: list[str] = []
    behind: set[str] = set()
    for word in named:
        ingredients = [w for w in main if not w.startswith("pc")]
        if word in salts and ingredients:
            behind.add(word)
        else:
            main.append(word)
    return main, frozenset(behind)
