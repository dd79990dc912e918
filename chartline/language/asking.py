"""What a narrative question asks for: sections to be read, a type of document, words to be looked for, or what changed.

A search engine's knowledge of its subject: it says where notes tell a thing, and never what the answer is.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chartline.language.claims import fold
from chartline.language.sections import sections_named_in
from chartline.record.event import Event

_TOLD = tomllib.loads(Path(__file__).with_name("narrative_topics.toml").read_text())


def _pattern(alternatives: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives) or '(?!)'})(?!\w)")


@dataclass(frozen=True, slots=True)
class _Topic:
    asked: re.Pattern[str]
    about: re.Pattern[str]
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentType:
    """`sections` are told of it where nothing else is asked; `elsewhere`: other notes tell of it, too."""

    name: str
    asked: re.Pattern[str]
    named: re.Pattern[str]
    sections: tuple[str, ...]
    elsewhere: bool

    def admits(self, event: Event) -> bool:
        category = event.attribute("category")
        return bool(self.named.search(fold(f"{event.name}; {category if isinstance(category, str) else ''}")))


@dataclass(frozen=True, slots=True)
class Ask:
    """`sections` are asked for, the best first, `hinted` ones likely; `words` are what is left to look for."""

    text: str
    sections: tuple[str, ...] = ()
    hinted: frozenset[str] = frozenset()
    document: DocumentType | None = None
    words: frozenset[str] = frozenset()
    changes: bool = False
    at_night: bool = False


_TOPICS = tuple(
    _Topic(_pattern(t["asked"]), _pattern(t.get("about", ())), tuple(t["sections"])) for t in _TOLD["topics"].values()
)
_DOCUMENTS = tuple(
    DocumentType(
        name, _pattern(t["asked"]), re.compile("|".join(t["named"])), tuple(t["sections"]), t.get("elsewhere", False)
    )
    for name, t in _TOLD["documents"].items()
)
_CHANGES = _Topic(_pattern(_TOLD["changes"]["asked"]), _pattern(()), tuple(_TOLD["changes"]["sections"]))
_NIGHT = _pattern([_TOLD["changes"]["night"]])
_MEANING = {form: forms[0].replace(" ", "_") for forms in _TOLD["words"]["same"] for form in forms}
_LONGEST_FORM = max(form.count(" ") for form in _MEANING) + 1
_ENDINGS = sorted(
    (
        *(
            "ations",
            "ation",
            "ences",
            "ances",
            "ence",
            "ance",
            "ings",
            "ions",
            "ing",
            "ion",
            "ive",
            "ies",
            "ent",
            "ant",
        ),
        *("ements", "ement", "ments", "ment", "ous", "ia", "ic", "is", "al", "ed", "es", "s", "y", "e", "a"),
    ),
    key=len,
    reverse=True,
)
_SHORTEST_STEM = 4


def read_ask(query: str) -> Ask:
    text = fold(query).rstrip("?.! ")
    document = next((d for d in _DOCUMENTS if d.asked.search(text)), None)
    rest = document.asked.sub(" ", text) if document else text
    if _CHANGES.asked.search(rest):
        at_night = _NIGHT.search(text) is not None
        return Ask(text, _CHANGES.sections, document=document, changes=True, at_night=at_night)
    sections, rest = _sections_asked(rest)
    words = content_words(rest)
    if document and not sections and not words:
        sections = document.sections
    hinted = frozenset(name for topic in _TOPICS if topic.about.search(text) for name in topic.sections)
    return Ask(text, sections, hinted, document, words)


def _sections_asked(text: str) -> tuple[tuple[str, ...], str]:
    """What the longest matching phrase asks for, and the text without it."""
    found = max(_phrases(text), key=lambda phrase: len(phrase[0]), default=("", ()))
    return found[1], text.replace(found[0], " ", 1) if found[0] else text


def _phrases(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for topic in _TOPICS:
        yield from ((match[0], topic.sections) for match in topic.asked.finditer(text))
    for section, said in sections_named_in(text):
        # "the condition of the skin" is not about a section, "condition" and "discharge condition" are.
        if " " in said or not content_words(text.replace(said, " ")):
            yield said, (section,)


@lru_cache(maxsize=8_192)
def content_words(text: str) -> frozenset[str]:
    """What a text is about: its words without endings, different words for the same thing as one."""
    said, place, words = re.findall(r"\w+", fold(text)), 0, set()
    while place < len(said):
        forms = ((n, " ".join(said[place : place + n])) for n in range(_LONGEST_FORM, 0, -1))
        length, meaning = next(((n, _MEANING[form]) for n, form in forms if form in _MEANING), (1, ""))
        words.add(meaning or _stem(said[place]))
        place += length
    return frozenset(word for word in words if len(word) > 1) - _IGNORED


@lru_cache(maxsize=8_192)
def _stem(word: str) -> str:
    endings = (ending for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM)
    return word.removesuffix(next(endings, ""))


_IGNORED = frozenset(map(_stem, _TOLD["words"]["ignored"].split()))
