"""What is refused before anything is read: a payload too large, JSON nested too deep, a meaning that is not known."""

import re
from itertools import accumulate
from typing import Any

from services.ingest.parsers.errors import UnreadableRecord

#: What one Kafka message carries at most.
LARGEST = 16 << 20
#: FHIR's own resources stay far below it, questionnaires with their nested items included.
DEEPEST = 64

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_STEP = {ord(opening): 1 for opening in "{["} | {ord(closing): -1 for closing in "}]"}
_MODIFIER = "modifierExtension"


def check_size(payload: bytes) -> None:
    """Raises UnreadableRecord."""
    if len(payload) > LARGEST:
        raise UnreadableRecord(f"longer than {LARGEST >> 20} MiB")
    if payload.count(b"{") + payload.count(b"[") > DEEPEST and depth(payload) > DEEPEST:
        raise UnreadableRecord("JSON is nested too deep")


def depth(payload: bytes) -> int:
    """How deep objects and arrays stand in each other."""
    brackets = _STRING.sub(b"", payload).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def has_modifier(tree: Any) -> bool:
    """Whether a modifierExtension stands anywhere in the resource, what it contains left out.

    Each may turn a statement into its opposite, and none is known here.
    Source: hl7.org/fhir/R4/extensibility.html#modifierExtension.
    """
    if isinstance(tree, list):
        return any(map(has_modifier, tree))
    if not isinstance(tree, dict):
        return False
    return bool(tree.get(_MODIFIER)) or any(has_modifier(value) for key, value in tree.items() if key != "contained")
