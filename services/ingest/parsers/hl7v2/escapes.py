"""Escape sequences of HL7 v2 text: what \\F\\, \\X0D\\ and \\.br\\ stand for. HL7 v2.8, chapter 2.7."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.ingest.parsers.hl7v2.splitting import Marks

_SEPARATORS = {
    "F": "field",
    "S": "component",
    "T": "subcomponent",
    "R": "repetition",
    "E": "escape",
    "P": "truncation",
}
#: What stands for a separator that the message has not.
_STANDARD = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "P": "#"}
#: Formatting commands (2.7.7) that begin a new line; the others change how a line looks, and no text.
_NEW_LINE = re.compile(r"\.(?:br|ce|sp)\+?(\d{0,2})")
_SKIP = re.compile(r"\.sk\+?(\d{1,2})")
_OTHER_FORMATTING = re.compile(r"\.(?:in|ti|fi|nf)[+-]?\d*")
_HEXADECIMAL = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")
#: Highlighting begins and ends; other character sets begin; what a site agreed on alone.
_SILENT = re.compile(r"[HN]|[CM][0-9A-Fa-f]{4,6}|Z[^\\]*")


def unescape(text: str, marks: "Marks") -> str:
    """Sequences that are not known stay as they are: a path on a disk is text."""
    if not marks.escape or marks.escape not in text:
        return text
    return _sequences(marks.escape).sub(lambda match: _meaning(match[1], match[0], marks), text)


@lru_cache(maxsize=16)
def _sequences(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}([^{mark}\r\n]*){mark}")


def _meaning(code: str, sequence: str, marks: "Marks") -> str:
    if name := _SEPARATORS.get(code):
        mark = str(getattr(marks, name))
        return mark if mark.strip("\x00") else _STANDARD[code]
    if match := _NEW_LINE.fullmatch(code):
        return "\n" * max(1, int(match[1] or 1))
    if match := _SKIP.fullmatch(code):
        return " " * int(match[1])
    if match := _HEXADECIMAL.fullmatch(code):
        return _decoded(bytes.fromhex(match[1]))
    if _OTHER_FORMATTING.fullmatch(code) or _SILENT.fullmatch(code):
        return ""
    return sequence


def _decoded(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
