"""Who is learnt from and who measures: parts by a stable hash, the same hash that keeps patients of questions apart.

    percent of the hash   0 ──── 10 ──── 20 ──────── 40 ──────────────────── 100
    rotation 0              test    valid   calibration        train
    rotation r              the same, begun at 10 r: over ten rotations everybody is tested once

Rotation 0 tests exactly the patients that `held_out.split_of` calls test. No patient is ever in two parts; where
hospitals are held out, no hospital is, and patients who were in two of them tie these together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chartline.errors import InvalidRequest
from chartline.learning.generation.held_out import VIEW_MARK, percent_of
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.names import HeldOut

ROTATIONS = 10
_WIDTH = 100 // ROTATIONS
_TEST, _VALID, _CALIBRATION = 10, 20, 40


@dataclass(frozen=True, slots=True)
class Parts:
    """Places in the list of cases that was split, ascending."""

    train: tuple[int, ...]
    valid: tuple[int, ...]
    calibration: tuple[int, ...]
    test: tuple[int, ...]


def split(cases: Sequence[Case], held_out: HeldOut = HeldOut.PATIENTS, rotation: int = 0) -> Parts:
    """Raises InvalidRequest where hospitals are held out and there are fewer of them than parts."""
    units = _units(cases, held_out)
    hospitals, parts = len(set(units)), len(Parts.__slots__)
    if held_out is HeldOut.HOSPITALS and hospitals < parts:
        raise InvalidRequest(
            f"{hospitals} hospitals cannot be {parts} parts: the records tell of no more, or patients were in several",
            field="held_out",
        )
    shift = rotation * _WIDTH
    places = [(percent_of(*unit) - shift) % 100 for unit in units]

    def part(low: int, high: int) -> tuple[int, ...]:
        return tuple(i for i, place in enumerate(places) if low <= place < high)

    return Parts(part(_CALIBRATION, 100), part(_TEST, _VALID), part(_VALID, _CALIBRATION), part(0, _TEST))


def _units(cases: Sequence[Case], held_out: HeldOut) -> list[tuple[str, str]]:
    """What is hashed for each case: its patient, or the first of the hospitals that its own is tied to."""
    patients = [case.patient.partition(VIEW_MARK)[0] for case in cases]
    if held_out is HeldOut.PATIENTS:
        return [("patient", patient) for patient in patients]
    groups = [case.group for case in cases]
    first = _tied(patients, groups)
    return [("hospital", first[group]) for group in groups]


def _tied(patients: Sequence[str], groups: Sequence[str]) -> dict[str, str]:
    """Of each group the least group that shared patients connect it with."""
    first = {group: group for group in groups}
    of_patient: dict[str, set[str]] = {}
    for patient, group in zip(patients, groups, strict=True):
        of_patient.setdefault(patient, set()).add(group)
    changed = True
    while changed:
        changed = False
        for shared in of_patient.values():
            least = min(first[group] for group in shared)
            for group in shared:
                if first[group] != least:
                    first[group], changed = least, True
    return first
