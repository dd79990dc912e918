"""An event as a row of words and digits, without any code map: what GenHPF reads (Hur et al., IEEE JBHI 2023).

"laboratory creatinine mg/dL high 1 . 4"     words are hashed, digits keep their place before or behind the point
 kind       name       unit  flag number     and every token says which part of the row it is
"""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chartline.language.wording import KIND_WORDS, SPOKEN_ATTRIBUTES
from chartline.learning.outcomes.cases import Case
from chartline.record.event import Event
from chartline.record.times import HOUR, NO_TIME, moment_of

WORDS = 8_192
PARTS = 6  # padding, kind, name, attribute or flag, unit, number
PLACES = 16
MOST_WORDS = 24
MOST_ROWS = 192

_PADDING, _KIND, _NAME, _FURTHER, _UNIT, _NUMBER = range(PARTS)
_TEXT_WORD = re.compile(r"[^\W_]+|[%/+<>-]")
_DIGITS = "0123456789.-"
_FIRST_WORD = 1 + len(_DIGITS)


@dataclass(frozen=True, slots=True)
class Rows:
    """int64 [R, MOST_WORDS, 3]: word, part and place of each token, the most recent row last; `hours` float64 [R]."""

    tokens: NDArray[np.int64]
    hours: NDArray[np.float64]


def rows(case: Case) -> Rows:
    chart = case.chart
    now = chart.clock(moment_of(case.prediction_time))
    last = np.flatnonzero(chart.happened)[-MOST_ROWS:]
    tokens = np.zeros((len(last), MOST_WORDS, 3), dtype=np.int64)
    for place, index in enumerate(last.tolist()):
        said = row(chart.events[index])
        tokens[place, : len(said)] = said
    starts = chart.starts[last]
    hours = np.where(starts == NO_TIME, 0, np.maximum(now - starts, 0)) / HOUR
    return Rows(tokens, hours)


def row(event: Event) -> list[tuple[int, int, int]]:
    """Word, part and place of each token, at most MOST_WORDS; the number is never what is cut."""
    number = _number(event)
    words = [*_words(KIND_WORDS[event.kind], _KIND), *_words(event.name, _NAME)]
    for name, _ in SPOKEN_ATTRIBUTES[event.kind]:
        told = event.attribute(name)
        words += _words(told, _FURTHER) if isinstance(told, str) else []
    words += _words(event.interpretation, _FURTHER)
    if event.quantity is not None:
        words += _words(event.quantity.unit, _UNIT)
    else:
        words += _words(event.text_value[:80], _FURTHER)
    return [*words[: MOST_WORDS - len(number)], *number]


def _words(text: str, part: int) -> list[tuple[int, int, int]]:
    found = _TEXT_WORD.findall(text.lower())
    return [(_FIRST_WORD + zlib.crc32(word.encode()) % (WORDS - _FIRST_WORD), part, 0) for word in found]


def _number(event: Event) -> list[tuple[int, int, int]]:
    """Digit by digit; a digit's place is 8 at the ones, more before them and less behind the point."""
    if event.quantity is None:
        return []
    text = event.quantity.value.lstrip("+")[:10]
    if not set(text) <= set(_DIGITS) or not math.isfinite(float(text or "nan")):
        return []
    point = text.find(".") if "." in text else len(text)
    places = [point - at + (0 if at > point else -1) for at in range(len(text))]
    return [
        (1 + _DIGITS.index(digit), _NUMBER, min(max(place + PLACES // 2, 1), PLACES - 1))
        for digit, place in zip(text, places, strict=True)
    ]
