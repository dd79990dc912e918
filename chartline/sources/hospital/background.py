"""What a patient brings along: registration, chronic conditions, home drugs, allergies, vaccines."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chartline.sources.hospital import clinical, resources
from chartline.sources.hospital.drugs import DRUGS
from chartline.sources.hospital.resources import reference
from chartline.sources.hospital.stays import Known, Stay


def background(stay: Stay) -> Iterator[Known]:
    """Told at the first stay, as a patient's history is taken once."""
    yield stay.start, resources.versioned(resources.patient(stay.person), 1, stay.start)
    yield from _chronic(stay)
    yield from _home(stay)
    yield from _allergy(stay)
    yield from _vaccines(stay)


def _own(stay: Stay, kind: str) -> dict[str, Any]:
    own = stay.own(kind)
    del own["encounter"]
    return own


def _chronic(stay: Stay) -> Iterator[Known]:
    """Onset is known to the year; one old illness has passed."""
    for number, key in enumerate(stay.story.history):
        recorded = stay.start + timedelta(minutes=30 + number)
        onset = {"onsetDateTime": str(stay.start.year - stay.random.randint(2, 12))}
        named = clinical.CONDITIONS[key]
        own = _own(stay, "problem")
        yield recorded, resources.condition(named, "active", recordedDate=recorded.isoformat(), **onset, **own)
    recorded = stay.start + timedelta(minutes=40)
    past = {
        "onsetDateTime": f"{stay.start.year - 3}-02-10",
        "abatementDateTime": f"{stay.start.year - 3}-03-02",
        "recordedDate": recorded.isoformat(),
    }
    named = clinical.CONDITIONS["urinary_infection"]
    yield recorded, resources.condition(named, "resolved", **past, **_own(stay, "problem"))


def _home(stay: Stay) -> Iterator[Known]:
    asserted = stay.start + timedelta(hours=1)
    for key in stay.story.home:
        drug = DRUGS[key]
        start = stay.start - timedelta(days=stay.random.randint(60, 900))
        yield (
            asserted,
            {
                "resourceType": "MedicationStatement",
                "status": "active",
                "medicationCodeableConcept": resources.rxnorm(drug),
                "effectivePeriod": {"start": f"{start:%Y-%m}"},
                "dateAsserted": asserted.isoformat(),
                "dosage": [
                    {
                        "text": f"{drug.dose} {drug.unit} every {drug.hours} hours",
                        "doseAndRate": [{"doseQuantity": resources.quantity(drug.dose, drug.unit)}],
                    }
                ],
                **_own(stay, "home"),
            },
        )


def _allergy(stay: Stay) -> Iterator[Known]:
    if not stay.allergy:
        return
    at = stay.start + timedelta(minutes=50)
    allergen, category, shown, danger = next(a for a in clinical.ALLERGIES if a[0].name == stay.allergy)
    yield (
        at,
        {
            "resourceType": "AllergyIntolerance",
            "id": f"{stay.identifier}-allergy-1",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "verificationStatus": {"coding": [{"code": "confirmed"}]},
            "category": [category],
            "criticality": danger,
            "code": resources.snomed(allergen),
            "patient": reference("Patient", stay.person.id),
            "recordedDate": at.isoformat(),
            "reaction": [{"manifestation": [{"text": shown}]}],
        },
    )


def _vaccines(stay: Stay) -> Iterator[Known]:
    """Given in earlier years; one is declined at the door."""
    for number, key in enumerate(clinical.VACCINES):
        given = stay.start - timedelta(days=stay.random.randint(30, 1500))
        own = _vaccinated(stay, number)
        yield given, resources.immunization(clinical.VACCINES[key], given, **own)
    if stay.person.number % 5 == 0:
        fields = _vaccinated(stay, len(clinical.VACCINES))
        declined = resources.immunization(clinical.VACCINES["influenza"], stay.start, **fields)
        yield stay.start, {**declined, "status": "not-done", "statusReason": {"text": "patient declined"}}


def _vaccinated(stay: Stay, number: int) -> dict[str, Any]:
    patient = reference("Patient", stay.person.id)
    return {"id": f"{stay.identifier}-vaccine-{number + 1}", "patient": patient}


def dispensed(stay: Stay) -> Iterator[Known]:
    """The drugs that are handed out at the door on the way home."""
    at: datetime = stay.end + timedelta(minutes=45)
    for key in stay.story.home if stay.story.discharge == "Home" else ():
        drug = DRUGS[key]
        own = stay.own("dispense")
        own["context"] = own.pop("encounter")
        yield (
            at,
            {
                "resourceType": "MedicationDispense",
                "status": "completed",
                "medicationCodeableConcept": resources.rxnorm(drug),
                "quantity": resources.quantity("30", "{tbl}"),
                "whenHandedOver": at.isoformat(),
                **own,
            },
        )
