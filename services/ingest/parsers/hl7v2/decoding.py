"""Bytes as they came to the text of one message: framing off, the character set of MSH-18, or what can be read.

HL7 v2.8, chapter 2.14.9.18 (MSH-18), table 0211; the minimal lower layer protocol frames a message in VT … FS CR.
"""

import codecs
import re

from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.hl7v2.tables import CHARACTER_SETS

_FRAME = b"\x0b\x1c\r\n\t \x00"
_WIDE = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"M\x00S\x00": "utf-16-le",
    b"\x00M\x00S": "utf-16-be",
}
#: What wraps the messages of a batch (2.10.3).
_WRAPPING = re.compile(rb"(?:FHS|BHS|BTS|FTS)[^\r\n]*(?:[\r\n]+|\Z)")
_NEXT_MESSAGE = re.compile(r"[\r\n]MSH[^A-Za-z0-9\s]")


def decode(payload: bytes) -> str:
    """The text, from MSH on. Raises UnreadableRecord where there is no MSH, or more than one."""
    content = payload.strip(_FRAME)
    if (wide := _WIDE.get(content[:2]) or _WIDE.get(content[:4])) is not None:
        content = content.decode(wide, errors="replace").encode()
    content = content.removeprefix(codecs.BOM_UTF8).lstrip()
    if content[:3] in (b"FHS", b"BHS"):
        content = _WRAPPING.sub(b"", content)
    if not content.startswith(b"MSH"):
        raise UnreadableRecord("no MSH segment at the beginning")
    text = _text(content).replace("\x00", "")
    if _NEXT_MESSAGE.search(text):
        raise UnreadableRecord("several messages in one record: each must be a record of its own")
    return text


def _text(content: bytes) -> str:
    for codec in (*_announced(content), "utf-8"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace")


def _announced(content: bytes) -> list[str]:
    """Codecs of MSH-18; of several the first that is more than ASCII begins."""
    header = re.split(rb"[\r\n]", content[:4096], maxsplit=1)[0]
    fields = header.split(header[3:4]) if header[3:4] else []
    names = fields[17].split(fields[1][1:2] or b"~") if len(fields) > 17 else []
    known = [CHARACTER_SETS.get(name.decode("ascii", "replace").strip().upper(), "") for name in names]
    return [codec for codec in known if codec and codec != "ascii"]
