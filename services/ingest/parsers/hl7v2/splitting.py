"""Text of one HL7 v2 message to segments, fields, repetitions, components: our own splitter, because it is fast.

A message is cut into segments and fields at once; what is inside a field is cut when it is asked for. Nothing here
judges: any text with an MSH segment can be split. HL7 v2.8, chapter 2.5 and 2.6 (message delimiters).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.hl7v2.escapes import unescape

#: What is sent to say that a value is to be deleted; an empty field says nothing (2.5.3.6).
NULL = '""'

_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
#: Goes on with the segment before it, from the middle of its last field on; behind MSH with another message's (2.10.2).
_CONTINUATION = "ADD"
#: The field of a segment that is free text, in lines of its own wherever they stand.
_FREE_TEXT = {"OBX": 5, "NTE": 3, _CONTINUATION: 1}
#: Values of these types (OBX-2) are no free text: a line behind them is none of theirs.
_UNBROKEN = frozenset({"NM", "SI", "SN", "DT", "TM", "TS", "DTM", "CE", "CF", "CWE", "CNE", "IS", "ID"})
#: No other field breaks behind a code, a number or a time, nor where no field follows the text that goes on.
_CODE = re.compile(r"[A-Z]{0,2}|[\d.:+-]+")


class Marks(NamedTuple):
    """The characters of MSH-1 and MSH-2; an empty one is not in use."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str
    truncation: str = ""


class Element:
    """One repetition of a field: components and their subcomponents, numbered from 1 as the standard does.

    A plain class: millions are made, and a frozen dataclass takes three times as long to make.
    """

    __slots__ = ("depth", "marks", "raw")

    def __init__(self, raw: str, marks: Marks, depth: int = 0) -> None:
        self.raw = raw
        self.marks = marks
        self.depth = depth

    def __bool__(self) -> bool:
        return bool(self.raw) and self.raw != NULL

    @property
    def text(self) -> str:
        """All of it as text, for data types without components."""
        return "" if self.raw == NULL else unescape(self.raw, self.marks)

    def component(self, number: int) -> "Element":
        """Cut out, still to be read; empty where there is none. Its own components are its subcomponents."""
        mark = self.marks.subcomponent if self.depth else self.marks.component
        parts = self.raw.split(mark) if mark else [self.raw]
        return Element(parts[number - 1] if number <= len(parts) else "", self.marks, 1)

    def get(self, component: int, subcomponent: int = 1) -> str:
        """The text of a component; of one with subcomponents the one asked for."""
        return _text(self.raw, component, subcomponent, self.marks)

    def whole(self, component: int = 1) -> str:
        """The text of a component without subcomponents: their mark is text there, also where nobody escaped it."""
        return self.component(component).text.strip()


class Segment:
    """`name` has three characters. Fields are numbered as the standard numbers them, MSH's too.

    `notes` are the comments (NTE) that follow it, put there when segments are grouped.
    """

    __slots__ = ("fields", "marks", "name", "notes")

    def __init__(self, name: str, fields: list[str], marks: Marks) -> None:
        self.name = name
        self.fields = fields
        self.marks = marks
        self.notes: tuple[Segment, ...] = ()

    def raw(self, number: int) -> str:
        return self.fields[number] if number < len(self.fields) else ""

    def deleted(self, number: int) -> bool:
        """The sender says that the value is no more."""
        return self.raw(number) == NULL

    def all(self, number: int) -> list[Element]:
        """The field's repetitions that say something."""
        raw = self.raw(number)
        if not raw:
            return []
        parts = raw.split(self.marks.repetition) if self.marks.repetition else [raw]
        return [Element(part, self.marks) for part in parts if part and part != NULL]

    def first(self, number: int) -> Element:
        found = self.all(number)
        return found[0] if found else Element("", self.marks)

    def get(self, number: int, component: int = 1, subcomponent: int = 1) -> str:
        """Text of the first repetition."""
        raw = self.raw(number)
        if self.marks.repetition in raw:
            return self.first(number).get(component, subcomponent)
        return _text(raw, component, subcomponent, self.marks) if raw else ""

    def texts(self, number: int) -> list[str]:
        """Each repetition as a whole, for data types without components."""
        return [element.text.strip() for element in self.all(number)]


