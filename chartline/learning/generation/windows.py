"""Time phrases of generated questions, each beside the window of plan text that it means."""

import calendar
import random
from collections.abc import Callable
from datetime import datetime, timedelta

Phrase = tuple[str, str]
_MONTH_NAMES = calendar.month_name[1:]
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth"),
)


def random_moment(rng: random.Random, year: int | None = None) -> datetime:
    start = datetime(year or rng.choice((rng.randint(2000, 2030), rng.randint(2080, 2200))), 1, 1)  # noqa: DTZ001
    return start + timedelta(minutes=rng.randrange(525_000))


def _dates(rng: random.Random, at: datetime | None = None) -> str:
    """A day, month or year as people write it."""
    at = at or random_moment(rng)
    month, short = _MONTH_NAMES[at.month - 1], _MONTH_NAMES[at.month - 1][:3]
    forms = (
        f"{at:%m/%d/%Y}",
        f"{at:%m/%Y}",
        f"{at:%Y}",
        f"{at:%m/%Y}",
        f"{at:%Y-%m-%d}",
        f"{at:%m/%d}/{rng.choice(('this', 'last'))} year",
        f"{at:%m}/{rng.choice(('this', 'last'))} year",
        f"{rng.choice(('this', 'last'))} month/{at:%d}",
        f"{month} {at.year}",
        f"{short} {at.day}, {at.year}",
        f"{at.day} {month} {at.year}",
        f"{month} {at.day}",
    )
    return rng.choice(forms)


def _in_date(rng: random.Random) -> Phrase:
    date = _dates(rng)
    word = rng.choice(("in", "on", "during", "in", "on", "throughout"))
    return f" {word} {date}", f' in "{date}"'


def _since_date(rng: random.Random) -> Phrase:
    date = _dates(rng)
    word = rng.choice(("since", "since", "since", "from", "after", "starting"))
    tail = " on" if word == "from" and rng.random() < 0.5 else ""
    return f" {word} {date}{tail}", f' since "{date}"'


def _before_date(rng: random.Random) -> Phrase:
    date = _dates(rng)
    return f" {rng.choice(('before', 'prior to', 'until'))} {date}", f' before "{date}"'


def _range(rng: random.Random) -> Phrase:
    start, end = (_dates(rng, at) for at in sorted((random_moment(rng), random_moment(rng))))
    words = rng.choice(((" between ", " and "), (" from ", " to "), (" from ", " until ")))
    return f"{words[0]}{start}{words[1]}{end}", f' in "{start}" to "{end}"'


def _some_ago(rng: random.Random) -> Phrase:
    """A day, month or year that lies so far back, not the time since."""
    unit = rng.choice(("day", "month", "year"))
    amount = rng.choice(("2", "3", "two", "three", "four", str(rng.randint(2, 30))))
    phrase = f"{amount} {unit}s ago"
    return f" {phrase}", f' in "{phrase}"'


def _ago(rng: random.Random) -> Phrase:
    unit = rng.choice(("day", "month", "year", "week", "hour"))
    amount = rng.choice(("1", "2", "3", "two", "six", str(rng.randint(2, 40)), str(rng.randint(2, 300))))
    phrase = f"{amount} {unit}{'s' if amount != '1' else ''} ago"
    return f" since {phrase}", f' since "{phrase}"'


def _recent(rng: random.Random) -> Phrase:
    unit = rng.choice(("hour", "day", "week", "month", "year"))
    amount = rng.choice((2, 3, 6, 7, 12, 24, 48, 30, rng.randint(2, 90)))
    phrase = f"{rng.choice(('last', 'past'))} {amount} {unit}s"
    return f" {rng.choice(('in the', 'over the', 'within the', 'during the'))} {phrase}", f' in "{phrase}"'


_PERIODS = (
    *("this year", "last year", "previous year", "this month", "last month", "today", "yesterday", "current year"),
    *("this month", "today", "yesterday", "current month", "previous month", "past week", "past month", "past year"),
)


def _named_period(rng: random.Random) -> Phrase:
    phrase = rng.choice(_PERIODS)
    if phrase in ("today", "yesterday"):
        since = rng.random() < 0.15
        return (f" since {phrase}", f' since "{phrase}"') if since else (f" {phrase}", f' in "{phrase}"')
    article = "the " if phrase.split()[0] in ("last", "previous", "current", "past") else ""
    word = rng.choice(("in", "during", "throughout"))
    lead = "" if not article and rng.random() < 0.4 else f"{word} {article}"
    return f" {lead}{phrase}", f' in "{phrase}"'


