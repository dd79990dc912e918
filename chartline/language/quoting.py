"""Step 8 for narrative questions: which passages of the notes answer, whole sections where one is asked for.

    sections asked for ──▶ the newest visit whose notes have them ──▶ each section from its beginning
    words asked for    ──▶ passages by meaning, words in common and section ──▶ the best, as far as they are good

What is quoted stands word for word in its note; nothing here reads a note as anything but text.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chartline.language.asking import Ask, content_words
from chartline.language.passages import LONGEST_QUOTE, Passage, document_text, pack
from chartline.language.sections import Section, read_sections
from chartline.record.event import Event

MOST_QUOTES = 3

#: What counts beside the cosine similarity of a passage: the words asked for that it has, those that only the rest of
#: its note has, and the section it stands in.
_WORDS = 0.5
_WORDS_OF_NOTE = 0.3
_ASKED_SECTION = 0.5
_HINTED_SECTION = 0.15
#: "High blood sugar." says little of why the blood sugar is high.
_ECHO = 0.25
#: What a passage needs to be about the question, and how far it may be behind the best.
_LEAST = 0.5
_BEHIND = 0.25


@dataclass(frozen=True, slots=True)
class Quote:
    """`cut`: the section goes on behind it."""

    event: Event
    section: str
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """A passage, the documents it stands in, and its cosine similarity to the question."""

    passage: Passage
    events: tuple[Event, ...]
    similarity: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    event: Event
    passage: Passage
    similarity: float
    words: frozenset[str]


def find_quotes(documents: Sequence[Event], ask: Ask, near: Iterable[Near]) -> list[Quote]:
    """`documents`, in order of time, are those to be read, `near` holds their passages. The best first."""
    newest_first = list(documents)[::-1]
    if ask.document is not None:
        of_type = [event for event in newest_first if ask.document.admits(event)]
        if not of_type and not (ask.document.elsewhere and ask.words):
            return []
        newest_first = of_type or newest_first
    if ask.sections and not ask.words and (whole := list(_whole_sections(newest_first, ask))):
        return whole[:MOST_QUOTES]
    if (ask.document is not None or ask.changes) and not ask.words:
        return [_from_start(event, section) for event in newest_first[:1] for section in _sections(event)[:1]]
    return _best_passages(newest_first, ask, near)


def _sections(event: Event) -> list[Section]:
    return read_sections(document_text(event))


def _whole_sections(newest_first: Sequence[Event], ask: Ask) -> Iterator[Quote]:
    """In the order of preference, each from the newest note of the newest visit that tells any of them."""
    newest = next((e for e in newest_first if any(s.name in ask.sections for s in _sections(e))), None)
    visit = [(e, s) for e in newest_first if newest and _same_visit(e, newest) for s in _sections(e)]
    for name in ask.sections:
        yield from [_from_start(event, section) for event, section in visit if section.name == name][:1]


def _same_visit(event: Event, other: Event) -> bool:
    return event is other or bool(event.encounter and event.encounter == other.encounter)


def _from_start(event: Event, section: Section) -> Quote:
    text, *more = pack(section.text, LONGEST_QUOTE, LONGEST_QUOTE)
    return Quote(event, section.name, text, cut=bool(more))


def _best_passages(newest_first: Sequence[Event], ask: Ask, near: Iterable[Near]) -> list[Quote]:
    candidates = list(_candidates(newest_first, near))
    scores = _Scores(candidates, ask)
    ranked = sorted(((scores.of(c), c) for c in candidates), key=lambda each: each[0], reverse=True)
    good = [c for score, c in ranked if score >= ranked[0][0] - _BEHIND and scores.suffices(c)]
    return [Quote(c.event, c.passage.section, c.passage.text) for c in good[:MOST_QUOTES]]


def _candidates(newest_first: Sequence[Event], near: Iterable[Near]) -> Iterator[_Candidate]:
    """Of passages that notes copy from each other, the newest. A report's name is among its words: "XR chest"."""
    order = {id(event): place for place, event in enumerate(newest_first)}
    for each in near:
        if places := [order[id(event)] for event in each.events if id(event) in order]:
            event, passage = newest_first[min(places)], each.passage
            words = content_words(f"{event.name} {passage.section} {passage.text}")
            yield _Candidate(event, passage, each.similarity, words)


class _Scores:
    """Words weigh as much as they are rare: inverse document frequency (Spärck Jones 1972)."""

    def __init__(self, candidates: Sequence[_Candidate], ask: Ask) -> None:
        asked = ask.words or content_words(ask.text)
        frequency = Counter(word for c in candidates for word in c.words)
        self._weights = {word: math.log(1 + len(candidates) / (1 + frequency[word])) for word in asked}
        self._notes: dict[int, set[str]] = {}
        for c in candidates:
            self._notes.setdefault(id(c.event), set()).update(c.words)
        self._ask = ask

    def of(self, candidate: _Candidate) -> float:
        echoes = content_words(candidate.passage.text) <= content_words(self._ask.text)
        score = self._of_text(candidate) + self._of_section(candidate.passage.section)
        return score - _ECHO if echoes else score

    def suffices(self, candidate: _Candidate) -> bool:
        """Whether it is about the question at all: a section that is asked for may hold anything."""
        return self._of_text(candidate) + min(self._of_section(candidate.passage.section), _HINTED_SECTION) >= _LEAST

    def _of_text(self, candidate: _Candidate) -> float:
        own = self._share(candidate.words)
        around = self._share(self._notes[id(candidate.event)]) - own
        return candidate.similarity + _WORDS * own + _WORDS_OF_NOTE * around

    def _of_section(self, section: str) -> float:
        if section in self._ask.sections:
            return _ASKED_SECTION
        return _HINTED_SECTION if section in self._ask.hinted else 0.0

    def _share(self, words: frozenset[str] | set[str]) -> float:
        every = sum(self._weights.values())
        return sum(weight for word, weight in self._weights.items() if word in words) / every if every else 0.0
