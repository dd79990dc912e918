"""What a MEDS code means: the rules of codes.yaml, and the data set's own descriptions of its codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from chartline.record.event import Attribute, Coding, EventStatus
from chartline.record.kinds import ATTRIBUTES, EventKind

#: The system of a whole MEDS code, as its producer wrote it.
MEDS_CODE = "urn:meds:code"
RULES: dict[str, Any] = yaml.load(  # words stay as they are written: "9" is no number
    (Path(__file__).parent / "codes.yaml").read_text(),
    yaml.BaseLoader,  # noqa: S506 - it builds texts alone
)
_BARE = re.compile(r"[A-Z]{0,2}\d[\dA-Z.]*")
#: A column of ours → what producers call it.
COLUMNS: dict[str, list[str]] = RULES["columns"]
VOCABULARIES: dict[str, dict[str, str]] = RULES["vocabularies"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the rows of one code become. `span` is start or end of what `pair` and `subject` name, else empty.

    `number` is the attribute that the row's number fills, empty where it is the event's quantity; `without_events` is
    the reason of rows that are no event.
    """

    kind: EventKind
    display: str
    codings: tuple[Coding, ...]
    unit: str = ""
    text: str = ""
    attributes: tuple[Attribute, ...] = ()
    status: EventStatus = EventStatus.FINAL
    span: str = ""
    pair: tuple[str, str] = ("", "")
    number: str = ""
    birth: bool = False
    without_events: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """A line of metadata/codes.parquet."""

    text: str
    parents: tuple[str, ...] = ()


@dataclass(slots=True)
class Codes:
    """Reads codes; each is looked up once."""

    descriptions: Mapping[str, Description] = field(default_factory=dict)
    _known: dict[tuple[str, str], Meaning] = field(default_factory=dict)

    def meaning(self, code: str, table: str) -> Meaning:
        """`table` is the OMOP table that the row came from, empty where none is told."""
        known = self._known.get((code, table))
        if known is None:
            known = self._known[code, table] = self._read(code, table)
        return known

    def _read(self, code: str, table: str) -> Meaning:
        described = self.descriptions.get(code, Description(""))
        found = next(((rule, match) for rule in _COMPILED if (match := rule.pattern.fullmatch(code))), None)
        if found is not None:
            return _ruled(code, *found, described)
        vocabulary, _, value = code.partition("/")
        if vocabulary in VOCABULARIES and value:
            kind = RULES["tables"].get(table.lower(), VOCABULARIES[vocabulary]["kind"])
            return Meaning(EventKind[kind], described.text, _codings(code, described))
        kind = RULES["tables"].get(table.lower(), RULES["otherwise"])
        return Meaning(EventKind[kind], described.text or in_words(code), _codings(code, described))


def standard_coding(code: str, display: str = "") -> Coding | None:
    """The coding of `VOCABULARY/value`; None where the vocabulary is not known."""
    vocabulary, _, value = code.partition("/")
    if vocabulary not in VOCABULARIES or not value:
        return None
    return Coding(VOCABULARIES[vocabulary]["system"], value.strip("/"), display)


def in_words(code: str) -> str:
    """A producer's code as it would be said: `EYE_COLOR//BROWN` is EYE COLOR, BROWN."""
    return ", ".join(piece.replace("_", " ").strip() for piece in code.split("//") if piece.strip())


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    words: dict[str, Any]


def _compile(rules: Iterable[dict[str, Any]]) -> list[_Rule]:
    return [_Rule(re.compile(rule["code"], re.IGNORECASE), rule) for rule in rules]


_COMPILED = _compile(RULES["rules"])


def _ruled(code: str, rule: _Rule, match: re.Match[str], described: Description) -> Meaning:
    words, groups = rule.words, {name: text.strip() for name, text in match.groupdict().items() if text}
    if "without_events" in words:
        return Meaning(EventKind.VITAL, "", (), without_events=words["without_events"])
    kind = EventKind[words["kind"]]
    name = groups.get("name", "")
    told = groups | {word: text for word, text in words.items() if isinstance(text, str)}
    codings = _codings(code, described)
    if system := words.get("systems", {}).get(groups.get("system", "")):
        codings = (Coding(system, name, described.text), *codings)
    return Meaning(
        kind=kind,
        display=described.text or _named(words.get("name", ""), name or groups.get("care_unit", "")),
        codings=codings,
        unit=groups.get("unit", ""),
        text=groups.get("text", ""),
        attributes=tuple(Attribute(a, told[a]) for a in sorted(ATTRIBUTES[kind]) if a in told),
        status=EventStatus[words.get("status", "FINAL")],
        span=words.get("span", ""),
        pair=(words.get("pair", ""), name),
        number=words.get("number", ""),
        birth="birth" in words,
    )


def _named(noun: str, name: str) -> str:
    """A bare number or code says what it is one of."""
    if not name:
        return noun
    return f"{noun} {name}".strip() if _BARE.fullmatch(name) else in_words(name)


def _codings(code: str, described: Description) -> tuple[Coding, ...]:
    """Of a known vocabulary first, then what the data set says that it is a child of, then as it stands."""
    standard = (standard_coding(told, described.text) for told in (code, *described.parents))
    return (*dict.fromkeys(coding for coding in standard if coding), Coding(MEDS_CODE, code, described.text))
