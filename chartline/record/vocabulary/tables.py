"""Loads one file of names for each domain into the tables that `meaning` looks words up in."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from chartline.record.folding import words_of
from chartline.record.kinds import EventKind
from chartline.record.vocabulary.cleaning import Clean, cleaners

Words = tuple[str, ...]


class Domain(Enum):
    """What names of some kinds are names of; the value is its file."""

    MEASUREMENT = "measurements"
    DRUG = "drugs"
    CONDITION = "conditions"
    PROCEDURE = "procedures"
    VACCINE = "vaccines"
    OUTPUT = "outputs"
    PLACE = "places"


_DOMAINS = {
    EventKind.LABORATORY: Domain.MEASUREMENT,
    EventKind.VITAL: Domain.MEASUREMENT,
    EventKind.MEDICATION_REQUEST: Domain.DRUG,
    EventKind.MEDICATION_ADMINISTRATION: Domain.DRUG,
    EventKind.MEDICATION_STATEMENT: Domain.DRUG,
    EventKind.MEDICATION_DISPENSE: Domain.DRUG,
    EventKind.INTAKE: Domain.DRUG,
    EventKind.ALLERGY: Domain.DRUG,
    EventKind.CONDITION: Domain.CONDITION,
    EventKind.PROCEDURE: Domain.PROCEDURE,
    EventKind.REPORT: Domain.PROCEDURE,
    EventKind.IMMUNIZATION: Domain.VACCINE,
    EventKind.OUTPUT: Domain.OUTPUT,
}


def domain_of(kind: EventKind) -> Domain:
    return _DOMAINS.get(kind, Domain.PLACE)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One domain's tables; `measurements.toml` says what each is for. Keys and values are words of `words_of`.

    `phrases`: what something is called → the words it is compared by, once for each thing that is called so.
    `single`: the words that mean a thing by themselves.
    """

    clean: Clean
    phrases: Mapping[Words, tuple[Words, ...]]
    longest: int
    words: Mapping[str, Words]
    specimens: Mapping[Words, str]
    samples: Mapping[str, Words]
    noise: frozenset[str]
    harmless: frozenset[str]
    salts: frozenset[str]
    releases: Mapping[str, str]
    about: tuple[str, ...]
    wider: Mapping[str, tuple[str, ...]]
    panels: Mapping[str, tuple[str, ...]]
    allergens: Mapping[str, tuple[str, ...]]
    natural_in_urine: tuple[str, ...]
    any_sample: frozenset[Words]
    single: frozenset[str]
    known: frozenset[str]
    endings: tuple[str, ...]

    def expanded(self, text: str) -> Words:
        """Its words, short ones replaced by what they stand for."""
        return _expanded(self.clean(text), self.words)


@lru_cache
def vocabulary(domain: Domain) -> Vocabulary:
    file = Path(__file__).with_name(f"{domain.value}.toml")
    return _Loading(domain, tomllib.loads(file.read_text("utf-8"))).vocabulary()


@lru_cache
def rows(domain: Domain) -> tuple[tuple[str, ...], ...]:
    """Names that mean one thing, the preferred first, as they are said."""
    table = tomllib.loads(Path(__file__).with_name(f"{domain.value}.toml").read_text("utf-8"))
    return tuple(tuple(name.replace("_", " ") for name in row) for row in table["names"])


_EACH = "each "


class _Loading:
    def __init__(self, domain: Domain, table: dict[str, Any]) -> None:
        self.domain = domain
        self.table = table
        self.clean = cleaners[domain.value]
        self.words = {_one(short): tuple(words_of(long)) for short, long in table.get("words", {}).items()}

    def vocabulary(self) -> Vocabulary:
        phrases = self.phrases()
        specimens = {tuple(words_of(text)): sample for text, sample in self.table.get("specimens", {}).items()}
        others = words_of(self.table.get("others", ""))
        spoken = (word for words in [*phrases, *specimens] for word in words)
        return Vocabulary(
            clean=self.clean,
            phrases=phrases,
            longest=max(map(len, [*phrases, *specimens])),
            words=self.words,
            specimens=specimens,
            samples={said: tuple(meant) for said, meant in self.table.get("samples", {}).items()},
            noise=self.set_of("noise"),
            harmless=self.set_of("harmless"),
            salts=self.set_of("salts"),
            releases=self.table.get("releases", {}),
            about=tuple(" ".join(self.expanded(text)) for text in self.table.get("about", ())),
            wider=self.wider(),
            panels=self.lists("panels"),
            allergens=self.lists("allergens"),
            natural_in_urine=tuple(self.table.get("natural_in_urine", ())),
            any_sample=frozenset(self.expanded(text) for text in self.table.get("any_sample", ())),
            endings=tuple(self.table.get("endings", ())),
            single=frozenset([*others, *(own[0] for senses in phrases.values() for own in senses if len(own) == 1)]),
            known=frozenset(
                [
                    *spoken,
                    *self.words,
                    *others,
                    *self.set_of("noise"),
                    *self.set_of("salts"),
                    *self.table.get("releases", ()),
                    *_each(said for names in self.lists("wider").items() for said in (names[0], *names[1])),
                ]
            ),
        )

    def expanded(self, text: str) -> Words:
        return _expanded(self.clean(text.replace("_", "")), self.words)

    def phrases(self) -> dict[Words, tuple[Words, ...]]:
        """A measurement is one word, whatever it is called; other names are compared word by word."""
        phrases: dict[Words, tuple[Words, ...]] = {}
        for row in self.table["names"]:
            own = (row[0],) if self.domain is Domain.MEASUREMENT else self.expanded(row[0])
            for name in row:
                said = self.expanded(name)
                phrases[said] = tuple(dict.fromkeys((*phrases.get(said, ()), own)))
        return phrases

    def wider(self) -> dict[str, tuple[str, ...]]:
        """ "each nsaid" among the members of a class is each of that class's own."""
        lists = self.lists("wider")

        def members(said: str) -> Iterator[str]:
            for name in lists[said]:
                yield from members(name.removeprefix(_EACH)) if name.startswith(_EACH) else (name,)

        return {said: tuple(dict.fromkeys(members(said))) for said in lists}

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        return {said: tuple(names) for said, names in self.table.get(key, {}).items()}

    def set_of(self, key: str) -> frozenset[str]:
        return frozenset(_each(self.table.get(key, ())))


def _expanded(text: str, words: Mapping[str, Words]) -> Words:
    return tuple(long for word in words_of(text) for long in words.get(word, (word,)))


def _each(texts: Iterable[str]) -> Iterable[str]:
    return (word for text in texts for word in words_of(text))


def _one(text: str) -> str:
    (word,) = words_of(text) or [text]
    return word
