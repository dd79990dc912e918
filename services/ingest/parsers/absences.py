"""What says that there is none, in FHIR and HL7 v2: no growth is no organism, and no known allergy is no allergy."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from chartline.record.event import Coding, Event
from chartline.record.kinds import ATTRIBUTES, EventKind
from chartline.record.names import normalise


@dataclass(frozen=True, slots=True)
class Absences:
    codes: frozenset[tuple[str, str]]
    names: tuple[re.Pattern[str], ...]

    def coded(self, codings: Iterable[Coding]) -> bool:
        return any((coding.system, coding.code) in self.codes for coding in codings)

    def named(self, name: str) -> bool:
        return any(pattern.fullmatch(normalise(name)) for pattern in self.names)


def as_observation(event: Event) -> Event:
    """That nothing is known of is an observation about the patient and never counts as an allergy or a diagnosis."""
    kept = tuple(a for a in event.attributes if a.name in ATTRIBUTES[EventKind.VITAL])
    return replace(event, kind=EventKind.VITAL, attributes=kept)


def _read() -> dict[str, Absences]:
    data = tomllib.loads(Path(__file__).with_name("absences.toml").read_text("utf-8"))
    return {
        of: Absences(
            frozenset((system, code) for system, codes in said["codes"].items() for code in codes),
            tuple(map(re.compile, said["names"])),
        )
        for of, said in data.items()
    }


_ABSENCES = _read()
#: No allergy, drug or problem is known of.
NONE_KNOWN = _ABSENCES["known"]
#: No organism was found.
NONE_FOUND = _ABSENCES["found"]
