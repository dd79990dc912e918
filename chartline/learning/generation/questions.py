"""Draws question and plan-text pairs from the families: the training data of the planner.

Every pair is checked when it is drawn: the plan text must be read by `plan_text` and its quoted parts must be spans of
the question, exactly as the grammar demands at serving time. A seed gives the same pairs on every machine.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartline.language.plan_grammar import spans_of
from chartline.language.plan_text import load_plan
from chartline.learning.generation import windows
from chartline.learning.generation.families import FAMILIES, REFUSALS, Family
from chartline.learning.generation.vocabulary import OPEN_SLOTS, SLOTS, invented

REFUSAL_SHARE = 0.12
INVENTED_SHARE = 0.25

_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_PATIENT = (("the patient", "the patient's"),) * 6 + (
    ("this patient", "this patient's"),
    ("pt", "pt's"),
    ("he", "his"),
    ("she", "her"),
    ("they", "their"),
    ("the individual", "the individual's"),
)
_FIRST = ("first", "first", "initial", "earliest")
_LAST = ("last", "last", "most recent", "latest")
_AGGREGATES = (
    ("max", ("maximum", "highest", "max", "peak")),
    ("min", ("minimum", "lowest", "min")),
    ("mean", ("average", "mean")),
)
_EXTREMES = (("highest", "maximum"), ("lowest", "minimum"), ("highest", "highest"), ("lowest", "lowest"))
_SIGNS = ((">", ("greater than", "above", "over", "higher than")), ("<", ("less than", "below", "under", "lower than")))
_PERIODS = (("day", "daily"), ("month", "monthly"), ("year", "yearly"), ("week", "weekly"))
_PLACES = (("last", "last"), ("last 2", "second to last"), ("first 2", "second"), ("first", "first"))
_WITHIN = (
    ("within same hospital", "within the same hospital visit"),
    ("within 2 day", "within 2 days"),
    ("within same day", "within the same day"),
    ("within same month", "within the same month"),
    ("within 24 hour", "within 24 hours"),
    ("within 3 month", "within 3 months"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """`plan` is plan text without its newline."""

    family: str
    question: str
    plan: str


def alternatives(wording: str, rng: random.Random) -> str:
    """Takes one of every `[a|b]`."""
    while match := _ALTERNATIVES.search(wording):
        wording = wording[: match.start()] + rng.choice(match[1].split("|")) + wording[match.end() :]
    return wording


def _cased(name: str, rng: random.Random) -> str:
    return rng.choice((name, name, name.lower(), name.title(), name.upper() if len(name) < 12 else name))


def _names(rng: random.Random) -> dict[str, str]:
    names = {}
    for slot, options in SLOTS.items():
        name = invented(rng) if slot in OPEN_SLOTS and rng.random() < INVENTED_SHARE else rng.choice(options)
        names[slot] = _cased(name, rng)
    names["thing"] = names[rng.choice(("drug", "diagnosis", "procedure", "lab"))]
    names["er"] = rng.choice(("emergency room", "ER", "emergency department", "E.R.", "ED"))
    return names


def _order(rng: random.Random) -> tuple[str, str]:
    """The order as the question says it and as plan text says it."""
    return (rng.choice(_FIRST), "first ") if rng.random() < 0.5 else (rng.choice(_LAST), "last ")


def _slots(rng: random.Random) -> dict[str, str]:
    """One draw of every slot of questions (lower case) and plans (upper case)."""
    patient, owner = rng.choice(_PATIENT)
    order, order_plan = _order(rng)
    window, window_plan = windows.any_window(rng)
    stay, stay_plan = windows.which_stay(rng)
    hospital, hospital_plan = windows.hospital_stay(rng) if rng.random() < 0.3 else ("", "")
    hour, hour_plan = windows.at_hour(rng)
    aggregate, aggregate_words = rng.choice(_AGGREGATES)
    extreme_plan, extreme = rng.choice(_EXTREMES)
    sign, sign_words = rng.choice(_SIGNS)
    period, period_word = rng.choice(_PERIODS)
    (place, place_word), (other, other_word) = rng.sample(_PLACES, 2)
    within, within_words = rng.choice(_WITHIN)
    later, earlier = windows.moment_pair(rng)
    comparison = rng.choice(("greater", "less"))
    current = rng.choice(("during", "on", "in")) + rng.choice((" the current", " this", " their current"))
    number = rng.choice((f"{rng.randint(1, 300)}", f"{rng.randint(1, 300)}.0", f"{rng.uniform(0, 20):.1f}"))
    visit = rng.choice(("hospital visit", "hospital encounter", "hospital stay", "admission"))
    optional = rng.random() < 0.5
    return {
        "P": patient, "Ps": owner, "o": order, "O": order_plan, "o_opt": f"{order} " if optional else "",
        "O_OPT": order_plan if optional else "", "w": window, "W": window_plan, "s": stay, "S": stay_plan,
        "w_hospital": hospital, "W_HOSPITAL": hospital_plan, "h": hour, "H": hour_plan,
        "s_current": f" {current} {visit}", "S_CURRENT": " during current hospital",
        "agg": rng.choice(aggregate_words), "AGG": aggregate, "ext": extreme, "EXT": extreme_plan,
        "sign": rng.choice(sign_words), "SIGN": sign, "num": number, "NUM": number,
        "period": period_word, "PERIOD": period,
        "unit_plain": rng.choice(("hour", "day")), "a": place_word, "A": f"{place} ", "b": other_word, "B": f"{other} ",
        "t1": later, "t2": earlier, "cmp": comparison, "CMP": comparison, "within": within_words, "WITHIN": within,
        "topic": rng.choice(SLOTS["topic"]), "place": rng.choice(SLOTS["place"]), "verb": rng.choice(SLOTS["doing"]),
        "n": str(rng.randint(10, 90)), "m": str(rng.randint(20, 99)),
    }  # fmt: skip


def _fill(template: str, slots: dict[str, str]) -> str:
    return _SLOT.sub(lambda match: slots[match[1]], template)


def _spoken(question: str, rng: random.Random) -> str:
    """Blanks, capitals and end marks as people leave them."""
    question = re.sub(r"\s+", " ", question).strip().replace(" ,", ",").replace(" ?", "?").lstrip(", ")
    style = rng.random()
    if style < 0.12:
        return question.rstrip("?.").lower() if question.isascii() else question
    if style < 0.2:
        return question.rstrip("?.")
    return question[:1].upper() + question[1:]


def _supported(question: str, plan: str) -> bool:
    """Whether every quoted part of the plan is a span of whole words of the question."""
    spans = f" {spans_of(question)} "
    return all(f" {quoted} " in spans for quoted in re.findall(r'"([^"]*)"', plan))


def _draw(family: Family, rng: random.Random) -> Example | None:
    slots = _names(rng) | _slots(rng)
    wording = alternatives(rng.choice(family.wordings), rng)
    if "{w}" not in wording and "{W}" in family.plan:
        slots["W"] = ""
    if "{o_opt}" not in wording:
        slots["O_OPT"] = ""
    if "{w_hospital}" not in wording:
        slots["W_HOSPITAL"] = ""
    plan = _fill(alternatives(family.plan, rng), slots)
    question = _spoken(_fill(wording, slots), rng)
    if question.islower():
        plan = re.sub(r'"[^"]*"', lambda quoted: quoted[0].lower(), plan)
    return Example(family.name, question, plan) if _supported(question, plan) else None


def _draw_refusal(rng: random.Random) -> Example:
    reason = rng.choices(("not_recorded", "other_patients", "knowledge", "off_topic"), (4, 3, 2, 1))[0]
    slots = _names(rng) | _slots(rng)
    if reason == "off_topic":
        slots["topic"] = rng.choice(SLOTS["off_topic_theme"])
    wording = alternatives(rng.choice(REFUSALS[reason]), rng)
    return Example(f"refuse_{reason}", _spoken(_fill(wording, slots), rng), f"refuse {reason}")


def generate(seed: int, families: tuple[Family, ...] = FAMILIES) -> Iterator[Example]:
    """An endless row of examples, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    weights = [family.weight for family in families]
    while True:
        if rng.random() < REFUSAL_SHARE:
            yield _draw_refusal(rng)
            continue
        example = _draw(rng.choices(families, weights)[0], rng)
        if example is not None:
            load_plan(example.plan)
            yield example
