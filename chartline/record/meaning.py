"""What a name says, read the same way from a question and from a record: its words, its sample, its salt.

    "Creatinine [Mass/volume] in Urine"   ─▶ {creatinine}, urine
    "24 HR metoprolol succinate 100 MG"   ─▶ {metoprolol}, succinate
    "urinary Cr"                          ─▶ {creatinine}, urine

Two names mean the same thing when their readings agree, whatever naming system each came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from chartline.record.vocabulary.cleaning import denies, without_absent
from chartline.record.vocabulary.tables import Domain, Vocabulary, Words, vocabulary

#: The marker of a name that says what is not there.
_DENIED = "denied"


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
    read = (_read(own, table) for own in (senses if len(senses) > 1 else [words]))
    return tuple(_with_denial(one, text, domain) for one in read if one.words)


@lru_cache(maxsize=65_536)
def reading(text: str, domain: Domain) -> Reading:
    """Of a record's name, which means one thing: words with several senses stand for themselves."""
    table = vocabulary(domain)
    own = _read(table.expanded(without_absent(text) if domain is Domain.CONDITION else text), table)
    return _with_denial(own, text, domain)


def _with_denial(read: Reading, text: str, domain: Domain) -> Reading:
    """What denies a condition is found only by who asks for the denial."""
    denied = domain is Domain.CONDITION and denies(text)
    return replace(read, about=read.about | {_DENIED}) if denied else read


def preferred(text: str, domain: Domain) -> tuple[str, ...]:
    """The preferred names of what is called so as a whole."""
    table = vocabulary(domain)
    return tuple(" ".join(own) for own in table.phrases.get(table.expanded(text), ()))


Members = Mapping[frozenset[str], tuple[Reading, ...]]


def members_of(lists: Mapping[str, tuple[str, ...]], domain: Domain) -> Members:
    """Of a table of the vocabulary what each of its words may mean."""
    return {reading(key, domain).words: tuple(reading(n, domain) for n in names) for key, names in lists.items()}


@lru_cache
def wider(domain: Domain) -> Members:
    return members_of(vocabulary(domain).wider, domain)


@lru_cache
def _panels(domain: Domain) -> Members:
    return members_of(vocabulary(domain).panels, domain)


def narrower(meant: Reading, domain: Domain) -> tuple[Reading, ...]:
    """What a wider word may mean, for example each antibiotic; itself where it is no wider word."""
    members = wider(domain).get(meant.words, ())
    return tuple(_of_sample(member, meant) for member in members) or (meant,)


def panel(meant: Reading, domain: Domain) -> tuple[Reading, ...]:
    """The series that one word means together; nothing where it is no such word."""
    return tuple(_of_sample(member, meant) for member in _panels(domain).get(meant.words, ()))


def _of_sample(member: Reading, meant: Reading) -> Reading:
    return replace(member, specimen=member.specimen or meant.specimen, about=meant.about)


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
