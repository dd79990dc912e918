"""ED: text that is enclosed, as plain text: decoded, and without the marks of RTF, HTML and XML (2A.3.24)."""

import base64
import binascii
import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from striprtf.striprtf import rtf_to_text

from services.ingest.parsers.hl7v2.splitting import Element
from services.ingest.parsers.marks import without_marks
from services.ingest.parsers.markup import without_tags

_KIND = re.compile(r"[A-Za-z0-9.+/-]{1,40}")
_TAG = re.compile(r"<[^<>]+>")


@dataclass(frozen=True, slots=True)
class Text:
    """`left` names what holds no text that could be read, by its kind; no content."""

    text: str = ""
    left: str = ""


def attachment(element: Element) -> Text:
    """Components: source, type of data, subtype, encoding, data."""
    kind = "/".join(filter(None, (element.get(2), element.get(3)))).lower()
    content = _decoded(element.component(5).text, element.get(4).upper())
    if content is None:
        return Text(left="OBX-5 is not base64")
    if not content:
        return Text(left="OBX-5 encloses nothing")
    return _read(content, kind)


def _decoded(data: str, encoding: str) -> bytes | None:
    """Encodings of table 0299: base64, hexadecimal, or text as it is."""
    try:
        if encoding == "BASE64":
            return base64.b64decode("".join(data.split()), validate=True)
        if encoding == "HEX":
            return bytes.fromhex(data)
    except (binascii.Error, ValueError):
        return None
    return data.encode()


def _read(content: bytes, kind: str) -> Text:
    """By what it is, then by what it is said to be."""
    if content.startswith(b"{\\rtf"):
        return _unmarked(content, rtf_to_text, "rtf")
    if content.lstrip()[:200].lower().startswith((b"<!doctype html", b"<html")) or "html" in kind:
        return _unmarked(content, without_tags, "html")
    if content.lstrip().startswith(b"<?xml") or "xml" in kind or "cda" in kind:
        return _unmarked(content, lambda text: html.unescape(_TAG.sub(" ", text)), "xml")
    text = _as_text(content)
    if text is None:
        named = kind if _KIND.fullmatch(kind) else "data"
        return Text(left=f"OBX-5 encloses {'a PDF' if content.startswith(b'%PDF') else named} without text")
    return Text(text)


def _unmarked(content: bytes, read: Callable[[str], str], kind: str) -> Text:
    text = without_marks(read, _as_text(content) or content.decode("cp1252", errors="replace"))
    if text is None:
        return Text(left=f"OBX-5 encloses {kind} that cannot be read")
    return Text(text.replace("\x00", "")) if text else Text(left=f"OBX-5 encloses {kind} without text")


def _as_text(content: bytes) -> str | None:
    """None for what is no text: a picture, a PDF, a sound."""
    if content.startswith((b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"II*\x00", b"MM\x00*", b"PK\x03\x04")):
        return None
    for codec in ("utf-8", "cp1252"):
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return None
