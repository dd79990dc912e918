"""The families cover the algebra of plans and time: what is listed here is asked about, in many forms."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import islice
from typing import Any

import pytest

from chartline.language.plan_text import load_plan
from chartline.learning.generation.alignment import ALIGNMENT, EVENTS_OF_KIND
from chartline.learning.generation.families import FAMILIES, Family
from chartline.learning.generation.questions import generate
from chartline.learning.generation.slots import draw_words
from chartline.learning.generation.templates import alternatives, with_adverbs
from chartline.record import plan as p
from chartline.record.kinds import EventKind as K

Test = Callable[[Any], bool]


def nodes(node: Any) -> Iterator[Any]:
    yield node
    for item in fields(node):
        value = getattr(node, item.name)
        for child in value if isinstance(value, tuple) else (value,):
            if is_dataclass(child):
                yield from nodes(child)


@cache
def drawn() -> tuple[p.QueryPlan, ...]:
    """Some questions of every family, more of those that ask by day, week, month or year."""
    many = {family: 20 if "{PERIOD}" in family.plan else 6 for family in FAMILIES}
    return tuple(load_plan(e.plan) for family in FAMILIES for e in islice(generate(5, (family,)), many[family]))


def selects(**told: Any) -> Test:
    return lambda node: isinstance(node, p.Selection) and all(getattr(node, k) == v for k, v in told.items())


def looks_up(kind: K, field: p.Field, attribute: str = "") -> Test:
    return lambda node: (
        isinstance(node, p.Lookup) and (node.selection.kind, node.field, node.attribute) == (kind, field, attribute)
    )


def asks_attribute(attribute: str) -> Test:
    return lambda node: isinstance(node, p.Lookup | p.Aggregate) and node.attribute == attribute


def computes(function: p.Function, bucket: p.TimeUnit | None = None) -> Test:
    return lambda node: isinstance(node, p.Aggregate) and (node.function, node.bucket) == (function, bucket)


def sums_difference_of_intake_and_output(node: Any) -> bool:
    return (
        isinstance(node, p.Compare)
        and node.comparator is p.Comparator.DIFFERENCE
        and [side.selection.kind for side in (node.left, node.right) if isinstance(side, p.Aggregate)]
        == [K.INTAKE, K.OUTPUT]
    )


def compares(comparator: p.Comparator) -> Test:
    return lambda node: isinstance(node, p.Compare) and node.comparator is comparator


def dated(*parts: str) -> Test:
    return lambda node: (
        isinstance(node, p.CalendarDate)
        and {item.name for item in fields(node) if getattr(node, item.name) is not None} == set(parts)
    )


def calendar(relation: p.Relation, *, ranges: bool = False) -> Test:
    return lambda node: (
        isinstance(node, p.CalendarWindow) and node.relation is relation and (node.end is not None) is ranges
    )


def stays(stay: p.StayType, which: p.Which) -> Test:
    return lambda node: isinstance(node, p.StayWindow) and (node.stay, node.which) == (stay, which)


def part_of_stay(part: str) -> Test:
    return lambda node: isinstance(node, p.StayWindow) and getattr(node, part) is not None


def around(relation: p.Relation, **told: Any) -> Test:
    return lambda node: (
        isinstance(node, p.EventWindow)
        and node.relation is relation
        and all(getattr(node, k) == v for k, v in told.items())
    )


def filters(field: p.Field, attribute: str = "") -> Test:
    return lambda node: isinstance(node, p.Filter) and (node.field, node.attribute) == (field, attribute)


F, W, U, S = p.Function, p.Which, p.TimeUnit, p.StayType

ALGEBRA: dict[str, Test] = {
    "lookup of all": selects(which=W.ALL),
    "first": selects(which=W.FIRST, nth=1),
    "last": selects(which=W.LAST, nth=1),
    "nth from the front": selects(which=W.FIRST, nth=2),
    "nth from the back": selects(which=W.LAST, nth=2),
    "at an hour": part_of_stay("at_hour"),
    "count": computes(F.COUNT),
    "count of different ones": computes(F.COUNT_DISTINCT),
    "sum": computes(F.SUM),
    "mean": computes(F.MEAN),
    "maximum": computes(F.MAXIMUM),
    "minimum": computes(F.MINIMUM),
    "mean by day": computes(F.MEAN, U.DAY),
    "mean by week": computes(F.MEAN, U.WEEK),
    "mean by month": computes(F.MEAN, U.MONTH),
    "mean by year": computes(F.MEAN, U.YEAR),
    "time of the highest": selects(extremum=p.Extremum.MAXIMUM),
    "time of the lowest": selects(extremum=p.Extremum.MINIMUM),
    "change": compares(p.Comparator.DIFFERENCE),
    "greater": compares(p.Comparator.GREATER),
    "less": compares(p.Comparator.LESS),
    "comparison with a number": lambda n: isinstance(n, p.Compare) and not isinstance(n.right, p.Lookup | p.Aggregate),
    "time since": lambda n: isinstance(n, p.Interval) and n.end is None,
    "time between": lambda n: isinstance(n, p.Interval) and n.end is not None,
    "after, within days": around(p.Relation.AFTER, within_unit=U.DAY, same_calendar_unit=False),
    "after, within the same month": around(p.Relation.AFTER, within_unit=U.MONTH, same_calendar_unit=True),
    "after, within the same stay": around(p.Relation.AFTER, within_stay=S.HOSPITAL),
    "before an event": around(p.Relation.BEFORE),
    "at the same time": around(p.Relation.SAME_TIME),
    "new since": lambda n: isinstance(n, p.Selection) and n.absent_in is not None,
    "repeated": lambda n: isinstance(n, p.Selection) and n.min_occurrences > 1,
    "existence": lambda n: isinstance(n, p.Exists),
    "several names": lambda n: isinstance(n, p.Selection) and len(n.concepts) > 1,
    "threshold": filters(p.Field.VALUE),
    "normal or not": filters(p.Field.INTERPRETATION),
    "interpretation": looks_up(K.LABORATORY, p.Field.INTERPRETATION),
    "list of drugs": looks_up(K.MEDICATION_REQUEST, p.Field.NAME),
    "list of diagnoses": looks_up(K.CONDITION, p.Field.NAME),
    "ranked diagnoses": filters(p.Field.ATTRIBUTE, "rank"),
    "allergies": looks_up(K.ALLERGY, p.Field.NAME),
    "vaccines": looks_up(K.IMMUNIZATION, p.Field.NAME),
    "gender": asks_attribute("gender"),
    "age": looks_up(K.PATIENT, p.Field.AGE),
    "birth date": asks_attribute("birth_date"),
    "race": asks_attribute("race"),
    "language": asks_attribute("language"),
    "marital status": asks_attribute("marital_status"),
    "insurance": asks_attribute("insurance"),
    "admission time": looks_up(K.ENCOUNTER, p.Field.TIME),
    "discharge time": looks_up(K.ENCOUNTER, p.Field.END_TIME),
    "length of a visit": looks_up(K.ENCOUNTER, p.Field.DURATION),
    "kind of admission": asks_attribute("admission_type"),
    "where from": asks_attribute("admission_location"),
    "where to": asks_attribute("discharge_location"),
    "ICU stays": looks_up(K.ICU_STAY, p.Field.TIME),
    "length of an ICU stay": looks_up(K.ICU_STAY, p.Field.DURATION),
    "care units": asks_attribute("care_unit"),
    "specimens": asks_attribute("specimen"),
    "organisms": asks_attribute("organism"),
    "sensitivities": asks_attribute("susceptibility"),
    "sensitive to what": filters(p.Field.ATTRIBUTE, "susceptibility"),
    "routes": asks_attribute("route"),
    "doses": looks_up(K.MEDICATION_REQUEST, p.Field.VALUE),
    "length of an order": looks_up(K.MEDICATION_REQUEST, p.Field.DURATION),
    "fluid balance": sums_difference_of_intake_and_output,
    "death": selects(kind=K.DEATH),
    "reading of notes": lambda n: isinstance(n, p.Retrieve),
    **{f"refusal, {reason.name}": (lambda n, r=reason: isinstance(n, p.OutOfScope) and n.reason is r)
       for reason in p.OutOfScopeReason},
}  # fmt: skip

TIMES: dict[str, Test] = {
    "a day": dated("year", "month", "day"),
    "a month": dated("year", "month"),
    "a year": dated("year"),
    "a reading of the clock": dated("year", "month", "day", "hour", "minute", "second"),
    "this or last year": dated("year_offset"),
    "a month of this or last year": dated("year_offset", "month"),
    "a day of this or last year": dated("year_offset", "month", "day"),
    "this or last month": dated("month_offset"),
    "a day of this or last month": dated("month_offset", "day"),
    "today or yesterday": dated("day_offset"),
    "in": calendar(p.Relation.IN),
    "since": calendar(p.Relation.SINCE),
    "before": calendar(p.Relation.BEFORE),
    "a range": calendar(p.Relation.IN, ranges=True),
    "the past": lambda n: isinstance(n, p.RecentWindow),
    "first hours": part_of_stay("first_hours"),
    "last hours": part_of_stay("last_hours"),
    "a day of the stay": part_of_stay("day"),
    "the whole stay": stays(S.HOSPITAL, W.ALL),
    **{f"{which.name.lower()} {stay.name.lower()} stay": stays(stay, which)
       for stay in S for which in (W.FIRST, W.LAST, W.CURRENT)},
}  # fmt: skip


@pytest.mark.parametrize("feature", ALGEBRA)
def test_the_algebra_is_asked_about(feature: str) -> None:
    assert any(ALGEBRA[feature](node) for plan in drawn() for node in nodes(plan))


@pytest.mark.parametrize("feature", TIMES)
def test_times_are_named_in_every_way(feature: str) -> None:
    assert any(TIMES[feature](node) for plan in drawn() for node in nodes(plan))


def test_alignment_has_ninety_families_over_eleven_kinds_of_events() -> None:
    """As many of each as Llemr has templates (Wu et al. 2024), vital signs, inputs and outputs included."""
    assert {kind: len(families) for kind, families in ALIGNMENT.items()} == {
        "demographics": 5, "admission": 3, "diagnoses": 4, "labs": 13, "microbiology": 4, "prescriptions": 17,
        "transfers": 4, "procedures": 8, "vitals": 10, "inputs": 11, "outputs": 11,
    }  # fmt: skip
    assert ALIGNMENT.keys() == EVENTS_OF_KIND.keys()
    assert all(family.held_out for families in ALIGNMENT.values() for family in families)


@pytest.mark.parametrize(
    "family", [*FAMILIES, *(f for families in ALIGNMENT.values() for f in families)], ids=lambda family: family.name
)
def test_a_family_has_many_surface_forms(family: Family) -> None:
    """Names, times and numbers apart: what counts is how the question is put. Few words follow up or go astray."""
    rng = random.Random(1)
    least = 8 if family.follows or family.refuses else 30
    assert len({surface(family, rng) for _ in range(400)}) >= least


def surface(family: Family, rng: random.Random) -> str:
    wording = with_adverbs(alternatives(rng.choice(family.wordings), rng))
    words = draw_words(rng)
    said = re.sub(r"\{(\w+)\}", lambda slot: words.get(slot[1], slot[0]), wording)
    return " ".join(said.lower().rstrip("?. ").split())
