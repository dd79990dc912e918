"""Reads the unit behind a number of the question into its plan: who asks for more than 38 °C means no 38 °F.

    exists vital "temperature" with value > 38    "…ever above 38 C?"    ─▶    value > 38 C

The plan's text has the number alone, as the model wrote it: a unit is read, not guessed. A number without one is of the
unit that the record has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from chartline.language.number_words import cardinals_said
from chartline.language.plan_parts import each_part
from chartline.record.event import Quantity
from chartline.record.plan import Aggregate, Compare, Field, Filter, Function, Operand, QueryPlan
from chartline.record.units import unit

_NUMBER = re.compile(r"(?<![\w.,/:-])-?\d+(?:\.\d+)?(?![\d/:])")
_BEHIND = re.compile(r"[ -]?(\S+(?: \S+){0,2})")
#: Words that are units of UCUM, too: inch, are, attometer, picometer.
_WORDS = frozenset({"in", "a", "am", "pm"})
_NO_UNITS = ("1", "")
_TIME = "s1"
_LASTING = (Field.DURATION, Field.AGE)
_COUNTS = (Function.COUNT, Function.COUNT_DISTINCT)


def in_units(plan: QueryPlan, texts: Sequence[str]) -> QueryPlan:
    """The plan with the units that its numbers have in the first of the texts that says them."""
    found: QueryPlan = _in_units(plan, texts)
    return found


def _in_units(node: Any, texts: Sequence[str]) -> Any:
    changed = each_part(node, partial(_in_units, texts=texts))
    if isinstance(changed, Filter) and changed.field in (Field.VALUE, *_LASTING):
        said = _unit_of(changed.value, texts, lasting=changed.field in _LASTING)
        return replace(changed, value=f"{changed.value} {said}") if said else changed
    if isinstance(changed, Compare):
        left, right = changed.left, changed.right
        return replace(changed, left=_with_unit(left, right, texts), right=_with_unit(right, left, texts))
    return changed


def _with_unit(operand: Operand, other: Operand, texts: Sequence[str]) -> Operand:
    """How often something was there has no unit."""
    counts = isinstance(other, Aggregate) and other.function in _COUNTS
    if not isinstance(operand, Quantity) or isinstance(other, Quantity) or counts:
        return operand
    return replace(operand, unit=_unit_of(operand.value, texts, lasting=other.field in _LASTING))


def _unit_of(number: str, texts: Sequence[str], *, lasting: bool) -> str:
    """Empty where it is not sure: "above 2 in the last 2 days" names days, but not of what is above."""
    if not _NUMBER.fullmatch(number):
        return ""
    for text in texts:
        said = [found for value, found in _said(text) if value == Decimal(number)]
        if said:
            fitting = [found for found in said if (unit(found).dimension == _TIME) is lasting] or said
            return fitting[0] if len({unit(found) for found in fitting}) == 1 else ""
    return ""


def _said(text: str) -> Iterator[tuple[Decimal, str]]:
    """The numbers of a text, each with the unit behind it, empty for none."""
    for match in _NUMBER.finditer(text):
        yield Decimal(match[0]), _unit_at(text, match.end())
    for number, end in cardinals_said(text.casefold()):
        yield Decimal(number), _unit_at(text, end)


def _unit_at(text: str, place: int) -> str:
    behind = _BEHIND.match(text, place)
    words = behind[1].split(" ") if behind else []
    for many in range(len(words), 0, -1):
        said = " ".join(words[:many]).rstrip(".,;:?!)")
        found = unit(said)
        if said.casefold() not in _WORDS and found.understood and found.dimension not in _NO_UNITS:
            return said
    return ""