_VISIT = ("hospital visit", "hospital encounter", "hospital stay", "hospital admission", "admission", "hospitalization")
_ICU = ("ICU visit", "ICU stay", "icu stay", "intensive care unit stay", "ICU admission")


def _which_stay(rng: random.Random) -> Phrase:
    noun, stay = rng.choice(((rng.choice(_VISIT), "hospital"), (rng.choice(_ICU), "icu")))
    word, which = rng.choice(
        (("first", "first"), ("last", "last"), ("current", "current"), ("most recent", "last"), ("latest", "last"))
    )
    place = rng.choice(("on their", "during their", "during the", "in the", "on the", "in their", "within the"))
    if which == "current" and rng.random() < 0.5:
        return f" {rng.choice(('during', 'on', 'in'))} this {noun}", f" during current {stay}"
    return f" {place} {word} {noun}", f" during {which} {stay}"


def _stay_hours(rng: random.Random) -> Phrase:
    hours = rng.choice((12, 24, 48, 6, 72))
    word = rng.choice(("first", "initial"))
    place = rng.choice(("within the", "in the", "during the"))
    form = rng.choice((f"{word} {hours} hours", f"{word} {hours}-hour period", f"{word} {hours}h"))
    return f" {place} {form}", f" during start {hours} hospital"


def _stay_end(rng: random.Random) -> Phrase:
    hours = rng.choice((12, 24, 48))
    place = rng.choice(("within the", "in the", "during the"))
    return f" {place} final {hours} hours", f" during end {hours} hospital"


def _stay_day(rng: random.Random) -> Phrase:
    day = rng.choice((1, 2, 3, rng.randint(1, 30)))
    forms = [f" on day {day}", f" on hospital day {day}", f" during day {day}"]
    if day <= len(_ORDINALS):
        forms += [f" on the {_ORDINALS[day - 1]} day", f" within the {_ORDINALS[day - 1]} day"]
    return rng.choice(forms), f" during day {day} hospital"


def _part_of_which(rng: random.Random) -> Phrase:
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


def _stay_hour(rng: random.Random) -> Phrase:
    hour = f"{rng.choice((rng.uniform(0, 9), rng.uniform(0, 99), rng.uniform(0, 300))):.{rng.choice((0, 1, 2, 2))}f}"
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


def _whole_stay(rng: random.Random) -> Phrase:
    words = ("throughout the stay", "during the entire stay", "throughout the patient's stay", "throughout admission")
    return f" {rng.choice(words)}", " during hospital"


def moment_pair(rng: random.Random) -> tuple[str, str]:
    """Two readings of the clock, the later first, as "2100-01-17 14:00:00"."""
    at = random_moment(rng).replace(minute=rng.choice((0, 0, 0, 15, 30, 45)), second=0)
    return f"{at:%Y-%m-%d %H:%M:%S}", f"{at - timedelta(hours=rng.randint(1, 24)):%Y-%m-%d %H:%M:%S}"


def none(_: random.Random) -> Phrase:
    return "", ""


_KINDS: tuple[tuple[Callable[[random.Random], Phrase], float], ...] = (
    (none, 3.0),
    (_in_date, 3.0),
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


def any_window(rng: random.Random) -> Phrase:
    """A time phrase with its leading blank, and the window that it means; both may be empty."""
    kind = rng.choices([k for k, _ in _KINDS], [w for _, w in _KINDS])[0]
    return kind(rng)


_DATED = (_in_date, _since_date, _named_period, _named_period, _which_stay, _recent)


def some_window(rng: random.Random) -> Phrase:
    """As `any_window`, never empty and of the kinds that a question can be asked again for."""
    return rng.choice(_DATED)(rng)


def which_stay(rng: random.Random) -> Phrase:
    return _which_stay(rng)


def hospital_stay(rng: random.Random) -> Phrase:
    """As `which_stay`, of hospital visits alone."""
    while True:
        question, plan = _which_stay(rng)
        if plan.endswith("hospital"):
            return question, plan


def at_hour(rng: random.Random) -> Phrase:
    return _stay_hour(rng)
