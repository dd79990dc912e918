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
#: Sections in which several reports stand, and the parts of such a report; a part alone on its line is a section.
_REPORTING = frozenset({"results", "imaging"})
_PARTS_OF_REPORTS = frozenset({"impression", "findings", "indication", "technique"})
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
    """In order. A known header is told by `name`, any other title stays in the text; a title alone is no section."""
    sections, name, text = [], "", list[str]()
    lines = _INLINE.sub("\n", note).splitlines()
    for place, line in enumerate(lines):
        header = _header(line)
        if header is not None and not _is_part(header, name):
            sections.append(Section(name, "\n".join(text)))
            name, text = header[0], [header[1]]
        elif _begins_unknown(lines, place):
            sections.append(Section(name, "\n".join(text)))
            name, text = "", [line]
        else:
            text.append(line)
    sections.append(Section(name, "\n".join(text)))
    return [s for s in sections if s.text.strip() and (s.name or not _is_upper(s.text.strip()))]


def sections_named_in(text: str) -> Iterator[tuple[str, str]]:
    """The sections whose headers a question says, with what it says; longer headers first."""
    for header in sorted(_SECTION_OF, key=len, reverse=True):
        if len(header) > 3 and re.search(rf"\b{re.escape(header)}\b", text):
            yield _SECTION_OF[header], header


def _header(line: str) -> tuple[str, str] | None:
    """The known section that the line begins, and what it holds of its text."""
    match = _LINE.match(line)
    if match is None or (name := _SECTION_OF.get(_key(match["title"]))) is None:
        return None
    title, rest = match["title"], match["rest"]
    return (name, (rest or "").lstrip(":*").strip()) if rest or _is_title(title) else None


def _begins_unknown(lines: list[str], place: int) -> bool:
    """Whether a title that nobody knows ends the section before it: text follows it, and no further name of a list."""
    if not _is_upper(lines[place]) or (place and lines[place - 1].strip()):
        return False
    following = next((line for line in lines[place + 1 :] if line.strip()), "")
    return bool(following) and not _is_upper(following) and _header(following) is None


def _is_upper(line: str) -> bool:
    title = line.strip().rstrip(":")
    letters = sum(map(str.isalpha, title))
    return title.isupper() and letters >= _SHORTEST_TITLE and not re.search(r"[.:\n]", title)


def _is_part(header: tuple[str, str], name: str) -> bool:
    """Whether it is a line of the section before it: the results tell the impression of each image."""
    return name in _REPORTING and header[0] in _PARTS_OF_REPORTS and bool(header[1])


def _key(title: str) -> str:
    title = re.sub(r"\([^)]*\)", " ", title.casefold()).replace("&", " and ")
    return " ".join(re.findall(r"[a-z0-9]+", title))


def _is_title(line: str) -> bool:
    """Whether each word begins with a capital, as in "Follow Up" and not in "Follow up"."""
    return all(word[0].isupper() or word in _SMALL_WORDS for word in re.findall(r"[A-Za-z]+", line))
