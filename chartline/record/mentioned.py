"""Names of a record that a text holds word for word, articles apart: who says all its words means all of it.

    "…after (aorto)coronary bypass of two coronary arteries?" ─▶ "(aorto)coronary bypass of two coronary arteries"

Of names that overlap the one that begins first counts, of those the longest: of "heparin flush" not heparin. A name
counts without what stands behind a comma or in a bracket at its end, too: "well child visit" for "Well child visit
(procedure)".
"""

import re
from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

from chartline.record.chart import Chart
from chartline.record.names import normalise, tokens_of

#: Up to a comma, a bracket of LOINC's, or one that ends the name.
_HEAD = re.compile(r"[^,(\[]+(?=[,\[]|\([^)]*\)$)")
#: Not "a", which is a vitamin's name.
_ARTICLES = ("the", "an")
_BRACKETS = {")": "(", "]": "["}


_kept: WeakKeyDictionary[Chart, dict[str, list[tuple[str, ...]]]] = WeakKeyDictionary()


def mentioned(chart: Chart, texts: Iterable[str]) -> tuple[str, ...]:
    """Names of several words, as the texts write them."""
    if chart not in _kept:
        _kept[chart] = _by_first_word(chart)
    names = _kept[chart]
    return tuple(dict.fromkeys(name for text in texts for name in _mentioned(text, names)))


def _by_first_word(chart: Chart) -> dict[str, list[tuple[str, ...]]]:
    """The words of each name of several, the longest names first."""
    labels = {chart.label(kind, term) for kind in chart.by_kind for term in chart.terms(kind)}
    heads = {head[0] for label in labels if (head := _HEAD.match(label))}
    names = {tuple(word for word in normalise(name).split() if word not in _ARTICLES) for name in labels | heads}
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for words in sorted((words for words in names if len(words) > 1), key=len, reverse=True):
        by_first.setdefault(words[0], []).append(words)
    return by_first


def _mentioned(text: str, names: Mapping[str, list[tuple[str, ...]]]) -> Iterable[str]:
    tokens = [token for token in tokens_of(text) if token[0] not in _ARTICLES]
    words, place = tuple(word for word, _, _ in tokens), 0
    while place < len(tokens):
        found = next((n for n in names.get(words[place], ()) if words[place : place + len(n)] == n), ())
        if found:
            yield _with_brackets(text, tokens[place][1], tokens[place + len(found) - 1][2])
        place += len(found) or 1


def _with_brackets(text: str, start: int, end: int) -> str:
    """text[start:end] with the bracket before or behind it that belongs to one inside."""
    for close, opening in _BRACKETS.items():
        inside = text[start:end]
        if inside.count(opening) > inside.count(close) and text[end : end + 1] == close:
            end += 1
        elif inside.count(close) > inside.count(opening) and start and text[start - 1] == opening:
            start -= 1
    return text[start:end]
