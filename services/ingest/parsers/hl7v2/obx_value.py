"""OBX-5 by the type that OBX-2 announces: an amount, else words; nothing of it is lost (HL7 v2.8, chapter 7.4.2.5).

A sender's type is a hint: a number announced as text, with a unit, is a number, and "<5" announced as one is read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from chartline.record.event import Quantity
from chartline.record.times import format_instant
from services.ingest.parsers.hl7v2 import values
from services.ingest.parsers.hl7v2.documents import Text, attachment
from services.ingest.parsers.hl7v2.splitting import Element, Segment
from services.ingest.parsers.hl7v2.times import parse_time

_LONGEST_NUMBER = 64
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COMPARED = re.compile(rf"(<=|>=|<|>|=)\s*({_NUMBER.pattern})", re.ASCII)
_COMPARATORS = {"<", "<=", ">", ">="}
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d(?:\.\d+)?)?([+-]\d{4})?", re.ASCII)
_UCUM = "UCUM"
#: The first two components of `10^3/uL`, whose sender forgot to escape its mark.
_POWER = re.compile(r"[xX*]?10\^\d+/.+", re.ASCII)
_TEXTS = frozenset({"TX", "FT", "ST", ""})
#: Text in lines, each of which may be an OBX of its own.
LINES = frozenset({"TX", "FT"})


@dataclass(frozen=True, slots=True)
class Value:
    """`left` says what of it could not be read, where nothing could."""

    quantity: Quantity | None = None
    text: str = ""
    left: str = ""

    @property
    def words(self) -> str:
        if self.quantity is None:
            return self.text
        return f"{self.quantity.comparator}{self.quantity.value} {self.quantity.unit}".strip()


def read(segment: Segment, offset: int | None) -> list[Value]:
    """One for each repetition that is a number; else all repetitions in one. None where OBX-5 is empty."""
    kind, unit = segment.get(2).upper(), read_unit(segment.first(6))
    found = [_read(element, kind, unit, offset) for element in segment.all(5)]
    if len(found) > 1 and not all(value.quantity for value in found):
        whole = "\n" if kind in _TEXTS else "; "
        return [Value(text=whole.join(filter(None, (value.words for value in found))), left=found[0].left)]
    return [value for value in found if value.quantity or value.text or value.left]


def read_unit(element: Element) -> str:
    """The UCUM code where one is sent, else the unit as the sender writes it, with an unescaped power of ten."""
    if element.get(6).upper() == _UCUM and element.get(3).upper() != _UCUM and element.get(4):
        return element.get(4)
    power = f"{element.get(1)}^{element.get(2)}"
    return power if _POWER.fullmatch(power) else element.get(1) or element.get(2)


def number(text: str, unit: str) -> Quantity | None:
    """A decimal number, with or without a comparator."""
    text = text.strip()
    if len(text) > _LONGEST_NUMBER:
        return None
    if _NUMBER.fullmatch(text):
        return Quantity(text.removeprefix("+"), unit)
    match = _COMPARED.fullmatch(text)
    return Quantity(match[2].removeprefix("+"), unit, match[1] if match[1] in _COMPARATORS else "") if match else None


def _read(element: Element, kind: str, unit: str, offset: int | None) -> Value:
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(element, unit, offset)
    return Value(text=values.all_text(element))


def _text(element: Element, unit: str, offset: int | None) -> Value:
    """Text of one component; a separator that the sender forgot to escape is text."""
    text = element.text.strip()
    amount = number(text, unit) if unit else None
    return Value(amount) if amount else Value(text=text)


def _numeric(element: Element, unit: str, offset: int | None) -> Value:
    text = element.get(1)
    amount = number(text, unit)
    return Value(amount) if amount else Value(text=values.all_text(element))


def _structured(element: Element, unit: str, offset: int | None) -> Value:
    """SN: comparator, number, separator, number (2A.3.67): "<^5", "^1^:^128", "^3^+", "^10^-^20"."""
    comparator, first, separator, second = (element.get(number) for number in range(1, 5))
    alone = comparator in _COMPARATORS | {"", "="} and not (separator or second)
    if alone and (amount := number(comparator + first, unit)):
        return Value(amount)
    shown = " ".join(filter(None, (f"{comparator}{first}{separator}{second}", unit)))
    return Value(text=shown)


def _coded(element: Element, unit: str, offset: int | None) -> Value:
    text = values.words(element)
    return Value(text=text or values.all_text(element))


def _quantity(element: Element, unit: str, offset: int | None) -> Value:
    """CQ: a number with a unit of its own."""
    own = element.get(2, 1) or element.get(2, 2) or unit
    amount = number(element.get(1), own)
    return Value(amount) if amount else Value(text=values.all_text(element))


def _date(element: Element, unit: str, offset: int | None) -> Value:
    text = element.get(1)
    try:
        return Value(text=format_instant(parse_time(text, offset, element.get(2))) if text else "")
    except ValueError:
        return Value(text=values.all_text(element))


def _clock(element: Element, unit: str, offset: int | None) -> Value:
    match = _TIME.fullmatch(element.get(1))
    return Value(text=":".join(filter(None, match.groups()[:3])) if match else values.all_text(element))


def _span(element: Element, unit: str, offset: int | None) -> Value:
    """NR and DR: from the first to the second."""
    ends = [element.get(1), element.get(2)]
    return Value(text=" ".join(filter(None, (" to ".join(filter(None, ends)), unit))))


def _attached(element: Element, unit: str, offset: int | None) -> Value:
    found: Text = attachment(element)
    return Value(text=found.text, left=found.left)


def _pointer(element: Element, unit: str, offset: int | None) -> Value:
    """RP: the data lie elsewhere."""
    kind = "/".join(filter(None, (element.get(3), element.get(4)))).lower() or "data"
    return Value(text=f"[{kind} not included]")


_READERS: dict[str, Callable[[Element, str, int | None], Value]] = {
    "NM": _numeric,
    "SI": _numeric,
    "SN": _structured,
    **dict.fromkeys(("ST", "TX", "FT", ""), _text),
    **dict.fromkeys(("CE", "CF", "CNE", "CWE", "IS", "ID", "CX", "EI", "CN"), _coded),
    "CQ": _quantity,
    **dict.fromkeys(("DT", "TS", "DTM"), _date),
    "TM": _clock,
    **dict.fromkeys(("NR", "DR"), _span),
    "ED": _attached,
    "RP": _pointer,
    **dict.fromkeys(("XCN", "CNN"), lambda element, unit, offset: Value(text=values.practitioner(element))),
    "XPN": lambda element, unit, offset: Value(text=values.person_name(element)),
}
