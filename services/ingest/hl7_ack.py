"""Builds the answer to an HL7 v2 message: MSH, MSA, and ERR where it is refused; pure (HL7 v2.8, chapters 2.9, 2.14.8).

AA CA   it is kept          AE CE   not now, it may be sent again          AR CR   never, it must be another message
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

_REFUSALS = frozenset({"AE", "AR", "CE", "CR"})
#: Table 0357: what the message lacks, by a word of the reason; else an error of the application.
_ERRORS = {
    "message type": "200^Unsupported message type^HL70357",
    "MSH": "100^Segment sequence error^HL70357",
}
_INTERNAL = "207^Application internal error^HL70357"
_USUAL_MARKS = "|^~\\&"
_LONGEST_ID = 20


@dataclass(frozen=True, slots=True)
class Header:
    """What of a message's MSH its answer needs, as it was sent; empty where the message has none."""

    marks: str = _USUAL_MARKS
    fields: tuple[str, ...] = ()

    def get(self, number: int) -> str:
        return self.fields[number - 1] if 0 < number <= len(self.fields) else ""

    @property
    def control_id(self) -> str:
        return self.get(10)


def read_header(payload: bytes) -> Header:
    """Of any bytes: one that is not found answers a message that has none."""
    text = payload[:8192].decode("utf-8", "replace").lstrip("\ufeff\x0b \r\n\t")
    line = text.replace("\n", "\r").partition("\r")[0]
    if not line.startswith("MSH") or len(line) < 8 or line[3].isalnum():
        return Header()
    field = line[3]
    fields = (field, *line.split(field)[1:])
    return Header((field + fields[1])[:5], fields)


def acknowledge(header: Header, code: str, reason: str, now: datetime) -> bytes:
    """The answer as bytes, its segments ended by carriage returns. `reason` names roles, and no content of a record."""
    field, component = header.marks[0], header.marks[1:2]
    event = header.get(9).split(component)[1:2] if component else []
    kind = component.join(["ACK", *event, "ACK"] if event else ["ACK"])
    own = hashlib.sha256(f"{header.fields}{code}{now}".encode()).hexdigest()[:_LONGEST_ID]
    when = now.strftime("%Y%m%d%H%M%S%z")
    addressed = (header.get(5), header.get(6), header.get(3), header.get(4))
    segments = [
        ("MSH", header.marks[1:], *addressed, when, "", kind, own, header.get(11) or "P", header.get(12) or "2.5.1"),
        ("MSA", code, header.control_id, _escaped(reason, header.marks)),
    ]
    if code in _REFUSALS:
        error = next((text for word, text in _ERRORS.items() if word in reason), _INTERNAL)
        said = _escaped(reason, header.marks)
        segments.append(("ERR", "", "", error.replace("^", component or " "), "E", "", "", "", said))
    return "".join(f"{field.join(segment)}\r" for segment in segments).encode()


def _escaped(text: str, marks: str) -> str:
    """The separators as escape sequences; without an escape character they are blanks."""
    escape = marks[3:4]
    names = dict(zip(marks, "FSRET", strict=False))
    return "".join((f"{escape}{names[c]}{escape}" if escape else " ") if c in names else c for c in text)
