"""Says an event in words: as the sentence that is embedded (step 5 of the design) and as the line a citation shows.

The sentence holds neither number nor time, so that a chart of millions of events has a few thousand sentences; those
go in as channels. Both are pure functions of the event.
"""

import re

from chartline.language.dates import show
from chartline.language.unit_words import with_unit
from chartline.language.wording import DOCUMENT_KINDS, INTERPRETATION_WORDS, KIND_WORDS, SPOKEN_ATTRIBUTES
from chartline.record.event import Event, EventStatus, Instant, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant

#: Changes with every change of a sentence; part of the key of every vector and kept prefix.
VERBALIZER_VERSION = "1"

_LONGEST_NAME = 256
_LONGEST_SPOKEN_VALUE = 48
_LONGEST_EXCERPT = 200
_SPACES = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")
#: Of which an answer tells more than the name: what grew, how it is given.
_MENTIONED_WHOLE = frozenset({EventKind.MICROBIOLOGY, EventKind.MEDICATION_REQUEST})
_STATUS_WORDS = {EventStatus.PRELIMINARY: "preliminary", EventStatus.CANCELLED: "cancelled"}


def sentence(event: Event) -> str:
    """For example "laboratory: creatinine, serum [mg/dL], high"; lower case, one line."""
    parts = [_name(event), *_spoken_attributes(event)]
    if event.quantity is not None and event.quantity.unit not in ("", "1"):
        parts[-1] += f" [{event.quantity.unit}]"
    parts += (_spoken_value(event), _interpretation(event), _STATUS_WORDS.get(event.status, ""))
    words = ", ".join(part for part in parts if part)
    return _one_line(f"{KIND_WORDS[event.kind]}: {words}" if words else KIND_WORDS[event.kind]).lower()


def describe(event: Event) -> str:
    """For example "laboratory: Creatinine, serum = 1.10 mg/dL, high; 2100-01-05 06:30"; for people and citations."""
    head = ", ".join((_name(event), *_spoken_attributes(event)))
    value = " = ".join(part for part in (head, _value(event)) if part)
    words = ", ".join(
        part for part in (value, _interpretation(event), _STATUS_WORDS.get(event.status, ""), *_further(event)) if part
    )
    return _one_line("; ".join(part for part in (f"{KIND_WORDS[event.kind]}: {words}", _period(event)) if part))


def mention(event: Event) -> str:
    """For example "Laboratory: Creatinine, serum 1.10 mg/dL, high (2100-01-05 06:30)"; for answers that list events."""
    value = with_unit(event.quantity.comparator + event.quantity.value, event.quantity.unit) if event.quantity else ""
    said = " ".join(part for part in (_name(event), value or _value(event)) if part)
    further = _spoken_attributes(event) if event.kind in _MENTIONED_WHOLE else []
    words = ", ".join(part for part in (said, *further, _interpretation(event)) if part)
    time = f" ({show(event.time)})" if event.time else ""
    return _one_line(f"{KIND_WORDS[event.kind].capitalize()}: {words}{time}")


def _name(event: Event) -> str:
    """The name, cut to what a sentence can hold; a code stands in only where the source gives no name."""
    return event.name[:_LONGEST_NAME]


def _spoken_attributes(event: Event) -> list[str]:
    said = []
    for name, before in SPOKEN_ATTRIBUTES[event.kind]:
        value = event.attribute(name)
        if isinstance(value, str) and value and value != event.name:
            word = INTERPRETATION_WORDS.get(value, value) if name == "susceptibility" else value
            said.append(f"{before} {word[:_LONGEST_NAME]}".strip())
    return said


def _spoken_value(event: Event) -> str:
    """A result in words ("negative", "sinus rhythm"); anything with a digit is a number or a time and stays out."""
    text = event.text_value
    if event.kind in DOCUMENT_KINDS or len(text) > _LONGEST_SPOKEN_VALUE or _DIGIT.search(text):
        return ""
    return text


def _interpretation(event: Event) -> str:
    return INTERPRETATION_WORDS.get(event.interpretation, "")


def _value(event: Event) -> str:
    if event.quantity is not None:
        return _amount(event.quantity)
    text = _one_line(event.text_value)
    return text if len(text) <= _LONGEST_EXCERPT else text[: _LONGEST_EXCERPT - 1] + "…"


def _further(event: Event) -> list[str]:
    spoken = {name for name, _ in SPOKEN_ATTRIBUTES[event.kind]}
    return [f"{a.name.replace('_', ' ')} {_plain(a.value)}" for a in event.attributes if a.name not in spoken]


def _plain(value: str | Quantity | Instant) -> str:
    if isinstance(value, Quantity):
        return _amount(value)
    return _moment(value) if isinstance(value, Instant) else value[:_LONGEST_EXCERPT]


def _amount(quantity: Quantity) -> str:
    unit = "" if quantity.unit == "1" else quantity.unit
    return f"{quantity.comparator}{quantity.value} {unit}".strip()


def _period(event: Event) -> str:
    if event.time is None:
        return ""
    return _moment(event.time) if event.end_time is None else f"{_moment(event.time)} to {_moment(event.end_time)}"


def _moment(instant: Instant) -> str:
    return format_instant(instant).replace("T", " ")


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
