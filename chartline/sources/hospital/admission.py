"""The frame of a stay: the visit and its units as they become known, and the diagnoses made in it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chartline.sources.hospital import clinical, resources
from chartline.sources.hospital.resources import Resource, reference
from chartline.sources.hospital.stays import Known, Stay

_ICU_ADMISSION = {"coding": [{"code": "305351004", "display": "Admission to intensive care unit"}]}
_VISIT = {"coding": [{"code": "32485007", "display": "Hospital admission"}], "text": "Hospital admission"}


def encounters(stay: Stay) -> Iterator[Known]:
    """At admission the visit is open; at discharge a second version knows its end, its units and what followed."""
    yield stay.start, resources.versioned(_visit(stay, None), 1, stay.start)
    yield stay.end, resources.versioned(_visit(stay, stay.end), 2, stay.end)
    if stay.story.icu_hours:
        begin = stay.start + timedelta(hours=3)
        end = begin + timedelta(hours=stay.story.icu_hours)
        unit = {"location": reference("Location", "icu", clinical.UNITS["icu"])}
        fields = {**stay.own("icu"), "partOf": reference("Encounter", stay.identifier), "type": [_ICU_ADMISSION]}
        del fields["encounter"]
        yield begin, resources.versioned(resources.encounter("ACUTE", [unit], begin, None, **fields), 1, begin)
        yield end, resources.versioned(resources.encounter("ACUTE", [unit], begin, end, **fields), 2, end)


def _visit(stay: Stay, end: datetime | None) -> Resource:
    moved = stay.start + timedelta(hours=3)
    left = moved + timedelta(hours=stay.story.icu_hours)
    places = [("emergency", stay.start, moved)]
    if stay.story.icu_hours:
        places.append(("icu", moved, left))
    places.append((stay.story.unit, left, stay.end))
    units = [
        {"location": reference("Location", key), "period": resources.period(begin, until)}
        for key, begin, until in places
    ]
    hospitalization = {"admitSource": {"text": "Emergency room"}}
    if end:
        hospitalization["dischargeDisposition"] = {"text": stay.story.discharge}
    return resources.encounter(
        "IMP",
        units if end else [],
        stay.start,
        end,
        id=stay.identifier,
        type=[_VISIT],
        subject=reference("Patient", stay.person.id),
        priority={"text": "Emergency"},
        reasonCode=[{"text": stay.story.complaint}],
        hospitalization=hospitalization,
    )


def conditions(stay: Stay) -> Iterator[Known]:
    for number, key in enumerate((stay.story.diagnosis, *stay.story.others)):
        at = stay.start + timedelta(hours=2 + number)
        named = clinical.CONDITIONS[key]
        times = {"onsetDateTime": stay.start.isoformat(), "recordedDate": at.isoformat()}
        yield at, resources.versioned(resources.condition(named, "active", **times, **stay.own("condition")), 1, at)
