"""Where the charts of generated data come from: records that were read, or a hospital that is made up."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chartline.learning.generation.charts import generate_chart
from chartline.record.event import Event
from chartline.record.identity import canonical_bytes

_FEWEST_EVENTS, _EVENTS_STEP, _STEPS = 60, 20, 18
MADE_UP = "charts made up by chartline.learning.generation.charts; no record of anybody"
READ = "records that were read: they remain their source's, under its licence, and so does what quotes them"


@dataclass(slots=True)
class Source:
    """`versions` tells all versions of one patient's events; the hash covers the patients that were asked for."""

    name: str
    terms: str
    patients: Sequence[str]
    versions: Callable[[str], Sequence[Event]]
    _digests: dict[str, bytes] = field(default_factory=dict)

    def read(self, patient: str) -> Sequence[Event]:
        versions = self.versions(patient)
        if patient not in self._digests:
            contents = sorted(hashlib.sha256(canonical_bytes(event)).digest() for event in versions)
            self._digests[patient] = hashlib.sha256(b"".join(contents)).digest()
        return versions

    @property
    def sha256(self) -> str:
        digests = (self._digests[patient] for patient in sorted(self._digests))
        return hashlib.sha256(b"".join(digests)).hexdigest()


def made_up(seed: int, patients: int) -> Source:
    """A hospital of that many patients, from 60 to 400 facts each; the same for the same seed."""
    numbers = {f"Patient/{number}": number for number in range(seed * 1_000_003, seed * 1_000_003 + patients)}

    def chart(patient: str) -> list[Event]:
        number = numbers[patient]
        return generate_chart(number, _FEWEST_EVENTS + _EVENTS_STEP * (number * 7 % _STEPS))

    return Source("generated hospital", MADE_UP, list(numbers), chart)


def read_records(name: str, patients: Mapping[str, Sequence[Event]]) -> Source:
    return Source(name, READ, sorted(patients), patients.__getitem__)
