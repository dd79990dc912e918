"""Makes right answers wrong, by text alone: regular expressions and tables of its own, nothing of the checker's.

Each mutator takes (text, world, rng) and yields (kind, wrong text); `World` is what the test knows of the chart.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Mutation = tuple[str, str]

OTHER_NAMES = (
    "warfarin",
    "Metoprolol Tartrate",
    "potassium",
    "Hemoglobin",
    "Klebsiella pneumoniae",
    "Pneumonia, unspecified organism",
    "Trauma SICU",
    "bilirubin, total",
    "colonoscopy",
    "Vancomycin 1 g",
)
UNITS = ("mg/dL", "mmol/L", "mEq/L", "kg", "mL", "hours", "days", "bpm", "mmHg", "%", "g", "ug/mL", "years", "minutes")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
PEOPLE = ("Patient 10023771", "Mr. John Miller", "Jane Doe", "the patient in bed 4", "MRN 889412", "his brother")
INVENTED = (
    "The patient is allergic to penicillin.",
    "Warfarin was also given.",
    "The value is above the normal range.",
    "This was followed by a potassium of 3.1 mmol/L.",
    "The patient's sister had 7 visits.",
    "No further tests were needed.",
    "It was not repeated.",
    "The dose should be doubled.",
    "Sepsis was ruled out on 2101-02-03.",
    "A second reading was 9.9.",
)
SWAPS = (
    ("first", "last"),
    ("most recent", "earliest"),
    ("latest", "earliest"),
    ("second to last", "third to last"),
    ("lowest", "highest"),
    ("minimum", "maximum"),
    ("greater", "less"),
    ("higher", "lower"),
    ("above", "below"),
    ("mean", "maximum"),
    ("average", "minimum"),
    ("total", "mean"),
    ("since", "before"),
    ("after", "before"),
    ("ICU", "hospital"),
)
_NUMBER = re.compile(r"(?<![\w./:-])\d+(?:\.\d+)?(?![\w:/-]|\.\d)")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)")
_LONG = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})")
_VERB = re.compile(r"\b(was|were|is|had|did|has been|came back)\b")
_NEGATION = re.compile(r"\b(?:not|never|no)\s|n't\b", re.IGNORECASE)


@dataclass
class World:
    """Names the text may hold, and other numbers, times and names of the same chart."""

    names: tuple[str, ...] = ()
    other_numbers: tuple[str, ...] = ()
    other_times: tuple[str, ...] = ()
    boolean: bool = False
    identifiers: tuple[str, ...] = field(default=())


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def digits(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    places = [m.start() for m in re.finditer(r"\d", text)]
    for place in rng.sample(places, min(4, len(places))):
        new = rng.choice([d for d in "0123456789" if d != text[place]])
        yield "number", _put(text, place, place + 1, new)
    if places:
        yield "number", _put(text, places[-1], places[-1], rng.choice("123456789"))


def decimal_point(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for match in _NUMBER.finditer(text):
        number = match[0]
        moved = (
            number.replace(".", "") if "." in number else f"{number[:-1]}.{number[-1]}" if number[1:] else f"0.{number}"
        )
        if float(moved) != float(number):
            yield "number", _put(text, *match.span(), moved)
        yield "number", _put(text, *match.span(), f"{number}0" if "." not in number else f"1{number}")


def sign(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for match in _NUMBER.finditer(text):
        yield "number", _put(text, *match.span(), f"-{match[0]}")
    for match in re.finditer(r"(?<=\s)-(?=\d)", text):
        yield "number", _put(text, *match.span(), "")


def comparator(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for match in _NUMBER.finditer(text):
        yield "number", _put(text, *match.span(), f"{rng.choice('<>')}{match[0]}")


def number_word(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for match in _NUMBER.finditer(text):
        yield "number", _put(text, *match.span(), rng.choice(("forty", "thirteen", "about a dozen", "several")))


def unit(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    known = "|".join(
        re.escape(u) for u in sorted((*UNITS, "hour", "day", "year", "week", "weeks"), key=len, reverse=True)
    )
    for match in re.finditer(rf"(?<=\d)\s?({known})(?![\w/])", text):
        old = match[1].rstrip("s")
        for new in rng.sample([u for u in UNITS if u.rstrip("s") != old], 3):
            yield "unit", _put(text, *match.span(), f" {new}")


def date(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for match in _ISO.finditer(text):
        day = datetime.fromisoformat(match[0])
        shift = timedelta(days=rng.choice((-365, -31, -7, -1, 1, 7, 31, 365)))
        yield "date", _put(text, *match.span(), (day + shift).strftime("%Y-%m-%d"))
        if day.month != day.day:
            yield "date", _put(text, *match.span(), f"{day.year}-{day.day:02}-{day.month:02}")
    for match in _ISO_TIME.finditer(text):
        moment = datetime.fromisoformat(match[0]) + timedelta(minutes=rng.choice((-720, -60, -1, 1, 60, 720)))
        yield "date", _put(text, *match.span(), moment.strftime("%Y-%m-%d %H:%M"))
    for match in _LONG.finditer(text):
        month = rng.choice([m for m in MONTHS if m != match[2]])
        yield "date", _put(text, *match.span(2), month)
        yield "date", _put(text, *match.span(1), str(int(match[1]) % 28 + 1))
        yield "date", _put(text, *match.span(3), str(int(match[3]) + 1))


def name(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for old in world.names:
        for match in list(re.finditer(re.escape(old), text, re.IGNORECASE))[:2]:
            for new in rng.sample([n for n in OTHER_NAMES if n.casefold() != old.casefold()], 2):
                yield "name", _put(text, *match.span(), new)


def negation(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for match in list(_VERB.finditer(text))[:2]:
        yield "negation", _put(text, match.end(), match.end(), rng.choice((" not", " never")))
    found = list(_NEGATION.finditer(text, 3))
    for match in found[-1:]:
        yield "negation", _put(text, *match.span(), "")
    lead = re.match(r"(Yes|No)\b", text)
    if lead and text[lead.end() : lead.end() + 1] == ",":
        yield "negation", ("No" if lead[0] == "Yes" else "Yes") + text[lead.end() :]
    if not world.boolean:
        yield "negation", f"It is not true that {text[0].lower()}{text[1:]}"
        yield "negation", re.sub(r"^", "The patient denies that ", text)


def patient(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for match in list(re.finditer(r"\b[Tt]he patient\b|\b[Tt]heir\b", text))[:1]:
        yield "patient", _put(text, *match.span(), rng.choice(PEOPLE))
    yield "patient", f"For {rng.choice(PEOPLE)}: {text}"
    for identifier in world.identifiers:
        if identifier in text:
            yield "patient", text.replace(identifier, str(int(identifier) + 1))


def invented(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    yield "invented", f"{text.rstrip('.')} and {rng.choice(OTHER_NAMES)} was given."
    yield "invented", f"{text.rstrip('.')}, which is {rng.choice(('normal', 'abnormal', 'dangerous', 'improving'))}."
    yield (
        "invented",
        re.sub(r"\bwas\b|\bwere\b", rng.choice(("may have been", "was probably", "was almost")), text, count=1),
    )


def other_event(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    numbers = list(_NUMBER.finditer(_ISO_TIME.sub(lambda m: "x" * len(m[0]), text)))
    for match in numbers[:2]:
        for other in world.other_numbers:
            if float(other) != float(match[0]):
                yield "other event", _put(text, *match.span(), other)
    for match in list(_ISO_TIME.finditer(text))[:2]:
        for other in world.other_times:
            if other != match[0]:
                yield "other event", _put(text, *match.span(), other)


def claim_word(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    for left, right in SWAPS:
        for old, new in ((left, right), (right, left)):
            match = re.search(rf"\b{old}\b", text)
            if match:
                yield "claim", _put(text, *match.span(), new)
                break


def exchange(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    """Values of a list that trade places while their times or labels stay, and a value that is said twice."""
    masked = _ISO_TIME.sub(lambda m: "x" * len(m[0]), _ISO.sub(lambda m: "x" * len(m[0]), text))
    for pattern, source in ((_NUMBER, masked), (_ISO_TIME, text)):
        found = list(pattern.finditer(source))
        if len(found) < 2 or found[0][0] == found[1][0] or (pattern is _NUMBER and "x" not in masked):
            continue
        (a, b), (c, d) = found[0].span(), found[1].span()
        yield "exchange", text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]
        yield "exchange", _put(text, c, d, text[a:b])
    match = re.search(r"\b(?:last|most recent)\b(.*)\b(?:second[ -]to[ -]last|first)\b", text)
    if match and (" than " in text or "between" in text):
        yield "exchange", _put(text, match.start(), match.end(), f"second to last{match[1]}last")


def omission(text: str, world: World, rng: random.Random) -> Iterator[Mutation]:
    """An answer that talks around its value."""
    number = _NUMBER.search(_ISO.sub(lambda m: "x" * len(m[0]), text))
    if number and not world.boolean:
        yield "omission", _put(text, *number.span(), "recorded")
        yield "omission", "The value was recorded."
    for old in world.names[:1]:
        if text.count(";") and old in text:
            yield "omission", re.sub(rf"{re.escape(old)}; ", "", text)


MUTATORS = (
    exchange,
    omission,
    digits,
    decimal_point,
    sign,
    comparator,
    number_word,
    unit,
    date,
    name,
    negation,
    patient,
    invented,
    other_event,
    claim_word,
)


def mutations(text: str, world: World, seed: int) -> list[Mutation]:
    rng = random.Random(seed)
    made = [mutation for mutator in MUTATORS for mutation in mutator(text, world, rng)]
    return [(kind, wrong) for kind, wrong in dict.fromkeys(made) if wrong != text]
