"""Draws what the slots of a family stand for: names, and words beside the plan text that they mean."""

import random
from collections.abc import Iterable

from chartline.learning.generation import windows
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.measuring import anchor, measured_slots, said_number
from chartline.learning.generation.moments import Moments
from chartline.learning.generation.templates import alternatives, fill
from chartline.learning.generation.vocabulary import NAME_SLOTS, QUESTION_SLOTS

_ALIASES = (("the patient", "the patient's"),) * 6 + (
    ("this patient", "this patient's"),
    ("pt", "pt's"),
    ("he", "his"),
    ("she", "her"),
    ("they", "their"),
    ("the individual", "the individual's"),
)
#: A word of a question, and the plan text it means.
_FIRST = ("first", "first", "initial", "earliest")
_LAST = ("last", "last", "most recent", "latest")
_ADVERBS = {"first": ("first", "first", "first", "initially"), "last": ("last", "last", "last", "most recently")}
_AGGREGATES = (
    ("max", ("maximum", "highest", "max", "peak")),
    ("min", ("minimum", "lowest", "min")),
    ("mean", ("average", "mean")),
)
_EXTREMES = (("highest", "maximum"), ("lowest", "minimum"), ("highest", "highest"), ("lowest", "lowest"))
_SIGNS = (
    (">", ("greater than", "above", "over", "higher than", "more than", "exceeding")),
    ("<", ("less than", "below", "under", "lower than")),
    (">=", ("at least", "greater than or equal to")),
    ("<=", ("at most", "less than or equal to")),
)
_PERIODS = (
    ("day", ("daily",), ("per day", "each day", "by day", "for each day", "day by day")),
    ("week", ("weekly",), ("per week", "each week", "by week", "week by week")),
    ("month", ("monthly",), ("per month", "each month", "by month", "for every month")),
    ("year", ("yearly", "annual"), ("per year", "each year", "by year", "year by year")),
)
_PLACES = (
    ("last", "last"),
    ("last 2", "second to last"),
    ("first 2", "second"),
    ("first", "first"),
    ("last 3", "third to last"),
    ("first 3", "third"),
)
_PLACE_WEIGHTS = (4, 3, 3, 4, 0.5, 0.5)
_WITHIN = (
    ("within same hospital", "within the same hospital visit"),
    ("within 2 day", "within 2 days"),
    ("within same day", "within the same day"),
    ("within same month", "within the same month"),
    ("within 24 hour", "within 24 hours"),
    ("within 3 month", "within 3 months"),
    ("within 2 week", "within two weeks"),
)
_RANKS = ("three", "five", "four", "ten", "3", "5", "two", "six")
_TIMES = (("2", "two"), ("2", "2"), ("3", "three"), ("3", "3"), ("4", "four"), ("5", "five"))
#: How a question goes on from the answer before it.
_OPENERS = ("", "", "", "and ", "and ", "ok, ", "ok, and ", "thanks. ", "so ", "alright, ", "good, and ", "right, ")
_TRIES = 4
_CARDINALS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}


def draw_slots(pins: Iterable[tuple[str, str]], ground: Ground, rng: random.Random) -> dict[str, str]:
    """One draw of every slot of questions (lower case) and plans (upper case), those of `pins` fixed."""
    slots = _names(ground, rng) | _times(ground.moments, rng) | draw_words(rng)
    slots |= draw_numbers(ground.number((slots["lab"], slots["vital"]), rng), rng)
    slots |= measured_slots(slots["NUM"], slots["num"], slots["CMP"], rng)
    for slot, text in pins:
        slots[slot] = fill(alternatives(text, rng), slots)
    slots |= _patient(slots, rng) | _of_verbs(slots, rng)
    return slots | anchor(slots, rng)


def draw_words(rng: random.Random) -> dict[str, str]:
    """One draw of the slots that are neither names nor times nor numbers."""
    words = _orders(rng) | _measures(rng)
    patient, owner = rng.choice(_ALIASES)
    return words | {"P": patient, "Ps": owner} | _of_verbs(words, rng)


def _of_verbs(slots: dict[str, str], rng: random.Random) -> dict[str, str]:
    """The order as it is said of a verb."""
    said = rng.choice(_ADVERBS[slots["O"].split()[0]])
    return {"o_verb": said, "o_verb_opt": f"{said} " if slots["O_OPT"] else ""}


def _names(ground: Ground, rng: random.Random) -> dict[str, str]:
    names: dict[str, str] = {}
    for slot in QUESTION_SLOTS:
        names[slot] = _another(slot, names, ground, rng)
    names["thing"] = names[rng.choice(("drug", "diagnosis", "procedure", "lab"))]
    return names


