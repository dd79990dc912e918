"""Splits a file of HL7 v2 into its messages, so that each becomes a record of its own; pure.

Messages may follow each other, be framed for MLLP, or be wrapped in batches (FHS, BHS, BTS, FTS: HL7 v2.8, chapter
2.10.3). The bytes of a message stay as they came.
"""

import codecs
import re
from collections.abc import Iterator

_FRAMING = re.compile(rb"[\x0b\x1c]")
_WRAPPING = re.compile(rb"(?:FHS|BHS|BTS|FTS)[^A-Za-z0-9\s]")
#: A message begins at the start of a line, or right behind another message's frame.
_BEGINS = re.compile(rb"(?:(?<=[\r\n])|\A)[ \t]*(?=MSH[^A-Za-z0-9\s])")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def split_messages(content: bytes) -> Iterator[bytes]:
    """What stands before the first message is a part of its own, so that somebody says what is wrong with it."""
    plain = _FRAMING.sub(b"\r", content.removeprefix(codecs.BOM_UTF8))
    lines = (line for line in _LINE.findall(plain) if not _WRAPPING.match(line))
    unwrapped = b"".join(lines)
    begins = [match.end() for match in _BEGINS.finditer(unwrapped)]
    for start, end in zip([0, *begins], [*begins, len(unwrapped)], strict=True):
        if message := unwrapped[start:end].strip():
            yield message


def patient_of(message: bytes) -> str:
    """Who the message is about, as far as it must be known to keep a patient's messages together: of PID-3, else PID-2.

    Empty where it names nobody.
    """
    mark = message[3:4]
    patient = next((line for line in re.split(rb"[\r\n]+", message) if line[:3] == b"PID"), b"")
    fields = patient.split(mark) if mark else []
    component, repetition = message[4:5] or b"^", message[5:6] or b"~"
    for number in (3, 2):
        if number < len(fields) and fields[number]:
            parts = fields[number].split(repetition)[0].split(component)
            authority = parts[3] if len(parts) > 3 else b""
            return f"{authority.decode(errors='replace')}|{parts[0].decode(errors='replace')}"
    return ""
