"""Which diagnoses belong to a group that tasks name: code_groups.toml, read."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chartline.record.event import Coding

_FILE = Path(__file__).with_name("code_groups.toml")
#: How systems write the revision: URLs of HL7 and of MIMIC; OIDs of ICD-9-CM (103, 104) and ICD-10-CM (3, 90).
_REVISION = re.compile(r"icd-?(9|10)(?!\d)", re.IGNORECASE)
_OIDS = {
    "2.16.840.1.113883.6.103": 9,
    "2.16.840.1.113883.6.104": 9,
    "2.16.840.1.113883.6.3": 10,
    "2.16.840.1.113883.6.90": 10,
}


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """Ranges of codes by the revision of ICD; a range is its first and its last prefix, of one length."""

    included: dict[int, tuple[tuple[str, str], ...]]
    excluded: dict[int, tuple[tuple[str, str], ...]]

    def holds(self, coding: Coding) -> bool:
        revision, code = icd_revision(coding.system), plain(coding.code)
        return _within(code, self.included.get(revision, ())) and not _within(code, self.excluded.get(revision, ()))


@cache
def code_groups() -> dict[str, CodeGroup]:
    return {name: _group(content) for name, content in tomllib.loads(_FILE.read_text("utf-8")).items()}


def icd_revision(system: str) -> int:
    """9 or 10; 0 for another system, or one that does not say which."""
    match = _REVISION.search(system)
    return int(match[1]) if match else _OIDS.get(system.removeprefix("urn:oid:"), 0)


def plain(code: str) -> str:
    """Without dot, in capitals: as MIMIC-IV and claims write it."""
    return code.replace(".", "").strip().upper()


def _group(content: dict[str, list[str]]) -> CodeGroup:
    written = {int(name.removeprefix("icd")): ranges for name, ranges in content.items()}
    included = {n: tuple(_range(r) for r in ranges if r[0] != "!") for n, ranges in written.items()}
    excluded = {n: tuple(_range(r[1:]) for r in ranges if r[0] == "!") for n, ranges in written.items()}
    return CodeGroup(included, excluded)


def _range(written: str) -> tuple[str, str]:
    first, _, last = written.partition("-")
    return first, last or first


def _within(code: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= code[: len(first)] <= last for first, last in ranges)
