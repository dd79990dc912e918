"""Alignment: short questions about a short chart that its soft tokens alone must answer, in a few words and no plan.

It is how a projector learns what an event says before any plan is learnt. Questions have plans here as well, so that
their answers come from execution; the model is shown neither. alignment.toml holds the families.
"""

import random
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chartline.language.plan_text import load_plan
from chartline.language.value_words import distinct, value_text
from chartline.language.wording import INTERPRETATION_WORDS
from chartline.learning.generation.drawing import draw
from chartline.learning.generation.families import Family, read_family
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.questions import Asked
from chartline.learning.generation.slots import draw_slots
from chartline.record.event import Quantity
from chartline.record.kinds import EventKind
from chartline.record.plan import Exists, Field, Lookup, PlanOutcome, QueryPlan
from chartline.record.result import PlanResult, Value

#: Answers of more values, or more characters, are no alignment of single events.
_MOST_VALUES, _LONGEST_ANSWER = 8, 200
NOTHING = "none"
#: Share of questions about things that need not be there.
_UNSOUGHT_SHARE = 0.1
_SEARCHES = 8
_DRAWS = 40

#: Kind of alignment.toml → the events that it is about.
EVENTS_OF_KIND: dict[str, EventKind] = {
    "demographics": EventKind.PATIENT, "admission": EventKind.ENCOUNTER, "diagnoses": EventKind.CONDITION,
    "labs": EventKind.LABORATORY, "microbiology": EventKind.MICROBIOLOGY,
    "prescriptions": EventKind.MEDICATION_REQUEST, "transfers": EventKind.TRANSFER,
    "procedures": EventKind.PROCEDURE, "vitals": EventKind.VITAL, "inputs": EventKind.INTAKE,
    "outputs": EventKind.OUTPUT,
}  # fmt: skip


def _read() -> dict[str, tuple[Family, ...]]:
    told = tomllib.loads(Path(__file__).with_name("alignment.toml").read_text())
    return {kind: tuple(_families(kind, words, told)) for kind, words in told["kinds"].items()}


def _families(kind: str, words: Mapping[str, str], told: Mapping[str, Any]) -> list[Family]:
    shared = {name: family for name, family in told["shared"].items() if kind in family["of"]}
    return [
        read_family(f"{kind}_{name}", {part: _in_words(text, words) for part, text in family.items() if part != "of"})
        for name, family in (shared | told.get(kind, {})).items()
    ]


def _in_words(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda match: words[match[1]], text)


ALIGNMENT = _read()


def ask_directly(ground: Ground, rng: random.Random, *, held_out: bool) -> tuple[Asked, str] | None:
    """A question about the ground's chart and its short answer; None where none is found in reasonable time."""
    sought = rng.random() > _UNSOUGHT_SHARE
    there = [kind for kind, events in EVENTS_OF_KIND.items() if len(ground.view.chart.of_kind(events))]
    kind = rng.choice(there if sought and there else list(ALIGNMENT))
    family = rng.choice(ALIGNMENT[kind])
    last = None
    for _ in range(_SEARCHES if sought else 1):
        about = ground.about(EVENTS_OF_KIND[kind], rng) if sought else ground
        if (drawn := _draw(family, about, rng, held_out)) is not None:
            last = drawn
            if drawn[1] != NOTHING:
                break
    return last


def _draw(family: Family, ground: Ground, rng: random.Random, held_out: bool) -> tuple[Asked, str] | None:
    for _ in range(_DRAWS):
        example = draw(family, rng.choice(family.said(held_out=held_out)), draw_slots((), ground, rng), rng)
        if example is not None:
            break
    else:
        return None
    plan = load_plan(example.plan)
    result = ground.execute(plan) if ground.may_ask(plan) else None
    answer = None if result is None else direct_answer(plan, result)
    return None if result is None or answer is None else (Asked(example, plan, result), answer)


def direct_answer(plan: QueryPlan, result: PlanResult) -> str | None:
    """The values alone, yes or no, or none; None where the answer is neither short nor certain."""
    if isinstance(plan, Exists):
        return "yes" if any(value.form is True for value in result.values) else "no"
    if result.outcome in (PlanOutcome.EMPTY, PlanOutcome.UNLINKED):
        return NOTHING
    said = distinct(_said(plan, value) for value in result.values)
    answer = "; ".join(said)
    short = len(said) <= _MOST_VALUES and len(answer) <= _LONGEST_ANSWER and not result.truncated
    return answer if short and result.outcome is PlanOutcome.FOUND else None


def _said(plan: QueryPlan, value: Value) -> str:
    coded = isinstance(plan, Lookup) and (plan.attribute == "susceptibility" or plan.field is Field.INTERPRETATION)
    if coded and isinstance(value.form, str):
        return INTERPRETATION_WORDS.get(value.form, value.form)
    if isinstance(value.form, Quantity) and value.form.unit == "1":
        return value.form.value
    return value_text(plan, value)
