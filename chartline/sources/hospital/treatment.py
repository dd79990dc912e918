"""What is done in a stay: drugs ordered and given, procedures, and the report of the chest film."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chartline.sources.hospital import clinical, notes, resources
from chartline.sources.hospital.drugs import DRUGS, FLUIDS
from chartline.sources.hospital.resources import reference
from chartline.sources.hospital.stays import Known, Stay


def drugs(stay: Stay) -> Iterator[Known]:
    for key in stay.story.drugs:
        drug, begin = DRUGS[key], stay.start + timedelta(hours=stay.random.uniform(1, 4))
        end = begin + timedelta(hours=stay.story.icu_hours) if drug.rate and stay.story.icu_hours else stay.end
        names = {"medicationReference": reference("Medication", key)}
        own = stay.own("order")
        ordered = resources.order(drug, begin, None, **names, **own)
        yield begin, resources.versioned(ordered, 1, begin)
        yield end, resources.versioned(resources.order(drug, begin, end, **names, **own), 2, end)
        yield from _administrations(stay, key, begin, end, own["id"])


def _administrations(stay: Stay, key: str, begin: datetime, end: datetime, order: str) -> Iterator[Known]:
    drug, at = DRUGS[key], begin + timedelta(minutes=30)
    while at < end:
        stop = at + timedelta(hours=drug.hours) if drug.rate else at
        own = stay.own("given")
        own["context"] = own.pop("encounter")
        when = {"effectivePeriod": resources.period(at, stop)} if drug.rate else {"effectiveDateTime": at.isoformat()}
        names = {"medicationReference": reference("Medication", key), "request": reference("MedicationRequest", order)}
        kind = {"category": {"coding": [{"code": "Intake"}]}} if key in FLUIDS else {}
        yield stop, resources.administration(drug, **names, **when, **kind, **own)
        at += timedelta(hours=drug.hours)


def procedures(stay: Stay) -> Iterator[Known]:
    for key, hours in stay.story.procedures:
        at = stay.start + timedelta(hours=hours)
        end = at + timedelta(minutes=stay.random.randint(10, 90))
        yield (
            end,
            {
                "resourceType": "Procedure",
                "status": "completed",
                "code": resources.snomed(clinical.PROCEDURES[key]),
                "performedPeriod": resources.period(at, end),
                "reasonCode": [{"text": clinical.CONDITIONS[stay.story.diagnosis].name}],
                **stay.own("procedure"),
            },
        )
        if key == "chest_xray":
            conclusion, text = notes.chest_xray(stay.story)
            issued = end + timedelta(hours=1)
            fields = stay.own("report")
            yield issued, resources.report(notes.CHEST_XRAY, conclusion, text, at, issued, **fields)
