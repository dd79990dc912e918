"""Data types of HL7 v2 in words and codes: CWE, EI, CX, HD, XPN, XCN, PL. HL7 v2.8, chapter 2A."""

import re

from chartline.record.event import Coding
from services.ingest.parsers.hl7v2 import tables
from services.ingest.parsers.hl7v2.splitting import Element

_LONGEST_NAME = 1024
_LONGEST_CODE = 128
_LONGEST_SYSTEM = 256
_HL7_TABLE = re.compile(r"HL7?(\d{4})")
_OID = re.compile(r"[0-2](?:\.\d+)+")
#: Where CWE keeps a code, its text and its coding system: the first, the alternate and the second alternate.
_TRIPLETS = ((1, 2, 3, 14), (4, 5, 6, 17), (10, 11, 12, 20))


def codings(element: Element, system: str = "") -> tuple[Coding, ...]:
    """The codes of a CE, CNE or CWE; `system` is that of a first code whose own system is not sent."""
    found = []
    for code, text, name, oid in _TRIPLETS:
        if value := _code(element, code):
            uri = system_uri(element.get(name)) or system_uri(element.get(oid)) or (system if code == 1 else "")
            found.append(Coding(uri[:_LONGEST_SYSTEM], value[:_LONGEST_CODE], element.whole(text)[:_LONGEST_NAME]))
    return tuple(found)


def system_uri(name: str) -> str:
    """A coding system's URI; one that is local keeps the sender's name for it."""
    if known := tables.CODING_SYSTEMS.get(name.upper()):
        return known
    if match := _HL7_TABLE.fullmatch(name.upper()):
        return f"http://terminology.hl7.org/CodeSystem/v2-{match[1]}"
    return f"urn:oid:{name}" if _OID.fullmatch(name) else name


def name(element: Element) -> str:
    """The concept's name for people: what was originally written, else its text, else the alternate's."""
    return (element.whole(9) or element.whole(2) or element.whole(5))[:_LONGEST_NAME]


def words(element: Element) -> str:
    """The name, else the code."""
    return name(element) or element.whole(1) or element.whole(4)


def said(element: Element, table: dict[str, str]) -> str:
    """What a code of a table means, else what the sender says."""
    code = element.get(1)
    return table.get(code) or table.get(code.upper()) or words(element)


def code_of(element: Element) -> str:
    """What names the concept in a key: its code, else its text."""
    return _code(element, 1) or _code(element, 4) or words(element)


def _code(element: Element, component: int) -> str:
    """A suffix (`71020&IMP`) is no part of a code; words in a code's place are read whole."""
    whole = element.whole(component)
    return whole if " " in whole else element.get(component)


def all_text(element: Element) -> str:
    """Every component in words, for data types that nothing else is known of."""
    mark = element.marks.component
    count = element.raw.count(mark) + 1 if mark else 1
    parts = (element.component(number) for number in range(1, count + 1))
    return " ".join(
        filter(None, (part.text.replace(element.marks.subcomponent or "\x00", " ").strip() for part in parts))
    )


def entity(element: Element) -> str:
    """An EI as a part of a key: its identifier with who assigned it."""
    assigner = element.get(2) or element.get(3)
    value = element.get(1)
    return f"{value}^{assigner}" if value and assigner else value


def authority(element: Element, component: int) -> str:
    """An HD inside a component: its universal identifier as a URI, else its namespace."""
    universal, kind = element.get(component, 2), element.get(component, 3).upper()
    if universal and (kind == "ISO" or _OID.fullmatch(universal)):
        return f"urn:oid:{universal}"
    if universal and kind in ("UUID", "GUID"):
        return f"urn:uuid:{universal}"
    return (universal if kind in ("URI", "DNS") else "") or element.get(component, 1) or universal


def person_name(element: Element) -> str:
    """XPN as it is said: given, further given, family."""
    return " ".join(filter(None, (element.get(2), element.get(3), element.get(1))))[:_LONGEST_NAME]


def practitioner(element: Element) -> str:
    """XCN as it is said, else its identifier."""
    said_name = " ".join(filter(None, (element.get(6), element.get(3), element.get(2))))
    return said_name or element.get(1)


def place(element: Element) -> str:
    """PL: point of care, room and bed, else its description or facility."""
    inside = [element.get(number) for number in (1, 2, 3)]
    return " ".join(filter(None, inside)) or element.get(9) or element.get(4) or element.get(7)
