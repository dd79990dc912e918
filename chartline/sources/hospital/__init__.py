"""A small invented hospital in FHIR R4, told in the order in which it became known; the same seed, the same hospital.

Every patient has a story (sepsis, heart failure, a broken hip …), some come a second time, and what happens in real
hospitals happens here: late results, corrections, a record entered in error, a patient known under two records.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from chartline.sources.hospital import admission, charting, clinical, paperwork, resources, surprises, treatment
from chartline.sources.hospital.background import background, dispensed
from chartline.sources.hospital.drugs import DRUGS
from chartline.sources.hospital.fates import PATIENTS, fate_of
from chartline.sources.hospital.people import Person, create_person
from chartline.sources.hospital.stays import Known, Stay
from chartline.sources.hospital.stories import STORIES

_OPENED = datetime(2024, 1, 8, 7, 30, tzinfo=timezone(timedelta(hours=-5)))
_JSON = msgspec.json.Encoder(decimal_format="number")
#: The drug whose Medication is registered only weeks after its first order refers to it.
_REGISTERED_LATE = "apixaban"


def build_hospital(seed: int = 1, patients: int = PATIENTS) -> Iterator[dict[str, Any]]:
    """Resources in the order in which the hospital's charts knew them; numbers are Decimal."""
    known = [*_house(), *(each for number in range(1, patients + 1) for each in _patient(seed, number))]
    return (resource for _, resource in sorted(known, key=lambda each: each[0]))


def encode(resource: dict[str, Any]) -> bytes:
    """FHIR JSON in which every decimal has the text it was given."""
    return _JSON.encode(resource)


def write_ndjson(built: Iterable[dict[str, Any]], folder: Path) -> None:
    """One file for each type, as a Bulk Data export lays them out."""
    files: dict[str, list[bytes]] = {}
    for resource in built:
        files.setdefault(resource["resourceType"], []).append(encode(resource))
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (folder / f"{name}.ndjson").write_bytes(b"\n".join(lines) + b"\n")


def write_bundles(built: Iterable[dict[str, Any]], folder: Path, size: int = 200) -> None:
    """Numbered transaction bundles of `size` entries, in order: a bundle is what became known after the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = list(built)
    for number, start in enumerate(range(0, len(everything), size)):
        bundle = {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": list(map(_entry, everything[start:][:size])),
        }
        (folder / f"bundle-{number:04d}.json").write_bytes(encode(bundle))


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    url = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": f"urn:chartline:hospital:{url}", "resource": resource, "request": {"method": "PUT", "url": url}}


def _house() -> Iterator[Known]:
    yield _OPENED, {"resourceType": "Organization", "id": "hospital", "name": "Chartline Demo Hospital"}
    for key, name in clinical.UNITS.items():
        yield _OPENED, {"resourceType": "Location", "id": key, "name": name}
    for key, drug in DRUGS.items():
        late = timedelta(days=40) if key == _REGISTERED_LATE else timedelta()
        yield _OPENED + late, resources.medication(key, drug)


def _patient(seed: int, number: int) -> Iterator[Known]:
    """The patient's chart with its surprises."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - nobody's secret
    start = _OPENED + timedelta(days=2 * number, hours=random.randint(0, 14), minutes=random.randint(0, 59))
    story = STORIES[(number - 1) % len(STORIES)]
    person = create_person(random, number, start.date(), story.ages)
    fate = fate_of(seed, number, story, (start.date() - person.born).days // 365)
    stay = Stay(random, person, f"{person.id}-visit-1", fate.story, start, fate.allergy)
    known = [*background(stay), *_stay(stay)]
    if fate.returns is not None:
        again = replace(stay, identifier=f"{person.id}-visit-2", start=stay.end + timedelta(days=fate.returns))
        known += _stay(again)
    if fate.story.discharge == "Died":
        known.append(surprises.death(person, stay))
    yield from _surprised(number, random, stay, known)


def _surprised(number: int, random: Random, stay: Stay, known: list[Known]) -> Iterable[Known]:
    if number % 2 == 0:
        known = [*known, surprises.corrected(known, random)]
    if number % 4 == 1:
        known = list(surprises.delayed(known, random))
    if number % 6 == 1:
        known = [*known, surprises.withdrawn(known, random)]
    return surprises.met_twice(stay, known) if number % 12 == 4 else known


def _stay(stay: Stay) -> Iterator[Known]:
    for part in (
        admission.encounters,
        admission.conditions,
        charting.laboratory,
        charting.vitals,
        charting.outputs,
        charting.cultures,
        treatment.drugs,
        treatment.procedures,
        paperwork.documents,
        dispensed,
    ):
        yield from part(stay)


__all__ = ["PATIENTS", "Person", "build_hospital", "encode", "write_bundles", "write_ndjson"]
