"""Holds a plan to what its question names: a drug or a test that no quotation holds makes it another question's plan.

Only words that are whole names by themselves count, and of those only long ones: what a shorter word or a part of a
name means, its sentence tells. Nor is a name said twice by being long: an MRSA screen is not one that found MRSA.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from chartline.language.asides import QUOTED, asked_for
from chartline.language.plan_rules import PlanRefused, selections
from chartline.record.kinds import EventKind
from chartline.record.meaning import preferred
from chartline.record.names import normalise
from chartline.record.plan import QueryPlan
from chartline.record.vocabulary.tables import Domain, vocabulary

_SHORTEST = 7
_WORD = re.compile(rf"[a-z]{{{_SHORTEST},}}")
_NAMED = (Domain.DRUG, Domain.MEASUREMENT, Domain.CONDITION, Domain.PROCEDURE)
#: Counted in urine, and what grows in any culture.
_OTHERWISE = frozenset({"bacteria"})

#: Names of visits that say no more than that there was one.
_STAYS = frozenset(
    {"hospital", "clinic", "icu", "emergency", "inpatient", "outpatient", "ambulatory", "patient", "visit", "stay"}
    | {"admission", "encounter", "appointment", "unit", "department", "room", "transfer", "discharge"}
)

_ANTIMICROBIAL = ("antibiotic", "antifungal", "antiviral", "sulfonamide")
#: Put on the skin or taken for one germ: nobody means them by the words above.
_ANTIMICROBIAL_ALONE = frozenset(
    {"atovaquone", "bacitracin", "clotrimazole", "mupirocin", "neomycin", "pentamidine", "terbinafine"}
)


def check_names(plan_text: str, question: str) -> None:
    """Raises PlanRefused. A refusal and a reading of notes quote no names."""
    if plan_text.startswith(("refuse", "read")):
        return
    for word in _WORD.findall(asked_for(question, plan_text)):
        if word in _names():
            raise PlanRefused(f"the question says {word}")


def check_recorded(plan_text: str, question: str, names: Sequence[str]) -> None:
    """Raises PlanRefused for one of the record's `names` that stands in the question and whole in no quotation."""
    if plan_text.startswith(("refuse", "read")):
        return
    asked = f" {normalise(asked_for(question, ''))} "
    quoted = [f" {normalise(text)} " for text in QUOTED.findall(plan_text)]
    for words in map(normalise, names):
        said = f" {words} " in asked and not _STAYS.issuperset(words.split())
        if said and not any(f" {words} " in text for text in quoted):
            raise PlanRefused(f"the question says {words}")


def check_organisms(plan: QueryPlan, said: str) -> None:
    """`said` is all that was said. Raises PlanRefused for an organism that stands nowhere but in a specimen's name."""
    text = said.casefold()
    for selection in selections(plan):
        for condition in selection.filters:
            organism, names = condition.value.casefold(), [name.casefold() for name in selection.concepts]
            if condition.attribute != "organism" or not any(organism in name != organism for name in names):
                continue
            for name in sorted(names, key=len, reverse=True):
                text = text if name == organism else text.replace(name, " ")
            if organism not in text:
                raise PlanRefused("an organism of the name alone is no condition")


def check_tested(plan: QueryPlan) -> None:
    """Raises PlanRefused for a culture named by a drug that no organism is tested against: somebody takes that drug."""
    for selection in selections(plan):
        if selection.kind is EventKind.MICROBIOLOGY:
            for name in (*selection.concepts, *(condition.value for condition in selection.filters)):
                if _is_never_tested(name):
                    raise PlanRefused(f"no culture is tested against {name}")


def _is_never_tested(name: str) -> bool:
    meant = preferred(name, Domain.DRUG)
    return bool(meant) and all(_antimicrobial_words().isdisjoint(drug.split()) for drug in meant)


@lru_cache
def _antimicrobial_words() -> frozenset[str]:
    wider = vocabulary(Domain.DRUG).wider
    drugs = (drug for drug_class in _ANTIMICROBIAL for drug in (drug_class, *wider[drug_class]))
    return frozenset(word for drug in drugs for word in drug.split()) | _ANTIMICROBIAL_ALONE


@lru_cache
def _names() -> frozenset[str]:
    """Names of one word that name one thing: no panels and no wider words."""
    names: set[str] = set()
    for table in map(vocabulary, _NAMED):
        several = {*table.wider, *table.panels}
        single = {words[0]: meant for words, meant in table.phrases.items() if len(words) == 1}
        names |= {word for word, meant in single.items() if several.isdisjoint([word, *map(" ".join, meant)])}
    return frozenset(names - _OTHERWISE)
