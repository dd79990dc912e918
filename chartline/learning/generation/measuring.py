"""Slots of questions about measurements: bounds, parts of stays, two stays side by side, and what they lie around.

Each is drawn beside the plan text that it means, as those of `slots` and `windows` are: {bound} is a condition on a
value, {st} a stay or a part of one, {cw} a time as ward notes write it, {va} and {vb} two stays, {vo} and {vp} two that
are over, {anchor} an event, {hrs} a number of hours, {higher} the comparison in another word.
"""

import random
import re
from collections.abc import Mapping

from chartline.language.number_words import in_words
from chartline.learning.generation.stay_words import CLIPPED_STAYS, NAMED_STAYS
from chartline.learning.generation.templates import fill

Phrase = tuple[str, str]
_Stays = tuple[tuple[str, tuple[str, ...]], ...]
_OVER = tuple((planned, names) for planned, names in NAMED_STAYS if not planned.startswith("current"))
_BOUNDS = (
    (">", ("above {}", "over {}", "higher than {}", "greater than {}", "more than {}", "above {}", "over {}")),
    ("<", ("below {}", "under {}", "lower than {}", "less than {}", "below {}", "under {}")),
    (">=", ("{} or higher", "{} or above", "{} or more", "at least {}", "{} or over", "no lower than {}")),
    ("<=", ("{} or lower", "{} or below", "{} or less", "at most {}", "{} or under", "no higher than {}")),
)
_WHOLE = re.compile(r"[1-9]\d{0,2}")
_IN_WORDS_SHARE, _PART_SHARE = 0.2, 0.55
_HOURS, _DAYS = (6, 12, 24, 48, 72), {48: 2, 72: 3}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
#: An event that others lie around, beside the selection of plan text that it means, and how often it is drawn.
_ANCHORS = (
    ("the {procedure}", 'procedure "{procedure}"', 5),
    ("{Ps} {procedure}", 'procedure "{procedure}"', 2),
    ("the first {procedure}", 'first procedure "{procedure}"', 2),
    ("the last {procedure}", 'last procedure "{procedure}"', 2),
    ("the first dose of {drug}", 'first administration "{drug}"', 2),
    ("{drug} was first given", 'first administration "{drug}"', 1),
    ("the last dose of {drug}", 'last administration "{drug}"', 2),
    ("{drug} was started", 'first prescription "{drug}"', 3),
    ("{drug} was first ordered", 'first prescription "{drug}"', 1),
    ("the diagnosis of {diagnosis}", 'diagnosis "{diagnosis}"', 2),
    ("{diagnosis} was diagnosed", 'diagnosis "{diagnosis}"', 1),
)
_RECENT = ("last 24h", "last 48h", "past 24h", "last 12h", "last 72 hours", "last 24 hrs", "today", "yesterday")


def said_number(text: str, rng: random.Random) -> str:
    """Now and then in words, where it is a whole number that people say."""
    return in_words(int(text)) if _WHOLE.fullmatch(text) and rng.random() < _IN_WORDS_SHARE else text


def measured_slots(bound: str, said: str, comparison: str, rng: random.Random) -> dict[str, str]:
    """`bound` is the number of the plan and `said` what the question makes of it; `comparison` is greater or less."""
    sign, forms = rng.choices(_BOUNDS, (4, 4, 3, 3))[0]
    (one, other), (over, over2) = _two_stays(NAMED_STAYS, rng), _two_stays(_OVER, rng)
    stay, clipped = _stay_or_part(rng), _clipped(rng)
    hours = rng.choice((6, 12, 24, 48, 2, 4, 8, 12, 24))
    return {
        "bound": rng.choice(forms).format(said), "BOUND": f"{sign} {bound}",
        "va": one[0], "VA": one[1], "vb": other[0], "VB": other[1],
        "vo": over[0], "VO": over[1], "vp": over2[0], "VP": over2[1],
        "st": stay[0], "ST": stay[1], "cw": clipped[0], "CW": clipped[1],
        "hrs": said_number(str(hours), rng), "HRS": str(hours),
        "higher": "higher" if comparison == "greater" else "lower",
    }  # fmt: skip


def anchor(slots: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    said, planned, _ = rng.choices(_ANCHORS, [share for _, _, share in _ANCHORS])[0]
    return {"anchor": fill(said, slots), "ANCHOR": fill(planned, slots)}


def _named_stay(stays: _Stays, rng: random.Random) -> Phrase:
    planned, names = rng.choice(stays)
    return rng.choice(names), planned


def _two_stays(stays: _Stays, rng: random.Random) -> tuple[Phrase, Phrase]:
    """Different ones."""
    one = other = _named_stay(stays, rng)
    while other[1] == one[1]:
        other = _named_stay(stays, rng)
    return one, other


def _stay_or_part(rng: random.Random) -> Phrase:
    """A stay that is named, or hours or a day of it, with a leading blank."""
    stay, planned = _named_stay(NAMED_STAYS, rng)
    if rng.random() > _PART_SHARE:
        return f" {rng.choice(('during', 'on', 'over', 'during'))} {stay}", f" during {planned}"
    hours, day = rng.choice(_HOURS), rng.randint(1, len(_ORDINALS))
    length = f"{said_number(str(hours), rng)} hours"
    if hours in _DAYS and rng.random() < _IN_WORDS_SHARE:
        length = f"{in_words(_DAYS[hours])} days"
    forms = (
        (f" {rng.choice(('in', 'over', 'during', 'within'))} the first {length} of", f"start {hours}"),
        (f" within {length} of the start of", f"start {hours}"),
        (f" {rng.choice(('in', 'over', 'during'))} the {rng.choice(('last', 'final'))} {length} of", f"end {hours}"),
        (f" on {rng.choice((f'day {day}', f'the {_ORDINALS[day - 1]} day'))} of", f"day {day}"),
    )
    said, part = rng.choices(forms, (4, 1, 2, 2))[0]
    return f"{said} {stay}", f" during {part} {planned}"


def _clipped(rng: random.Random) -> Phrase:
    """Such as " 1st 24h" or " ICU last visit"."""
    place = rng.random()
    if place < 0.5:
        return rng.choice(CLIPPED_STAYS)
    if place < 0.65:
        recent = rng.choice(_RECENT)
        return f" {recent}", f' in "{recent}"'
    stay, planned = rng.choice((("", "hospital"), ("", "hospital"), *_VISITS))
    if place < 0.78:
        day = rng.randint(1, len(_ORDINALS))
        said = rng.choice((f"day {day}", f"hosp day {day}", f"on day {day}"))
        return f" {said}{stay}", f" during day {day} {planned}"
    hours, word = rng.choice(_HOURS), rng.choice(("1st", "first", "1st", "final"))
    said = rng.choice((f"{word} {hours}h", f"{word} {hours} h", f"{word} {hours} hrs"))
    return f" {said}{stay}", f" during {'end' if word == 'final' else 'start'} {hours} {planned}"


_VISITS = (
    (" of last visit", "last hospital"),
    (" last adm", "last hospital"),
    (" of 1st visit", "first hospital"),
    (", first visit", "first hospital"),
)
