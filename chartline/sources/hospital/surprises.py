"""What goes otherwise in a real hospital: results that come late, are corrected or withdrawn; a patient met twice."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from chartline.sources.hospital import resources
from chartline.sources.hospital.people import Person
from chartline.sources.hospital.resources import Resource, reference
from chartline.sources.hospital.stays import Known, Stay

_LATE = timedelta(days=6)


def delayed(known: Sequence[Known], random: Random) -> Iterator[Known]:
    """One count of platelets is released six days after the blood was drawn."""
    late = random.choice([r["id"] for _, r in known if _is_laboratory(r) and "Platelets" in r["code"]["text"]])
    for at, resource in known:
        if resource["id"] == late:
            yield at + _LATE, {**resource, "issued": (at + _LATE).isoformat()}
        else:
            yield at, resource


def corrected(known: Sequence[Known], random: Random) -> Known:
    """A second version of a result with another value, three hours after the first."""
    at, first = random.choice([(at, r) for at, r in known if _is_laboratory(r)])
    at += timedelta(hours=3)
    value: Decimal = first["valueQuantity"]["value"]
    amount = {**first["valueQuantity"], "value": (value * Decimal("1.25")).quantize(value)}
    note = [{"text": "Corrected: the first value was of a diluted sample."}]
    second = {**first, "status": "corrected", "valueQuantity": amount, "issued": at.isoformat(), "note": note}
    del second["interpretation"]  # it judged the first value
    return at, resources.versioned(second, 2, at)


def withdrawn(known: Sequence[Known], random: Random) -> Known:
    """A vital sign that was charted in the wrong chart."""
    vitals = [(at, r) for at, r in known if "-vital-" in r["id"] and "component" not in r]
    at, first = random.choice(vitals)
    at += timedelta(hours=2)
    return at, resources.versioned({**first, "status": "entered-in-error"}, 2, at)


def met_twice(stay: Stay, known: Sequence[Known]) -> Iterator[Known]:
    """The first two hours were charted under a record made at the door, which is then merged into the right one."""
    person, merged = stay.person, stay.start + timedelta(hours=2)
    unknown: dict[str, Any] = {
        "resourceType": "Patient",
        "id": f"{person.id}-unregistered",
        "name": [{"text": "Unknown, Emergency"}],
        "gender": "female" if person.female else "male",
    }
    link = [{"other": reference("Patient", person.id), "type": "replaced-by"}]
    yield stay.start, resources.versioned(unknown, 1, stay.start)
    for at, resource in known:
        early = stay.start <= at < merged and resource["resourceType"] in ("Observation", "Procedure")
        yield at, {**resource, "subject": reference("Patient", unknown["id"])} if early else resource
    yield merged, resources.versioned({**unknown, "active": False, "link": link}, 2, merged)


def death(person: Person, stay: Stay) -> Known:
    died = stay.end
    patient = resources.patient(person, deceasedDateTime=died.isoformat())
    return died, resources.versioned(patient, 2, died)


def _is_laboratory(resource: Resource) -> bool:
    return "-lab-" in resource["id"]
