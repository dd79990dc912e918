"""Cuts documents (notes, reports) into passages short enough to be embedded and quoted, none across two sections."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartline.language.sections import read_sections
from chartline.language.wording import DOCUMENT_KINDS
from chartline.record.event import Event

#: Characters; about 150 word pieces of English prose, well within what the text encoder reads.
LONGEST_PASSAGE = 600
#: Characters of one quotation.
LONGEST_QUOTE = 900
#: A paragraph begins a new passage once the one before has so many characters.
_FULL = 200

#: A title or a list's number before a full stop ends no sentence.
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSt\.)(?<!\bvs\.)(?<!^\d\.)(?<!^\d\d\.)"
    r"\s+(?=[^\sa-z])",
    re.MULTILINE,
)
_BULLET = re.compile(r"[-•*–]|\d{1,2}[.)]\s")
#: A line so long was broken by its editor, unless it ends as a sentence does.
_WRAPPED = 50


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one section; `text` is word for word the document's, its lines kept and its blanks single."""

    section: str
    text: str

    @property
    def embedded(self) -> str:
        """What gets a vector: a list of names alone does not say that they are allergies."""
        return f"{self.section}: {self.text}" if self.section else self.text


def document_text(event: Event) -> str:
    """What a note or a report says; the conclusion where a report has no other text. Empty for other kinds."""
    if event.kind not in DOCUMENT_KINDS:
        return ""
    conclusion = event.attribute("conclusion")
    return event.text_value or (conclusion if isinstance(conclusion, str) else "")


def passages(event: Event) -> tuple[Passage, ...]:
    """The document's passages in order, cut at line and sentence ends; none for kinds that are no document.

    Joined they hold every word but those of known headers, each at most `LONGEST_PASSAGE` characters long.
    """
    sections = read_sections(document_text(event))
    return tuple(Passage(s.name, text) for s in sections for text in pack(s.text, LONGEST_PASSAGE, _FULL))


def pack(text: str, longest: int, full: int) -> list[str]:
    """Parts of at most `longest` characters, of whole sentences where one is not longer by itself.

    A paragraph begins a new part once the one before has `full` characters.
    """
    parts: list[str] = []
    for before, sentence in _sentences(text, longest):
        separator = before[:1]
        begins = before == "\n\n" and parts and len(parts[-1]) >= full
        if parts and not begins and len(parts[-1]) + len(separator) + len(sentence) <= longest:
            parts[-1] += separator + sentence
        else:
            parts.append(sentence)
    return parts


def sentences(text: str) -> list[str]:
    """The sentences that a quotation is made of, each on one line; a longer one than a passage in its parts."""
    return [sentence for _, sentence in _sentences(text, LONGEST_PASSAGE)]


def _sentences(text: str, longest: int) -> Iterator[tuple[str, str]]:
    """Sentences, each with what separates it from the one before: a blank, a line end or a paragraph's."""
    for before, line in _lines(text):
        for sentence in _SENTENCE_END.split(line):
            for start in range(0, len(sentence), longest):
                yield before, sentence[start : start + longest].strip()
                before = " "


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines as their author meant them: those that an editor broke are whole again."""
    before, whole, last = "\n", "", ""
    for line in [*text.splitlines(), ""]:
        line = " ".join(line.split())
        if whole and line and _goes_on(last, line):
            whole, last = f"{whole} {line}", line
            continue
        if whole:
            yield before, whole
            before = "\n"
        if not line:
            before = "\n\n"
        whole, last = line, line


def _goes_on(last: str, line: str) -> bool:
    if _BULLET.match(line) or last[-1] in ".!?:;":
        return False
    return len(last) >= _WRAPPED or line[0].islower()
