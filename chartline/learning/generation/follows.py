"""What a follow-up goes on from: the parts of an earlier plan's text, and what it makes of them.

    max lab "lactate" with value > 2 during first icu by day
    OP  KIND NAME      WHERE          WHEN             BY        and ORDER: `first `, `last 2 `, `highest `

A follow-up's plan is a template over these parts, so that one of its wordings goes on from any plan that it fits.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from chartline.language.plan_words import KINDS
from chartline.learning.generation.vocabulary import QUESTION_SLOTS

#: Part → what stands there where something does.
_SOME = {
    "op": r"get \w+ of|exists|(?:count|distinct|sum|min|max|mean)(?: \w+ of)?",
    "order": r"(?:highest|lowest|first|last) (?:\d+ )?",
    "kind": "|".join(KINDS),
    "name": ' "[^"]*"',
    "where": r'(?: with \w+ (?:present|(?:[<>]=?|=) (?:"[^"]*"|\S+)|[a-z]+))+',
    "when": r" (?:during|in|since|before|at|after) (?:(?! (?:repeated|exactly|new) | by \w+$).)*?",
    "by": r" by \w+",
}
_ANY = {part: f"(?:{pattern})?" for part, pattern in _SOME.items()} | {"op": _SOME["op"], "kind": _SOME["kind"]}
#: What a follow-up goes on from that does not say it: few keep a condition or go on by periods.
_UNTOLD = _ANY | {"where": "", "by": ""}
#: Kind of a plan → the slot of another name that such a plan may ask about.
_OTHER = {
    "lab": "lab2", "vital": "vital2", "micro": "specimen", "diagnosis": "diagnosis2", "procedure": "procedure2",
    "intake": "intake2", "output": "output2", "allergy": "allergen", "vaccine": "vaccine", "visit": "visit",
    "prescription": "drug2", "administration": "drug2", "statement": "drug2", "dispense": "drug2",
}  # fmt: skip
_NAME = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Follows:
    """Plans that match `pattern`."""

    pattern: re.Pattern[str]

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Self:
        """`told` is `whole`, a regular expression of all the plan text with named groups, or narrows parts.

        A part is a regular expression, `any` or `some`: whatever stands there, or whatever but nothing.
        """
        if "whole" in told:
            return cls(re.compile(told["whole"]))
        meant = {"any": _ANY, "some": _SOME}
        parts = _UNTOLD | {part: meant.get(text, {part: text})[part] for part, text in told.items()}
        op, order, *rest = (f"(?P<{part.upper()}>{parts[part]})" for part in _SOME)
        return cls(re.compile(f"{op} {order}{''.join(rest)}"))

    def parts(self, plan: str) -> dict[str, str] | None:
        """The parts of a plan text by name, days beside a day included; None where it is not followed."""
        match = self.pattern.fullmatch(plan)
        if match is None:
            return None
        parts = {name: text or "" for name, text in match.groupdict().items()}
        if (day := parts.get("DAY", "")).isdecimal():
            parts |= {"NEXT_DAY": str(int(day) + 1), "DAY_BEFORE": str(int(day) - 1)}
        return parts


def names_after(plan: str, parts: Mapping[str, str], slots: Mapping[str, str]) -> dict[str, str] | None:
    """Slots of a follow-up's wordings: `name` of the plan before it, `other` of its kind; None where they are one."""
    named = _NAME.search(parts.get("NAME", plan))
    name = named[1] if named else ""
    slot = _OTHER.get(parts.get("KIND", ""), "")
    other = slots[slot] if slot else ""
    return None if other and other.casefold() == name.casefold() else {"name": name, "other": other}


assert set(_OTHER.values()) <= QUESTION_SLOTS.keys()
