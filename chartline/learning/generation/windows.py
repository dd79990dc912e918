"""Time phrases of generated questions, each beside the window of plan text that it means."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from chartline.learning.generation.dates import ago_words, date_words, period_ago_words, period_words, recent_words
from chartline.learning.generation.moments import Moments
from chartline.learning.generation.spoken_days import spoken_day
from chartline.learning.generation.stay_words import SPOKEN_STAYS

Phrase = tuple[str, str]
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth"),
)


def random_moment(rng: random.Random, year: int | None = None) -> datetime:
    start = datetime(year or rng.choice((rng.randint(2000, 2030), rng.randint(2080, 2200))), 1, 1)  # noqa: DTZ001
    return start + timedelta(minutes=rng.randrange(525_000))


def _in_date(rng: random.Random, moments: Moments) -> Phrase:
    date = _date(rng, moments)
    word = rng.choice(("in", "on", "during", "in", "on", "throughout"))
    return f" {word} {date}", f' in "{date}"'


def _date(rng: random.Random, moments: Moments) -> str:
    return date_words(moments.moment(rng), moments.now, rng)


def _since_date(rng: random.Random, moments: Moments) -> Phrase:
    date = _date(rng, moments)
    word = rng.choice(("since", "since", "since", "from", "after", "starting"))
    tail = " on" if word == "from" and rng.random() < 0.5 else ""
    return f" {word} {date}{tail}", f' since "{date}"'


def _before_date(rng: random.Random, moments: Moments) -> Phrase:
    date = _date(rng, moments)
    return f" {rng.choice(('before', 'prior to', 'until'))} {date}", f' before "{date}"'


def _range(rng: random.Random, moments: Moments) -> Phrase:
    start, end = (date_words(at, moments.now, rng) for at in moments.pair(rng))
    words = rng.choice(((" between ", " and "), (" from ", " to "), (" from ", " until ")))
    return f"{words[0]}{start}{words[1]}{end}", f' in "{start}" to "{end}"'


def _some_ago(rng: random.Random, moments: Moments) -> Phrase:
    """A day, month or year that lies so far back, not the time since."""
    phrase = period_ago_words(moments.moment(rng), moments.now, rng)
    return f" {phrase}", f' in "{phrase}"'


def _ago(rng: random.Random, moments: Moments) -> Phrase:
    phrase = ago_words(moments.moment(rng), moments.now, rng)
    return f" since {phrase}", f' since "{phrase}"'


def _recent(rng: random.Random, moments: Moments) -> Phrase:
    phrase = recent_words(moments.moment(rng), moments.now, rng)
    return f" {rng.choice(('in the', 'over the', 'within the', 'during the'))} {phrase}", f' in "{phrase}"'


def _named_period(rng: random.Random, moments: Moments) -> Phrase:
    phrase = period_words(moments.moment(rng), moments.now, rng)
    if phrase in ("today", "yesterday"):
        since = rng.random() < 0.15
        return (f" since {phrase}", f' since "{phrase}"') if since else (f" {phrase}", f' in "{phrase}"')
    article = "the " if phrase.split()[0] in ("last", "previous", "current", "past") else ""
    word = rng.choice(("in", "during", "throughout"))
    lead = "" if not article and rng.random() < 0.4 else f"{word} {article}"
    return f" {lead}{phrase}", f' in "{phrase}"'


_VISIT = ("hospital visit", "hospital encounter", "hospital stay", "hospital admission", "admission", "hospitalization")
_ICU = ("ICU visit", "ICU stay", "icu stay", "intensive care unit stay", "ICU admission")


def _which_stay(rng: random.Random, _: Moments) -> Phrase:
    noun, stay = rng.choice(((rng.choice(_VISIT), "hospital"), (rng.choice(_ICU), "icu")))
    word, which = rng.choice(
        (("first", "first"), ("last", "last"), ("current", "current"), ("most recent", "last"), ("latest", "last"))
    )
    place = rng.choice(("on their", "during their", "during the", "in the", "on the", "in their", "within the"))
    if which == "current" and rng.random() < 0.5:
        return f" {rng.choice(('during', 'on', 'in'))} this {noun}", f" during current {stay}"
    return f" {place} {word} {noun}", f" during {which} {stay}"


def _spoken_stay(rng: random.Random, _: Moments) -> Phrase:
    return spoken_stay(rng)


def _clipped_recent(rng: random.Random, moments: Moments) -> Phrase:
    """Such as "last 24h"."""
    hours = rng.choice(("12h", "24h", "48h", "72h", "24 h", "24 hrs", "8 hours", "24 hours", "48 hours"))
    phrase = f"{rng.choice(('last', 'past'))} {hours}" if rng.random() < 0.6 else ""
    phrase = phrase or recent_words(moments.moment(rng), moments.now, rng)
    return f" {rng.choice(('', '', 'in the ', 'over the '))}{phrase}", f' in "{phrase}"'


def _stay_hours(rng: random.Random, _: Moments) -> Phrase:
    hours = rng.choice((12, 24, 48, 6, 72))
    word = rng.choice(("first", "initial"))
    place = rng.choice(("within the", "in the", "during the"))
    form = rng.choice((f"{word} {hours} hours", f"{word} {hours}-hour period", f"{word} {hours}h"))
    return f" {place} {form}", f" during start {hours} hospital"


def _stay_end(rng: random.Random, _: Moments) -> Phrase:
    hours = rng.choice((12, 24, 48))
    place = rng.choice(("within the", "in the", "during the"))
    return f" {place} final {hours} hours", f" during end {hours} hospital"


def _stay_day(rng: random.Random, moments: Moments) -> Phrase:
    day = rng.choice((1, 2, 3, int(moments.hour(rng) // 24) + 1))
    forms = [f" on day {day}", f" on hospital day {day}", f" during day {day}"]
    if day <= len(_ORDINALS):
        forms += [f" on the {_ORDINALS[day - 1]} day", f" within the {_ORDINALS[day - 1]} day"]
    return rng.choice(forms), f" during day {day} hospital"


def _part_of_which(rng: random.Random, _: Moments) -> Phrase:
    """A part of a stay that is named itself: two orders in one phrase."""
    noun, stay = rng.choice(((rng.choice(_VISIT), "hospital"), (rng.choice(_ICU), "icu")))
    word, which = rng.choice((("first", "first"), ("last", "last"), ("most recent", "last"), ("current", "current")))
    hours, day = rng.choice((6, 12, 24, 48, 72)), rng.randint(1, 9)
    forms = (
        (f" in the {rng.choice(('first', 'initial'))} {hours} hours of", f"start {hours}"),
        (f" within {hours} hours of the start of", f"start {hours}"),
        (f" in the {rng.choice(('last', 'final'))} {hours} hours of", f"end {hours}"),
        (f" on day {day} of", f"day {day}"),
        (f" on the {_ORDINALS[day - 1]} day of", f"day {day}"),
    )
    said, part = rng.choice(forms)
    owner = rng.choice(("the", "their"))
    return f"{said} {owner} {word} {noun}", f" during {part} {which} {stay}"


def _stay_hour(rng: random.Random, moments: Moments) -> Phrase:
    hour = f"{moments.hour(rng):.{rng.choice((0, 1, 2, 2))}f}"
    forms = (
        f" at {hour} hours",
        f" at the {hour}-hour mark",
        f" at the {hour} hour",
        f" at approximately {hour} hours",
        f" at {hour} hrs after admission",
        f" at hour {hour}",
        f" {hour} hours into the stay",
        f" at the {hour}-hour point of the stay",
    )
    return rng.choice(forms), f" during hour {hour} hospital"


def _whole_stay(rng: random.Random, _: Moments) -> Phrase:
    words = ("throughout the stay", "during the entire stay", "throughout the patient's stay", "throughout admission")
    return f" {rng.choice(words)}", " during hospital"


def moment_pair(rng: random.Random, moments: Moments) -> tuple[str, str]:
    """Two readings of the clock, the later first, as "2100-01-17 14:00:00"."""
    earlier, later = moments.pair(rng)
    return f"{later:%Y-%m-%d %H:%M:%S}", f"{earlier:%Y-%m-%d %H:%M:%S}"


def none(_: random.Random, __: Moments) -> Phrase:
    return "", ""


_Kind = Callable[[random.Random, Moments], Phrase]
_KINDS: tuple[tuple[_Kind, float], ...] = (
    (none, 3.0),
    (_in_date, 3.0),
    (spoken_day, 0.7),
    (_since_date, 4.0),
    (_before_date, 0.5),
    (_range, 0.7),
    (_ago, 2.0),
    (_some_ago, 0.4),
    (_recent, 1.0),
    (_named_period, 3.5),
    (_which_stay, 5.0),
    (_stay_hours, 1.5),
    (_stay_end, 0.4),
    (_part_of_which, 0.8),
    (_stay_day, 1.5),
    (_stay_hour, 1.0),
    (_whole_stay, 0.7),
)
_SPOKEN: tuple[tuple[_Kind, float], ...] = (
    (none, 9.0),
    (_named_period, 2.0),
    (_clipped_recent, 2.0),
    (_recent, 1.0),
    (_spoken_stay, 4.0),
    (_in_date, 1.0),
    (spoken_day, 1.5),
    (_since_date, 1.0),
    (_stay_hours, 0.5),
    (_stay_day, 0.5),
)
_DATED: tuple[_Kind, ...] = (_in_date, _since_date, _named_period, _named_period, _which_stay, _recent)
_PARTS_OF_STAY: tuple[_Kind, ...] = (_stay_hours, _stay_hours, _stay_end, _stay_end, _stay_day, _whole_stay)


def any_window(rng: random.Random, moments: Moments) -> Phrase:
    """A time phrase with its leading blank, and the window that it means; both may be empty."""
    kind = rng.choices([k for k, _ in _KINDS], [w for _, w in _KINDS])[0]
    return kind(rng, moments)


def spoken_window(rng: random.Random, moments: Moments) -> Phrase:
    """As `any_window`, in the few words that people at the bedside use."""
    return rng.choices([k for k, _ in _SPOKEN], [w for _, w in _SPOKEN])[0](rng, moments)


def some_window(rng: random.Random, moments: Moments) -> Phrase:
    """As `any_window`, never empty and of the kinds that a question can be asked again for."""
    return rng.choice(_DATED)(rng, moments)


def part_of_stay(rng: random.Random, moments: Moments) -> Phrase:
    """As `any_window`, by the hours and days of the stay alone, which soft tokens tell."""
    return rng.choice(_PARTS_OF_STAY)(rng, moments)


def which_stay(rng: random.Random, moments: Moments) -> Phrase:
    return _which_stay(rng, moments)


def hospital_stay(rng: random.Random, moments: Moments) -> Phrase:
    """As `which_stay`, of hospital visits alone."""
    while True:
        question, plan = _which_stay(rng, moments)
        if plan.endswith("hospital"):
            return question, plan


def spoken_stay(rng: random.Random) -> Phrase:
    """As `which_stay`, in everyday words."""
    return rng.choice(SPOKEN_STAYS)


def at_hour(rng: random.Random, moments: Moments) -> Phrase:
    return _stay_hour(rng, moments)
