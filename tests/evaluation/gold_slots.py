"""Fills a pattern of plan text from a question by fixed rules: the longest names, times, words of reckoning.

    get value of {order} lab {lab} {when?}    ─▶    get value of last lab "potassium" since "03/2100"

A slot with a question mark may stay empty; a pattern with another empty one does not fit the question.
"""

import re
from collections.abc import Iterator

from chartline.record.kinds import EventKind
from tests.evaluation.gold_charts import Hospital
from tests.evaluation.gold_names import Name, hospital_names
from tests.evaluation.gold_times import Clause, Words, read_clauses, whole

_SLOT = re.compile(r"\{(\w+)(\?)?\}")
_CARDINALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
#: As questions call them, whatever the record does.
_VITAL_SIGNS = (
    *("systolic blood pressure", "diastolic blood pressure", "mean blood pressure"),
    *("heart rate", "respiratory rate", "body temperature", "SpO2"),
)
#: Slots of names, in the order in which they are read: a test is named behind its category and beside its fluid.
NAMES: dict[str, Name] = {
    "category": Name(EventKind.LABORATORY, "category"),
    "lab": Name(EventKind.LABORATORY, too=("white blood cell count",)),
    "fluid": Name(EventKind.LABORATORY, "specimen"),
    "vital": Name(EventKind.VITAL, too=_VITAL_SIGNS),
    "drug": Name(EventKind.MEDICATION_REQUEST),
    "drug2": Name(EventKind.MEDICATION_REQUEST),
    "drugs": Name(EventKind.MEDICATION_REQUEST),
    "diagnosis": Name(EventKind.CONDITION),
    "procedure": Name(EventKind.PROCEDURE),
    "intake": Name(EventKind.INTAKE),
    "output": Name(EventKind.OUTPUT),
    "culture": Name(EventKind.MICROBIOLOGY),
    "careunit": Name(EventKind.TRANSFER, "care_unit", after=r"careunit"),
    "location": Name(EventKind.ENCOUNTER, "admission_location"),
    "route": Name(EventKind.MEDICATION_REQUEST, "route", after=r"via|using|through"),
}
_FILTERS = {"category": "with category = {}", "fluid": "with specimen = {}"}
_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "unit": ((r"hours?", "hours"), (r"days?", "days")),
    "function": ((r"max\w*|highest", "max"), (r"min\w*|lowest", "min"), (r"average|mean|typical", "mean")),
    "extremum": ((r"max\w*|highest", "highest"), (r"min\w*|lowest", "lowest")),
    "bucket": ((r"daily", "day"), (r"monthly", "month"), (r"yearly", "year")),
    "sign": ((r"greater|higher|above|more", ">"), (r"less|lower|below", "<")),
    "comparison": ((r"greater|higher|more", "greater"), (r"less|lower", "less")),
    "near": ((r"within the same day", "within same day"), (r"within the same hospital visit", "within same hospital")),
    "emergency": ((r"emergency room", '"emergency room"'), (r"e\.r\.", '"E.R."'), (r"er", '"ER"')),
    "weight": ((r"weights?", '"weight"'), (r"weigh", '"weigh"')),
    "marital": ((r"single", '"single"'), (r"married", '"married"')),
}
_NUMBERS = {
    "number": r"than (\d+(?:\.\d+)?)",
    "count": rf"\b(\d+|{'|'.join(_CARDINALS)})\b",
    "low": r"outside (\d+(?:\.\d+)?) to",
    "high": r"outside \d+(?:\.\d+)? to (\d+(?:\.\d+)?)",
}


class Slots:
    """One question as patterns see it; `hints` are conventions said beside it, `parts` is as in gold_times."""

    def __init__(self, question: str, hospital: Hospital, *, hints: str = "", parts: bool = False) -> None:
        self._question = question
        self._hints = hints
        self._names = hospital_names(hospital)
        self._parts = parts

    def fill(self, pattern: str) -> str | None:
        """Plan text; None where the question has nothing for a slot."""
        words = Words(self._question)
        wanted = {match[1] for match in _SLOT.finditer(pattern)}
        values = {slot: self._name(slot, words) for slot in NAMES if slot in wanted}
        values |= {slot: _chosen(_CHOICES[slot], words.left) for slot in wanted & _CHOICES.keys()}
        clauses = read_clauses(words, parts=self._parts)
        values |= {slot: self._number(slot, words) for slot in wanted & _NUMBERS.keys()}
        values |= _of_clauses(clauses)
        missing = [match[1] for match in _SLOT.finditer(pattern) if not match[2] and not values.get(match[1])]
        if missing:
            return None
        filled = _SLOT.sub(lambda match: values.get(match[1]) or "", pattern)
        return " ".join(filled.split())

    def _number(self, slot: str, words: Words) -> str:
        match = re.search(_NUMBERS[slot], f"{words.left} {self._hints}", re.IGNORECASE)
        said = match[1].lower() if match else ""
        return str(_CARDINALS.index(said) + 1) if said in _CARDINALS else said

    def _name(self, slot: str, words: Words) -> str:
        """Quoted, as the question says it."""
        name = NAMES[slot]
        if slot == "drugs":
            return " or ".join(_quoted(words.take(*span)) for span in sorted(self._all(name, words)))
        span = self._names.longest(name, words.left)
        if span is None:
            return ""
        return _FILTERS.get(slot, "{}").format(_quoted(words.take(*span)))

    def _all(self, name: Name, words: Words) -> Iterator[tuple[int, int]]:
        """Every name, the longest first; none inside another."""
        left = Words(words.said)
        while (span := self._names.longest(name, left.left)) is not None:
            left.take(*span)
            yield span


def _chosen(choices: tuple[tuple[str, str], ...], text: str) -> str:
    for said, planned in choices:
        if re.search(rf"(?<!\w)(?:{said})(?!\w)", text, re.IGNORECASE):
            return planned
    return ""


def _of_clauses(clauses: list[Clause]) -> dict[str, str]:
    one = whole(clauses)
    values = {"order": one.order, "when": one.when}
    for number, clause in enumerate(clauses[:2], start=1):
        values |= {f"order{number}": clause.order, f"when{number}": clause.when}
    return values


def _quoted(said: str) -> str:
    return '"' + said.replace('"', " ") + '"'
