"""What is measured in a stay: laboratory, vital signs, urine, and cultures that grow for days."""

from collections.abc import Iterator
from datetime import timedelta

from chartline.sources.hospital import clinical, resources
from chartline.sources.hospital.measurements import BLOOD_PRESSURE, DAILY, LABORATORY, URINE, VITALS
from chartline.sources.hospital.resources import Resource, reference
from chartline.sources.hospital.stays import Known, Stay
from chartline.sources.hospital.terms import Culture


def laboratory(stay: Stay) -> Iterator[Known]:
    for number, at in enumerate(stay.hours(0.7, 24)):
        known = at + timedelta(minutes=stay.random.randint(45, 110))
        for key in (*DAILY, *(k for k in stay.story.labs if k not in DAILY)):
            if number and len(stay.story.labs.get(key, (0.0, 0.0))) == 1:
                continue  # a single value is measured once
            values = resources.measured(LABORATORY[key], stay.laboratory_value(key, at))
            specimen = {"specimen": {"display": "Blood"}, "issued": known.isoformat()}
            fields = {**values, **specimen, **stay.own("lab")}
            yield known, resources.observation(LABORATORY[key], "laboratory", at, **fields)


def vitals(stay: Stay) -> Iterator[Known]:
    for at in stay.hours(0.2, 6):
        for key in ("heart_rate", "respiratory_rate", "temperature", "oxygen_saturation"):
            values = resources.measured(VITALS[key], stay.vital_value(key, at))
            yield at, resources.observation(VITALS[key], "vital-signs", at, **values, **stay.own("vital"))
        pressures = [
            {"code": resources.loinc(VITALS[key]), **resources.measured(VITALS[key], stay.vital_value(key, at))}
            for key in ("systolic", "diastolic")
        ]
        own = stay.own("vital")
        yield at, resources.observation(BLOOD_PRESSURE, "vital-signs", at, component=pressures, **own)
    for number, at in enumerate(stay.hours(1, 24)):
        for key in ("weight", "pain", "glasgow") + (("height",) if number == 0 else ()):
            amount = resources.quantity(stay.vital_value(key, at), VITALS[key].unit)
            own = stay.own("vital")
            yield at, resources.observation(VITALS[key], "vital-signs", at, valueQuantity=amount, **own)


def outputs(stay: Stay) -> Iterator[Known]:
    for at in stay.hours(6, 8):
        amount = resources.quantity(str(10 * stay.random.randint(18, 70)), URINE.unit)
        category = [{"coding": [{"code": "Output"}]}]
        output = resources.observation(URINE, "", at, valueQuantity=amount, **stay.own("output"))
        yield at, {**output, "category": category}


def cultures(stay: Stay) -> Iterator[Known]:
    for culture in stay.story.cultures:
        yield from _culture(stay, culture)


def _tested(antibiotic: str, effect: str, dilution: str) -> Resource:
    amount = {**resources.quantity(dilution, "ug/mL"), "comparator": "<=" if effect == "S" else ">="}
    judged = [{"coding": [{"code": effect}]}]
    return {
        "code": resources.loinc(clinical.ANTIBIOTICS[antibiotic]),
        "valueQuantity": amount,
        "interpretation": judged,
    }


def _culture(stay: Stay, culture: Culture) -> Iterator[Known]:
    """Grown for two days: the specimen is known at once, the organism late."""
    taken = stay.start + timedelta(hours=1)
    grown = taken + timedelta(hours=stay.random.randint(44, 60))
    specimen = stay.own("specimen")
    specimen |= {"resourceType": "Specimen", "type": {"text": culture.specimen}}
    del specimen["encounter"]
    yield taken, {**specimen, "collection": {"collectedDateTime": taken.isoformat()}}
    tested = [_tested(*each) for each in culture.tested]
    organism = resources.snomed(clinical.ORGANISMS[culture.organism])
    fields = {"valueCodeableConcept": organism, "issued": grown.isoformat(), "component": tested, **stay.own("culture")}
    fields["specimen"] = reference("Specimen", specimen["id"], culture.specimen)
    yield grown, resources.observation(clinical.CULTURES[culture.test], "laboratory", taken, **fields)
