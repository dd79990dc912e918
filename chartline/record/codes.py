"""What codes are called and what they belong to: names for events that came with a bare code, groups for questions.

    E119, icd10cm ─▶ its title in the site's tables, else that of its group: "Type 2 diabetes mellitus (E11.9)"
                 └─▶ the groups whose meaning a question may ask for: diabetes mellitus

Chartline ships groups of ICD-9-CM and ICD-10-CM and vaccines (vocabulary/codes.toml); everything else comes from the
folder that the environment variable CHARTLINE_CODES names, for every process alike (docs/units-and-codes.md).
"""

import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from chartline.record.code_files import Title, read_folder
from chartline.record.event import CanonicalRecord, Coding, Definition, Event


class Code(NamedTuple):
    """Comparable: E11.9 is E119, whatever the sender calls its system."""

    system: str
    code: str


@dataclass(slots=True)
class CodeTables:
    """`groups`: title -> how codes begin; `links`: to other systems, both ways."""

    titles: dict[Code, str] = field(default_factory=dict)
    links: defaultdict[Code, set[Code]] = field(default_factory=lambda: defaultdict(set))
    groups: dict[str, re.Pattern[str]] = field(default_factory=dict)


@lru_cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "vocabulary" / "codes.toml").read_text("utf-8"))


@lru_cache
def _systems() -> dict[str, str]:
    return {said: key for key, all_said in _shipped()["systems"].items() for said in all_said}


@lru_cache(maxsize=65_536)
def code_of(system: str, code: str) -> Code:
    key = _systems().get(system.strip().casefold(), system)
    plain = code.strip().upper()
    return Code(key, plain.replace(".", "") if key in _shipped()["undotted"] else plain)


def code_tables() -> CodeTables:
    """Loaded once for each folder, by services when they start. Raises OSError for a folder that cannot be read."""
    return _tables(os.environ.get("CHARTLINE_CODES", ""))


@lru_cache(maxsize=2)
def _tables(folder: str) -> CodeTables:
    shipped, tables = _shipped(), CodeTables()
    if folder and not Path(folder).is_dir():
        raise NotADirectoryError("CHARTLINE_CODES names no folder")
    for entry in read_folder(Path(folder), shipped["layouts"]) if folder else ():
        code = code_of(entry.system, entry.code)
        if isinstance(entry, Title):
            tables.titles.setdefault(code, entry.title)
        else:
            other = code_of(entry.to_system, entry.to_code)
            tables.links[code].add(other)
            tables.links[other].add(code)
    for code, title in shipped["vaccines"].items():
        tables.titles.setdefault(Code("cvx", code), title)
    tables.groups = {title: _beginnings(begins) for title, begins in shipped["conditions"].items()}
    return tables


def _beginnings(begins: dict[str, str]) -> re.Pattern[str]:
    """Of `system code` texts."""
    systems = {"icd10": "icd10cm", "icd9": "icd9cm"}
    starts = [f"{systems[s]} {start.replace('?', '[0-9]')}" for s, texts in begins.items() for start in texts.split()]
    return re.compile("|".join(starts))


# --- names -----------------------------------------------------------------------------------------------------------


def title_of(coding: Coding) -> str:
    """Empty where nobody knows the code."""
    code, tables = code_of(coding.system, coding.code), code_tables()
    if code in tables.titles:
        return tables.titles[code]
    found = [(len(match[0]), len(title), title) for title, match in _groups(code, tables)]
    return f"{max(found)[-1]} ({coding.code})" if found else ""


def _groups(code: Code, tables: CodeTables) -> list[tuple[str, re.Match[str]]]:
    matched = ((title, begins.match(f"{code.system} {code.code}")) for title, begins in tables.groups.items())
    return [(title, match) for title, match in matched if match is not None]


def named(record: CanonicalRecord) -> CanonicalRecord:
    """With names for the codes that came without one, where the source says no name at all."""
    return replace(
        record,
        events=tuple(e if _has_name(e) else replace(e, codings=_titled(e.codings)) for e in record.events),
        definitions=tuple(d if _has_name(d) else replace(d, codings=_titled(d.codings)) for d in record.definitions),
    )


def _has_name(said: Event | Definition) -> bool:
    return bool(said.display) or all(coding.display for coding in said.codings)


def _titled(codings: Iterable[Coding]) -> tuple[Coding, ...]:
    return tuple(coding if coding.display else replace(coding, display=title_of(coding)) for coding in codings)


# --- groups ----------------------------------------------------------------------------------------------------------


def groups_of(code: Code) -> tuple[str, ...]:
    """Titles of the groups that hold it; of the site's CCS groups also through the other ICD."""
    return _groups_of(code, os.environ.get("CHARTLINE_CODES", ""))


@lru_cache(maxsize=65_536)
def _groups_of(code: Code, folder: str) -> tuple[str, ...]:
    tables = _tables(folder)
    linked = tables.links.get(code, set())
    near = [code, *linked, *(far for each in linked if each.system != "ccs" for far in tables.links.get(each, set()))]
    loaded = [tables.titles[each] for each in near if each.system == "ccs" and each in tables.titles]
    return tuple(dict.fromkeys([title for title, _ in _groups(code, tables)] + sorted(loaded)))


def same_as(code: Code) -> frozenset[Code]:
    """What the site's crosswalks call the same, of other code systems that name single things."""
    return frozenset(other for other in code_tables().links.get(code, ()) if other.system != "ccs")
