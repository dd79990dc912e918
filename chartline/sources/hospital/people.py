"""The demo hospital's patients: invented people with demographics, identifiers, vaccines and allergies."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

MRN = "urn:chartline:hospital:mrn"

_WOMEN = (
    "Agnes",
    "Beatriz",
    "Chiara",
    "Dolores",
    "Edith",
    "Farah",
    "Greta",
    "Hana",
    "Ines",
    "Judith",
    "Keiko",
    "Lucia",
)
_MEN = ("Abel", "Bruno", "Cyril", "Darius", "Emil", "Felix", "Goran", "Hugo", "Ivan", "Jonas", "Karim", "Leon")
_FAMILIES = (
    "Abernathy", "Bellamy", "Castellano", "Drummond", "Eriksen", "Fontaine", "Gallagher", "Hoffmann", "Ibarra",
    "Jankowski", "Kowalczyk", "Lindqvist", "Marchetti", "Nakamura", "Okafor", "Pellegrini", "Quintero", "Rasmussen",
    "Santangelo", "Takahashi", "Ustinov", "Vandermeer", "Whitcombe", "Yamamoto",
)  # fmt: skip
_RACES = ("White", "Black or African American", "Asian", "Other Race")
_MARITAL = (("M", "Married"), ("S", "Never Married"), ("W", "Widowed"), ("D", "Divorced"))
_LANGUAGES = (("en", "English"), ("en", "English"), ("es", "Spanish"), ("pt", "Portuguese"))


@dataclass(frozen=True, slots=True)
class Person:
    """`number` counts from 1; `id` is the FHIR id."""

    number: int
    id: str
    mrn: str
    female: bool
    given: str
    family: str
    born: date
    race: str
    marital: tuple[str, str]
    language: tuple[str, str]


def create_person(random: Random, number: int, admitted: date, ages: tuple[int, int]) -> Person:
    """Somebody whose age at admission lies in `ages`."""
    female = random.random() < 0.5
    age = random.randint(*ages)
    names = _WOMEN if female else _MEN
    return Person(
        number=number,
        id=f"p{number:03d}",
        mrn=str(700_100 + 37 * number),
        female=female,
        given=names[(number // 2) % len(names)],
        family=_FAMILIES[number % len(_FAMILIES)],
        born=admitted - timedelta(days=365 * age + age // 4 + random.randint(1, 300)),
        race=random.choice(_RACES),
        marital=random.choice(_MARITAL),
        language=random.choice(_LANGUAGES),
    )
