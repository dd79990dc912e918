"""Numbers as people say them: "forty-eight", "one hundred and fifty", "third", "twice"."""

import re
from collections.abc import Iterator

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ONES_ORDINAL = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TEENS_ORDINAL = ("tenth", "eleventh", "twelfth", *(f"{teen}th" for teen in _TEENS[3:]))
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS_ORDINAL = tuple(f"{tens[:-1]}ieth" for tens in _TENS)
_VALUES = {
    **{word: n for words in (_ONES, _ONES_ORDINAL) for n, word in enumerate(words, 1)},
    **{word: n for words in (_TEENS, _TEENS_ORDINAL) for n, word in enumerate(words, 10)},
    **{word: 10 * n for words in (_TENS, _TENS_ORDINAL) for n, word in enumerate(words, 2)},
    **{"once": 1, "twice": 2, "dozen": 12, "a": 1},
}
_BELOW_HUNDRED = (
    rf"(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_ONES + _ONES_ORDINAL)}))?"
    rf"|{'|'.join(word for word in _VALUES if word not in (*_TENS, 'a'))}"
)
_NUMBER = re.compile(
    rf"\b(?:(?P<hundreds>(?:a|{'|'.join(_ONES)}) )?hundred(?:(?: and)? (?P<more>{_BELOW_HUNDRED}))?"
    rf"|(?P<alone>{_BELOW_HUNDRED}))\b"
)
_ORDINAL_ENDS = ("st", "nd", "rd", "th")
_DIGITS = re.compile(rf"\b(\d{{1,4}})(?:{'|'.join(_ORDINAL_ENDS)})\b")
#: Alternatives of a pattern: the words with which a cardinal number above one begins ("the last one" is no number).
CARDINALS = "|".join((*_ONES[1:], *_TEENS, *_TENS))


def numbers_said(text: str) -> set[int]:
    """The numbers in words of a text in lower case, ordinals too."""
    return {_value(match) for match in _NUMBER.finditer(text)}


def ordinals_said(text: str) -> set[int]:
    """The ordinals of a text in lower case, in words or digits: "second", "twenty-first", "3rd"."""
    words = {_value(match) for match in _NUMBER.finditer(text) if match[0].endswith(_ORDINAL_ENDS)}
    return words | {int(digits) for digits in _DIGITS.findall(text)}


def cardinals_said(text: str) -> Iterator[tuple[int, int]]:
    """The cardinals in words of a text in lower case, each with the place behind it."""
    for match in _NUMBER.finditer(text):
        if not match[0].endswith(_ORDINAL_ENDS):
            yield _value(match), match.end()


def in_words(number: int) -> str:
    """A cardinal from 1 to 999: "one hundred and fifty"."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    parts = [_TENS[tens - 2]] if tens > 1 else []
    parts += [_TEENS[ones]] if tens == 1 else [_ONES[ones - 1]] if ones else []
    below = "-".join(parts)
    return " and ".join([f"{_ONES[hundreds - 1]} hundred", *([below] if below else [])]) if hundreds else below


def _value(match: re.Match[str]) -> int:
    if match["alone"]:
        return _sum(match["alone"])
    return 100 * (_sum(match["hundreds"] or "one")) + _sum(match["more"] or "")


def _sum(words: str) -> int:
    return sum(_VALUES[word] for word in re.findall("[a-z]+", words))
