"""Cuts a note at its headers, so that what is quoted is known to stand under "family history" and not elsewhere."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADERS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("note_sections.toml").read_text())
_SECTION_OF = {header: name for name, headers in _HEADERS.items() for header in headers}

#: A line that is a title, or begins with one: "PLAN", "## Plan", "**Plan:** rest", "Plan: rest".
_LINE = re.compile(
    r"\s*(?:#+\s*)?(?:\*\*)?(?P<title>[A-Za-z][^:.\n]{0,60}?)\s*(?:\*\*)?\s*"
    r"(?P<rest>:(?:\*\*)?\s*.*)?$"
)
_SMALL_WORDS = frozenset({"a", "and", "at", "for", "in", "of", "on", "or", "the", "to"})
#: Letters that a title of unknown words has at least; "BP" and "MSK" are lines of a section.
_SHORTEST_TITLE = 6
_WRITTEN = "|".join(h.upper().replace(" ", r"\W{1,3}") for h in sorted(_SECTION_OF, key=len, reverse=True))
#: A header within a line, as notes have it whose line ends were lost.
_INLINE = re.compile(rf"(?<=[.!?;])[ \t]+(?=(?:{_WRITTEN}):)")


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is one of `note_sections.toml`, empty under no known header; `text` is what stands under it."""

    name: str
    text: str


def read_sections(note: str) -> list[Section]:
    """In order. A known header is told by `name`, any other stays in the text; a header alone is no section."""
    sections, name, lines = [], "", list[str]()
    for line in _INLINE.sub("\n", note).splitlines():
        if (header := _header(line)) is None:
            lines.append(line)
            continue
        sections.append(Section(name, "\n".join(lines)))
        name, rest = header
        lines = [rest]
    sections.append(Section(name, "\n".join(lines)))
    return [section for section in sections if section.text.strip() and _header(section.text.strip()) is None]


def sections_named_in(text: str) -> Iterator[tuple[str, str]]:
    """The sections whose headers a question says, with what it says; longer headers first."""
    for header in sorted(_SECTION_OF, key=len, reverse=True):
        if len(header) > 3 and re.search(rf"\b{re.escape(header)}\b", text):
            yield _SECTION_OF[header], header


def _header(line: str) -> tuple[str, str] | None:
    """The section that the line begins, and what it holds of its text."""
    match = _LINE.match(line)
    if match is None:
        return None
    title, rest = match["title"], match["rest"]
    if (name := _SECTION_OF.get(_key(title))) and (rest or _is_title(title)):
        return name, (rest or "").lstrip(":*").strip()
    if title.isupper() and sum(map(str.isalpha, title)) >= _SHORTEST_TITLE and not (rest or "").lstrip(":*").strip():
        return "", line
    return None


def _key(title: str) -> str:
    title = re.sub(r"\([^)]*\)", " ", title.casefold()).replace("&", " and ")
    return " ".join(re.findall(r"[a-z0-9]+", title))


def _is_title(line: str) -> bool:
    """Whether each word begins with a capital, as in "Follow Up" and not in "Follow up"."""
    return all(word[0].isupper() or word in _SMALL_WORDS for word in re.findall(r"[A-Za-z]+", line))
