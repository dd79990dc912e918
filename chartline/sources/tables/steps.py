"""The words of `{of: column, word: ...}`: what each makes of a text before the next one takes it.

pattern: regular expression      its first group, or all that it finds; empty where it finds nothing
is: word, is_not: word           the text where it is (is not) one of these words, else empty
words: {source's: ours}          the word that stands for it; empty for one that is not listed
replace: {"|": ", "}             the text with these pieces exchanged
format: "%d.%m.%Y %H:%M"         a time written so, as ISO 8601; or a list of such forms
plus, minus: {minutes: offset}   a time that much later or earlier, in days, hours, minutes, seconds
at_most, at_least: number        a number, but no more or no less than that
above, below: number             the number where it is above or below that, else empty

A word of `is`, `is_not` and `words` is the same in upper and lower case; between slashes it is a pattern of the whole
text. Offsets and limits are expressions themselves. An empty text stays empty, but is not a word of `is_not`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from chartline.sources.tables.times import UNITS, read_time, shifted

if TYPE_CHECKING:
    from chartline.sources.tables.expressions import Expression, Row

Step = Callable[[str, "Row"], str]
Compile = Callable[[object], "Expression"]


class UnreadableRow(ValueError):
    """What in the row could not be read; names columns' roles, never their content."""


def compile_step(word: str, argument: object, compile_expression: Compile) -> tuple[Step, frozenset[str]]:
    """The step, and the columns that it reads. Raises ValueError for an unknown word or an argument of another form."""
    if word in _PLAIN:
        try:
            return _PLAIN[word](argument), frozenset()
        except re.error as error:
            raise ValueError(f"{word}: {error}") from None
    if word in _LIMITS:
        limit = compile_expression(argument)
        return _limited(word, limit), limit.columns
    if word in ("plus", "minus"):
        return _moved(word, argument, compile_expression)
    raise ValueError(f"{word} is no word of an expression; known: of, {', '.join(sorted(WORDS))}")


def _pattern(argument: object) -> Step:
    pattern = re.compile(str(argument))

    def find(text: str, _: Row) -> str:
        match = pattern.search(text)
        return (match[min(pattern.groups, 1)] or "").strip() if match else ""

    return find


def _is(argument: object) -> Step:
    among = _among(argument)
    return lambda text, _: text if among(text) else ""


def _is_not(argument: object) -> Step:
    among = _among(argument)
    return lambda text, _: "" if among(text) else text or "true"


def _words(argument: object) -> Step:
    listed = [(_among(word), said) for word, said in _pairs("words", argument)]

    @lru_cache(maxsize=1024)
    def say(text: str) -> str:
        return next((said for among, said in listed if among(text)), "")

    return lambda text, _: say(text)


def _replace(argument: object) -> Step:
    pieces = _pairs("replace", argument)

    def exchange(text: str, _: Row) -> str:
        for old, new in pieces:
            text = text.replace(old, new)
        return text.strip()

    return exchange


def _format(argument: object) -> Step:
    forms = [str(form) for form in (argument if isinstance(argument, list) else [argument])]
    return lambda text, _: read_time(text, forms) if text else ""


def _pairs(word: str, argument: object) -> list[tuple[str, str]]:
    if not isinstance(argument, dict):
        raise ValueError(f"{word} needs {{theirs: ours}}")
    return [(str(theirs), str(ours)) for theirs, ours in argument.items()]


def _among(argument: object) -> Callable[[str], bool]:
    """Whether a text is one of the words; `/pattern/` is a pattern of the whole text."""
    words = [str(word) for word in (argument if isinstance(argument, list) else [argument])]
    plain = frozenset(word.casefold() for word in words if not _is_pattern(word))
    patterns = [re.compile(word[1:-1], re.IGNORECASE) for word in words if _is_pattern(word)]
    return lambda text: bool(text) and (text.casefold() in plain or any(p.fullmatch(text) for p in patterns))


def _is_pattern(word: str) -> bool:
    return len(word) > 2 and word[0] == word[-1] == "/"


_PLAIN: dict[str, Callable[[object], Step]] = {
    "pattern": _pattern,
    "is": _is,
    "is_not": _is_not,
    "words": _words,
    "replace": _replace,
    "format": _format,
}
#: The text that a number becomes beside a limit.
_LIMITS: dict[str, Callable[[str, str], str]] = {
    "at_most": lambda text, limit: min(text, limit, key=float),
    "at_least": lambda text, limit: max(text, limit, key=float),
    "above": lambda text, limit: text if float(text) > float(limit) else "",
    "below": lambda text, limit: text if float(text) < float(limit) else "",
}


WORDS = frozenset({*_PLAIN, *_LIMITS, "plus", "minus"})


def _limited(word: str, limit: Expression) -> Step:
    """Where one of both is no number there is nothing to compare, and the text stays."""
    choose = _LIMITS[word]

    def compare(text: str, row: Row) -> str:
        other = limit(row)
        try:
            return choose(text, other)
        except ValueError:
            return text

    return compare


def _moved(word: str, argument: object, compile_expression: Compile) -> tuple[Step, frozenset[str]]:
    if not isinstance(argument, dict) or not argument or not argument.keys() <= UNITS.keys():
        raise ValueError(f"{word} needs {{{', '.join(UNITS)}: offset}}")
    amounts = [(str(unit), compile_expression(amount)) for unit, amount in argument.items()]
    sign = "-" if word == "minus" else ""

    def move(time: str, row: Row) -> str:
        given = [(unit, amount(row)) for unit, amount in amounts]
        if not time or not all(amount for _, amount in given):
            return ""
        try:
            return shifted(time, tuple((unit, f"{sign}{amount}".replace("--", "")) for unit, amount in given))
        except (ValueError, OverflowError):
            raise UnreadableRow(f"{word} of what is no time or no number") from None

    return move, frozenset().union(*(amount.columns for _, amount in amounts))
