"""What says that there is none, in FHIR and HL7 v2: no growth is no organism, and no known allergy is no allergy.

A name says so as a whole or not at all. One that goes on ("No anaerobes isolated. Heavy growth of Staphylococcus
aureus", "NKDA, penicillin") tells a finding, and a finding is never hidden: what is in doubt is none of these.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from chartline.record.event import Coding, Event
from chartline.record.kinds import ATTRIBUTES, EventKind
from chartline.record.names import normalise

#: In characters; a longer one is no name.
_LONGEST = 512
#: Between clauses: no full stop of an abbreviation ("E. coli", "Salmonella spp."), no hyphen of a word.
_BETWEEN = re.compile(r"[;()\n]|(?<!\b\w)(?<!\bspp)(?<!\bsp)\.\s|\s[-–—]+\s")
_MARK = re.compile(r"([,:])(?!\d)")
_PART = re.compile(r"<(\w+)>")
#: What criticality says nothing, in FHIR and HL7 v2.
_NO_DANGER = frozenset({"", "unable-to-assess", "unknown"})


@dataclass(frozen=True, slots=True)
class Absences:
    """`names` fit a whole clause, `further` one that says nothing more behind such, `contrary` a part of any name."""

    codes: frozenset[tuple[str, str]]
    names: tuple[re.Pattern[str], ...]
    further: re.Pattern[str]
    contrary: re.Pattern[str]

    def coded(self, codings: Iterable[Coding]) -> bool:
        return any((coding.system, coding.code) in self.codes for coding in codings)

    def named(self, name: str) -> bool:
        """Whether the name begins by saying so, and no clause of it says anything else."""
        if len(name) > _LONGEST or self.contrary.search(normalise(name)):
            return False
        clauses = [part for clause in _BETWEEN.split(name) for part in self._parts(_words(clause))]
        return bool(clauses) and self._says(clauses[0]) and all(map(self._adds_nothing, clauses))

    def _parts(self, clause: str) -> list[str]:
        """A list is one clause ("No Salmonella, Shigella isolated") where it says so as a whole, else several."""
        parts = [clause] if self._adds_nothing(clause) else re.split(" ?[,:] ?", clause)
        return list(filter(None, parts))

    def _says(self, clause: str) -> bool:
        return any(pattern.fullmatch(clause) for pattern in self.names)

    def _adds_nothing(self, clause: str) -> bool:
        return self._says(clause) or bool(self.further.fullmatch(clause))


def none_known(event: Event, name: str) -> bool:
    """Whether an allergy, drug or problem says by its code or by `name` that there is none; what did harm is one."""
    reaction = str(event.attribute("reaction") or "")
    danger = str(event.attribute("criticality") or "")
    if (reaction and not NONE_KNOWN.named(reaction)) or danger not in _NO_DANGER:
        return False
    return NONE_KNOWN.coded(event.codings) or NONE_KNOWN.named(name)


def as_observation(event: Event) -> Event:
    """That nothing is known of is an observation about the patient and never counts as an allergy or a diagnosis."""
    kept = tuple(a for a in event.attributes if a.name in ATTRIBUTES[EventKind.VITAL])
    return replace(event, kind=EventKind.VITAL, attributes=kept)


def _words(clause: str) -> str:
    """As names are compared, with the commas and colons that stand between words."""
    pieces = (piece if piece in (",", ":") else normalise(piece) for piece in _MARK.split(clause))
    return " ".join(filter(None, pieces)).strip(" ,:")


def _read() -> dict[str, Absences]:
    data = tomllib.loads(Path(__file__).with_name("absences.toml").read_text("utf-8"))
    return {
        of: Absences(
            frozenset((system, code) for system, codes in said["codes"].items() for code in codes),
            tuple(_pattern(name, said["parts"]) for name in said["names"]),
            _pattern(said["further"], said["parts"]),
            _pattern(said["contrary"], said["parts"]),
        )
        for of, said in data.items()
    }


def _pattern(text: str, parts: dict[str, str]) -> re.Pattern[str]:
    while (whole := _PART.sub(lambda found: parts[found[1]], text)) != text:
        text = whole
    return re.compile(text, re.VERBOSE)


_ABSENCES = _read()
#: No allergy, drug or problem is known of.
NONE_KNOWN = _ABSENCES["known"]
#: No organism was found.
NONE_FOUND = _ABSENCES["found"]