def _another(slot: str, names: dict[str, str], ground: Ground, rng: random.Random) -> str:
    """A name, and "drug2" another drug than "drug" if there are several."""
    taken = {names[other].casefold() for other in names if NAME_SLOTS[other] == NAME_SLOTS[slot]}
    name = ground.name(slot, rng)
    for _ in range(_TRIES if taken else 0):
        if name.casefold() not in taken:
            break
        name = ground.name(slot, rng)
    return name


def draw_numbers(bound: str, rng: random.Random) -> dict[str, str]:
    """`bound` is what a threshold is; the others stand in names."""
    return {"num": said_number(bound, rng), "NUM": bound, "n": str(rng.randint(10, 90)), "m": str(rng.randint(20, 99))}


def _patient(slots: dict[str, str], rng: random.Random) -> dict[str, str]:
    """How the patient is called. "pt" is the patient or the prothrombin time, never both in one question."""
    ambiguous = {word for name in ("lab", "lab2") for word in slots[name].casefold().split()}
    patient, owner = rng.choice([(said, own) for said, own in _ALIASES if said not in ambiguous])
    return {"P": patient, "Ps": owner}


def _order(rng: random.Random) -> tuple[str, str]:
    return (rng.choice(_FIRST), "first ") if rng.random() < 0.5 else (rng.choice(_LAST), "last ")


def _orders(rng: random.Random) -> dict[str, str]:
    order, planned = _order(rng)
    optional = rng.random() < 0.5
    place, other = rng.choices(_PLACES, _PLACE_WEIGHTS)[0], rng.choices(_PLACES, _PLACE_WEIGHTS)[0]
    while other == place:
        other = rng.choice(_PLACES)
    rank = rng.choice(_RANKS)
    times, times_words = rng.choice(_TIMES)
    return {
        "o": order, "O": planned, "o_opt": f"{order} " if optional else "", "O_OPT": planned if optional else "",
        "a": place[1], "A": f"{place[0]} ", "b": other[1], "B": f"{other[0]} ",
        "rank": rank, "RANK": str(_CARDINALS.get(rank, rank)), "times": times_words, "TIMES": times,
    }  # fmt: skip


def _times(moments: Moments, rng: random.Random) -> dict[str, str]:
    window, window_plan = windows.any_window(rng, moments)
    dated, dated_plan = windows.some_window(rng, moments)
    spoken, spoken_plan = windows.spoken_window(rng, moments)
    (stay, stay_plan), (stay2, stay2_plan) = windows.which_stay(rng, moments), windows.which_stay(rng, moments)
    hospital, hospital_plan = windows.hospital_stay(rng, moments) if rng.random() < 0.3 else ("", "")
    part, part_plan = windows.part_of_stay(rng, moments)
    hour, hour_plan = windows.at_hour(rng, moments)
    said_stay, stay_said = windows.spoken_stay(rng)
    later, earlier = windows.moment_pair(rng, moments)
    within, within_words = rng.choice(_WITHIN)
    current = rng.choice(("during", "on", "in")) + rng.choice((" the current", " this", " their current"))
    visit = rng.choice(("hospital visit", "hospital encounter", "hospital stay", "admission"))
    return {
        "stay": said_stay, "STAY": stay_said,
        "w": window, "W": window_plan, "w2": dated, "W2": dated_plan, "ew": spoken, "EW": spoken_plan,
        "s": stay, "S": stay_plan, "s2": stay2, "S2": stay2_plan, "part": part, "PART": part_plan,
        "w_hospital": hospital, "W_HOSPITAL": hospital_plan, "h": hour, "H": hour_plan,
        "s_current": f" {current} {visit}", "S_CURRENT": " during current hospital",
        "t1": later, "t2": earlier, "within": within_words, "WITHIN": within,
    }  # fmt: skip


def _measures(rng: random.Random) -> dict[str, str]:
    aggregate, aggregate_words = rng.choice(_AGGREGATES)
    extreme, extreme_word = rng.choice(_EXTREMES)
    bound, bound_words = rng.choice(_AGGREGATES[:2])
    sign, sign_words = rng.choices(_SIGNS, (6, 6, 1, 1))[0]
    period, adjectives, adverbs = rng.choices(_PERIODS, (5, 2, 3, 1))[0]
    comparison, comparison_word = rng.choice(
        (("greater", "greater"), ("less", "less"), ("greater", "higher"), ("less", "lower"))
    )
    return {
        "agg": rng.choice(aggregate_words), "AGG": aggregate, "ext": extreme_word, "EXT": extreme,
        "extreme": rng.choice(bound_words), "EXTREME": bound,
        "sign": rng.choice(sign_words), "SIGN": sign,
        "period": rng.choice(adjectives), "per": rng.choice(adverbs), "PERIOD": period,
        "unit_plain": rng.choice(("hour", "day")), "cmp": comparison_word, "CMP": comparison,
        "so": rng.choice(_OPENERS),
    }  # fmt: skip
