"""Finds the names in a question: the longest span that something goes by in the hospital, whichever patient has it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from chartline.record.kinds import EventKind
from chartline.record.names import normalise
from tests.evaluation.gold_charts import Hospital

_WORD = re.compile(r"[^\W_]+|[%+#]")
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Name:
    """Where the names of a slot come from: a kind's names, or the values of one of its attributes.

    `after` is the word behind which they stand, where there is one; `too` is what else questions call them.
    """

    kind: EventKind
    attribute: str = ""
    after: str = ""
    too: tuple[str, ...] = ()


class HospitalNames:
    """The names of a hospital, whoever has them: what a patient lacks is found in a question, too."""

    def __init__(self, hospital: Hospital) -> None:
        self._hospital = hospital
        self._fluids = hospital.values(EventKind.LABORATORY, "specimen")
        self._known = cache(self._known_names)

    def longest(self, name: Name, text: str) -> tuple[int, int] | None:
        """The span of most words, then of the name as it is, then of most letters.

        Of a test that is named beside its fluid, the fluid's name is no name.
        """
        cue = re.search(rf"\b(?:{name.after})\b", text, re.IGNORECASE) if name.after else None
        names, likenesses = self._known(name)
        ranked = []
        for start, end in _spans(text, cue.end() if cue else 0):
            form = normalise(text[start:end])
            if form in names or _likeness(form) in likenesses:
                is_test = name.attribute or form not in self._fluids
                ranked.append((is_test, len(form.split()), form in names, len(form), -start, end))
        if not ranked:
            return None
        *_, start, end = max(ranked)
        return -start, end

    def _known_names(self, name: Name) -> tuple[frozenset[str], frozenset[str]]:
        """Normalised names, and what is left of them without order and number."""
        if name.attribute:
            return self._hospital.values(name.kind, name.attribute), frozenset()
        names = self._hospital.terms(name.kind) | set(map(normalise, name.too))
        return names, frozenset(map(_likeness, names))


@cache
def hospital_names(hospital: Hospital) -> HospitalNames:
    return HospitalNames(hospital)


def _likeness(form: str) -> str:
    return " ".join(sorted(word[:-1] if len(word) > 3 and word[-1] == "s" else word for word in form.split()))


def _spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Spans of whole words that nothing has been taken from."""
    words = [match.span() for match in _WORD.finditer(text, start)]
    for first, (begin, _) in enumerate(words):
        for _, end in words[first : first + _LONGEST]:
            if "_" in text[begin:end]:
                break
            yield begin, end