@dataclass(frozen=True, slots=True)
class Message:
    """`strays` counts lines that are no segment."""

    segments: list[Segment]
    marks: Marks
    strays: int = 0

    @property
    def header(self) -> Segment:
        return self.segments[0]

    def all(self, name: str) -> Iterator[Segment]:
        return (segment for segment in self.segments if segment.name == name)


def _text(raw: str, component: int, subcomponent: int, marks: Marks) -> str:
    """The way to a piece of a field that everything is read by."""
    parts = raw.split(marks.component, component)
    if component > len(parts):
        return ""
    part = parts[component - 1]
    if subcomponent > 1 or marks.subcomponent in part:
        pieces = part.split(marks.subcomponent, subcomponent)
        part = pieces[subcomponent - 1] if subcomponent <= len(pieces) else ""
    return "" if part == NULL else unescape(part, marks).strip()


def split(text: str) -> Message:
    """`text` begins with MSH. Raises UnreadableRecord where MSH-1 and MSH-2 are none."""
    marks = _marks(text)
    segments: list[Segment] = []
    strays = 0
    for line in _lines(text, marks.field):
        name = line[:3]
        if _NAME.fullmatch(name) and (len(line) == 3 or line[3] == marks.field):
            fields = line.split(marks.field)
            if name == "MSH":
                fields.insert(1, marks.field)
            if name == _CONTINUATION and len(segments) > 1:
                segments[-1].fields[-1:] = (segments[-1].fields[-1] + "".join(fields[1:2]), *fields[2:])
            else:
                segments.append(Segment(name, fields, marks))
        elif line.strip():
            strays += 1
    return Message(segments, marks, strays)


def _lines(text: str, field: str) -> Iterator[str]:
    """Where only a carriage return ends a line, and where a line feed does as well because a segment follows."""
    if "\n" in text:
        segment = rf"{_NAME.pattern}{re.escape(field)}"
        text = re.sub(rf"(?<![\r\n])[\r\n]++(?={segment})", "\r", text.rstrip("\r\n")).replace("\r\n", "\n")
    for line in text.split("\r"):
        if "\n" in line:
            yield from _broken(line, field)
        else:
            yield line


def _broken(line: str, field: str) -> Iterator[str]:
    """A segment with the lines that go on in its text, then the lines that do not.

    A footer behind a status would otherwise make another one of it: what was taken back would stand.
    """
    segment, *lines = line.split("\n")
    name, *fields = segment.split(field, 3)
    free = -1 if name == "OBX" and not _UNBROKEN.isdisjoint(fields[1:2]) else _FREE_TEXT.get(name, -1)
    number, kept = segment.count(field), [segment]
    for said in lines:
        marks = said.count(field)
        if number != free and (not marks or _CODE.fullmatch(kept[-1].rpartition(field)[2].strip())):
            break
        kept.append(said)
        number += marks
    yield "\n".join(kept)
    yield from lines[len(kept) - 1 :]


def _marks(text: str) -> Marks:
    """MSH-2 may be shorter than four characters in messages before 2.3, and has a fifth from 2.7 on."""
    field = text[3:4]
    end = text.find(field, 4) if field else -1
    marks = text[4 : end if end > 0 else len(text)].split("\r")[0].split("\n")[0]
    if not text.startswith("MSH") or not field or field.isalnum() or field.isspace() or not 0 < len(marks) <= 5:
        raise UnreadableRecord("MSH-1 and MSH-2 are no separators")
    if marks[2:] == "&":  # a message that escapes nothing and leaves the mark out
        marks = f"{marks[:2]}\x00&"
    return Marks(field, *marks.ljust(4, "\x00"))
