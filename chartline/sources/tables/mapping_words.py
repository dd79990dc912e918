"""The form of a mapping file: words under a place, and expressions; what is wrong is said with its place."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from chartline.sources.tables.expressions import Expression, compile_expression

Content = dict[str, Any]


def words_of(content: object, place: str, known: Set[str], needed: Set[str] = frozenset()) -> Content:
    """The words under `place`: all of them known, none of the needed ones lacking."""
    found = named(content, place)
    if unknown := sorted(found.keys() - known):
        raise ValueError(f"{place} has the unknown word {unknown[0]}; known: {', '.join(sorted(known))}")
    if lacking := sorted(needed - found.keys()):
        raise ValueError(f"{place} lacks the word {lacking[0]}")
    return found


def named(content: object, place: str) -> Content:
    """What the file names under `place`."""
    if not isinstance(content, dict):
        raise ValueError(f"{place} needs words, each with what it means, not {content!r}")
    return {str(word): meaning for word, meaning in content.items()}


def listed(words: Content, word: str, place: str) -> list[Any]:
    """The list that a word has; empty where the word is not said."""
    content = words.get(word, [])
    if not isinstance(content, list):
        raise ValueError(f"{place}: {word} needs a list")
    return content


def conditions(words: Content, place: str) -> tuple[Expression, ...]:
    """Of `when`: what must not be empty."""
    when = words.get("when", [])
    return tuple(expression(e, f"{place}, when") for e in (when if isinstance(when, list) else [when]))


def expression(source: object, place: str) -> Expression:
    """Raises ValueError that begins with the place."""
    try:
        return compile_expression(source)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
