"""Attachments to text: plain, HTML and RTF in whatever character set; what is no text, or lies elsewhere, is named."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from striprtf.striprtf import rtf_to_text

from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.fhir.elements import Attachment
from services.ingest.parsers.fhir.resource import Leftover
from services.ingest.parsers.marks import whole, without_marks
from services.ingest.parsers.markup import without_tags

_CHARSET = re.compile(r'charset\s*=\s*"?([\w.:-]+)', re.IGNORECASE)
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,40}")
_MARKUP = ("text/html", "application/xhtml", "application/xml", "text/xml")
_RTF = ("text/rtf", "application/rtf", "text/richtext")
_UNKNOWN_CHARSET = "cp1252"


@dataclass(frozen=True, slots=True)
class Text:
    words: str
    leftovers: tuple[Leftover, ...]


def read(attachments: Iterable[Attachment]) -> Text:
    """The texts of attachments, each kind of content that is none in brackets. Raises UnreadableRecord."""
    texts, leftovers = [], []
    for attachment in attachments:
        content_type = _content_type(attachment)
        missing = _missing(attachment, content_type)
        text = "" if missing or not attachment.data else _text(attachment, content_type)
        if text is None:
            missing = f"{content_type} that cannot be read"
        if missing:
            leftovers.append(Leftover(f"attachment {missing}"))
        texts.append(f"[{missing}]" if missing else text)
    return Text("\n\n".join(filter(None, texts)), tuple(leftovers))


def _content_type(attachment: Attachment) -> str:
    said = attachment.content_type.split(";")[0].strip().lower() or "text/plain"
    return said if _TYPE.fullmatch(said) else "unknown type"


def _missing(attachment: Attachment, content_type: str) -> str:
    if not attachment.data:
        return f"{content_type} not included" if attachment.url else ""
    is_text = content_type.startswith(("text/", *_MARKUP, *_RTF))
    return "" if is_text else f"{content_type} without text"


def _text(attachment: Attachment, content_type: str) -> str | None:
    content = _decoded(attachment)
    if content_type.startswith(_RTF) or content.startswith("{\\rtf"):
        return without_marks(partial(rtf_to_text, errors="ignore"), content)
    return without_marks(without_tags, content) if content_type.startswith(_MARKUP) else content


def _decoded(attachment: Attachment) -> str:
    """By the charset of the content type, else UTF-8, else as Windows writes it."""
    try:
        content = base64.b64decode("".join(attachment.data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableRecord("attachment.data is not base64") from None
    for charset in _charsets(attachment.content_type):
        try:
            return whole(content.decode(charset))
        except (UnicodeError, LookupError):
            continue
    return content.decode(_UNKNOWN_CHARSET, errors="replace")


def _charsets(content_type: str) -> Iterator[str]:
    if match := _CHARSET.search(content_type):
        yield match[1]
    yield "utf-8-sig"
