import json
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartline.record.event import EventStatus, Quantity
from chartline.record.gathering import gather
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant
from services.ingest.parsers import parse

UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def category(code):
    return [{"coding": [{"system": CATEGORY, "code": code, "display": code.title()}]}]


def observation(**fields):
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2024-03-01T08:00:00+01:00",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0", "display": "Creatinine"}]},
        **fields,
    }


def loinc(code, display):
    return {"coding": [{"system": "http://loinc.org", "code": code, "display": display}]}


def milligrams(value):
    return {"value": value, "unit": "mg/dl", "system": UCUM, "code": "mg/dL"}


def test_a_laboratory_result_keeps_all_that_it_says(only):
    event = only(
        observation(
            category=category("laboratory"),
            issued="2024-03-01T09:30:00+01:00",
            valueQuantity=milligrams(2.5),
            interpretation=[{"coding": [{"code": "H"}]}],
            referenceRange=[{"low": milligrams(0.5), "high": milligrams(1.2)}],
            note=[{"text": "haemolysed"}],
            specimen={"display": "Serum"},
        )
    )
    assert (event.patient, event.encounter, event.kind) == ("Patient/p1", "e1", EventKind.LABORATORY)
    assert event.quantity == Quantity("2.5", "mg/dL")
    assert event.interpretation == "H"
    assert event.time == parse_instant("2024-03-01T08:00:00+01:00")
    assert event.available_time == parse_instant("2024-03-01T09:30:00+01:00")
    assert event.attribute("reference_high") == Quantity("1.2", "mg/dL")
    assert event.attribute("comment") == "haemolysed"
    assert event.attribute("specimen") == "Serum"
    assert event.natural_key == event.source.record_id == "Observation/o1"
    assert event.status == EventStatus.FINAL


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_decimals_keep_the_text_the_source_wrote(number: Decimal):
    text = format(number, "f")
    payload = json.dumps(observation(valueQuantity={"value": "@"})).replace('"@"', text)
    (event,) = parse("fhir", payload.encode()).events
    assert event.quantity == Quantity(text)


def test_trailing_zeros_and_comparators_stay(read):
    payload = json.dumps(observation(valueQuantity={"value": "@", "comparator": "<", "unit": "ng/mL"}))
    (event,) = parse("fhir", payload.replace('"@"', "1.10").encode()).events
    assert event.quantity == Quantity("1.10", "ng/mL", "<")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueString": "NO GROWTH"}, "NO GROWTH"),
        ({"valueCodeableConcept": {"coding": [{"code": "x", "display": "Positive"}]}}, "Positive"),
        ({"valueBoolean": False}, "no"),
        ({"valueTime": "08:30:00"}, "08:30:00"),
        ({"valueDateTime": "2024-02-29"}, "2024-02-29"),
        ({"valuePeriod": {"start": "2024-01-01", "end": "2024-01-03"}}, "2024-01-01 to 2024-01-03"),
        ({"valueRange": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 2, "unit": "mg"}}}, "1 mg to 2 mg"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1:128"),
        ({"valueSampledData": {"origin": {"value": 0}, "period": 10, "dimensions": 1, "data": "1 2 E"}}, "1 2 E"),
    ],
)
def test_every_other_kind_of_value_becomes_words(only, value, words):
    event = only(observation(**value))
    assert event.text_value == words
    assert event.quantity is None


def test_an_integer_is_a_number(only):
    assert only(observation(valueInteger=0)).quantity == Quantity("0")


def test_the_reason_of_a_missing_value_is_a_comment_and_no_value(only):
    event = only(observation(category=category("laboratory"), dataAbsentReason={"text": "clotted"}))
    assert (event.quantity, event.text_value) == (None, "")
    assert event.attribute("comment") == "no value: clotted"


def test_components_are_events_of_their_own(read):
    events = read(
        observation(
            category=category("vital-signs"),
            code={"text": "Blood pressure"},
            component=[
                {"code": {"text": "Systolic"}, "valueQuantity": {"value": 120, "unit": "mm[Hg]"}},
                {"code": {"text": "Diastolic"}, "valueQuantity": {"value": 80, "unit": "mm[Hg]"}},
            ],
        )
    ).events
    assert [(e.natural_key, e.name, e.quantity.value) for e in events] == [
        ("Observation/o1#component/0", "Systolic", "120"),
        ("Observation/o1#component/1", "Diastolic", "80"),
    ]
    assert events[0].attribute("comment") == "part of Blood pressure"


def test_a_retraction_takes_the_observation_and_its_components_back(read):
    events = read(observation(status="entered-in-error", component=[{"code": {"text": "Systolic"}}])).events
    assert [e.natural_key for e in events] == ["Observation/o1", "Observation/o1#component/0"]
    assert {e.status for e in events} == {EventStatus.ENTERED_IN_ERROR}


@pytest.mark.parametrize("specimen_first", [True, False])
def test_a_result_is_of_the_specimen_that_it_refers_to(read, specimen_first):
    result = observation(category=category("laboratory"), specimen={"reference": "Specimen/s"})
    urine = {"resourceType": "Specimen", "id": "s", "subject": {"reference": "Patient/p1"}, "type": {"text": "Urine"}}
    parts = (urine, result) if specimen_first else (result, urine)
    (events,) = gather(map(read, parts)).values()
    found = {event.kind: event for event in events}
    assert found[EventKind.LABORATORY].attribute("specimen") == "Urine"
    assert found[EventKind.LABORATORY].name == read(result).events[0].name != "Urine"
    assert found[EventKind.SPECIMEN].name == "Urine"


def test_a_specimen_inside_its_result_is_named(only):
    inside = [{"resourceType": "Specimen", "id": "s", "type": {"text": "Urine"}}]
    event = only(observation(category=category("laboratory"), specimen={"reference": "#s"}, contained=inside))
    assert (event.attribute("specimen"), event.code_reference) == ("Urine", "")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"category": category("vital-signs")}, EventKind.VITAL),
        ({"category": category("laboratory")}, EventKind.LABORATORY),
        ({"category": category("survey")}, EventKind.VITAL),
        ({"specimen": {"reference": "Specimen/s"}}, EventKind.LABORATORY),
        ({"code": loinc("2951-2", "Sodium [Moles/volume] in Serum or Plasma")}, EventKind.LABORATORY),
        ({"code": loinc("72514-3", "Pain severity - 0-10 verbal numeric rating [Score]")}, EventKind.VITAL),
        ({"code": loinc("8310-5", "Body temperature")}, EventKind.VITAL),
        ({"category": [{"coding": [{"code": "MB"}]}]}, EventKind.MICROBIOLOGY),
        ({"code": {"coding": [{"code": "600-7"}]}, "category": category("laboratory")}, EventKind.MICROBIOLOGY),
        (
            {
                "meta": {
                    "profile": ["http://mimic.mit.edu/fhir/mimic/StructureDefinition/mimic-observation-outputevents"]
                }
            },
            EventKind.OUTPUT,
        ),
    ],
)
def test_the_kind_follows_profile_code_and_category(only, fields, kind):
    assert only(observation(**fields)).kind == kind


def test_a_culture_names_its_organism_and_each_antibiotic_tested(read):
    culture, susceptible = read(
        observation(
            code={"coding": [{"system": "http://loinc.org", "code": "600-7", "display": "Blood culture"}]},
            valueCodeableConcept={"text": "Escherichia coli"},
            component=[
                {
                    "code": {"text": "Gentamicin [Susceptibility] by Gradient strip"},
                    "valueQuantity": {"value": 0.5, "comparator": "<=", "unit": "ug/mL"},
                    "interpretation": [{"coding": [{"code": "S"}]}],
                }
            ],
        )
    ).events
    assert culture.attribute("organism") == susceptible.attribute("organism") == "Escherichia coli"
    assert culture.name == susceptible.name == "Blood culture"
    assert susceptible.attribute("antibiotic") == "Gentamicin"
    assert susceptible.attribute("susceptibility") == "S"
    assert susceptible.attribute("dilution") == Quantity("0.5", "ug/mL", "<=")


SNOMED = "http://snomed.info/sct"


@pytest.mark.parametrize(
    "value",
    [
        {"coding": [{"system": SNOMED, "code": "264868006", "display": "No growth"}]},
        {"coding": [{"system": SNOMED, "code": "260385009", "display": "Negativ"}]},
        {"coding": [{"system": "urn:local", "code": "NG5", "display": "NO GROWTH after 5 days"}]},
        {"text": "Mixed respiratory flora"},
        {"text": "MRSA not isolated"},
    ],
)
def test_that_nothing_grew_is_a_result_and_no_organism(only, value):
    code = {"coding": [{"system": "http://loinc.org", "code": "600-7", "display": "Blood culture"}]}
    event = only(observation(code=code, valueCodeableConcept=value))
    assert (event.kind, event.attribute("organism")) == (EventKind.MICROBIOLOGY, None)
    assert event.text_value == (value.get("text") or value["coding"][0]["display"])


def test_a_germ_that_is_neither_found_nor_excluded_is_no_antibiotic(only):
    toxin = {"code": {"text": "C. difficile toxin"}, "interpretation": [{"coding": [{"code": "IND"}]}]}
    event = only(observation(category=category("MB"), **toxin))
    assert (event.attribute("antibiotic"), event.interpretation) == (None, "IND")


CULTURE = {"code": {"coding": [{"system": "http://loinc.org", "code": "630-4", "display": "Urine culture"}]}}
MICROBIOLOGY = category("MB")


def to(*names):
    return [{"reference": name} for name in names]


def ampicillin(**fields):
    effect = [{"coding": [{"code": "S"}]}]
    return observation(id="a", category=MICROBIOLOGY, code={"text": "Ampicillin"}, interpretation=effect, **fields)


def in_a_culture(read, *resources):
    """The antibiotic's event, whatever the order in which its culture arrives."""
    specimen = {
        "resourceType": "Specimen",
        "id": "s",
        "subject": {"reference": "Patient/p1"},
        "type": {"text": "Urine"},
    }
    records = [read(resource) for resource in (specimen, *resources)]
    found = set()
    for shuffled in permutations(records):
        (events,) = gather(shuffled).values()
        found.add(next(e for e in events if e.natural_key.startswith("Observation/a")))
    (event,) = found
    return event


def culture(**fields):
    sample = {"reference": "Specimen/s"}
    return observation(id="c", specimen=sample, category=MICROBIOLOGY, **{**CULTURE, **fields})


@pytest.mark.parametrize("by_its_code", [True, False])
def test_an_antibiotic_is_of_the_culture_of_the_organism_that_it_was_tested_on(read, by_its_code):
    code = {"text": "E. coli"} if by_its_code else {"text": "Organism"}
    organism = observation(
        id="o",
        category=MICROBIOLOGY,
        code=code,
        valueCodeableConcept={"text": "E. coli"},
        derivedFrom=to("DocumentReference/d", "Observation/c"),
    )
    event = in_a_culture(read, culture(), organism, ampicillin(derivedFrom=to("Observation/o")))
    assert event.name == ("Urine culture" if by_its_code else "Organism")
    told = ("antibiotic", "susceptibility", "organism", "specimen")
    assert [event.attribute(name) for name in told] == ["Ampicillin", "S", "E. coli", "Urine"]


@pytest.mark.parametrize("version", ["", "0", "7"])
def test_an_antibiotic_is_of_the_panel_that_names_it_as_its_member(read, version):
    panel = culture(
        valueCodeableConcept={"text": "E. coli"}, hasMember=to("Observation/a"), meta={"versionId": version}
    )
    event = in_a_culture(read, panel, ampicillin(specimen={"reference": "Specimen/s"}, meta={"versionId": version}))
    told = (event.name, *(event.attribute(name) for name in ("antibiotic", "organism", "specimen")))
    assert told == ("Urine culture", "Ampicillin", "E. coli", "Urine")


def test_an_antibiotic_that_nobody_names_keeps_its_own_name_and_specimen(read):
    event = in_a_culture(read, ampicillin(specimen={"reference": "Specimen/s"}))
    assert (event.name, event.attribute("specimen")) == ("Ampicillin", "Urine")


def test_what_is_derived_from_others_and_no_microbiology_is_what_it_was(read):
    fields = {"category": category("laboratory"), "specimen": {"reference": "Specimen/s"}}
    record = read(observation(**fields, derivedFrom=to("Observation/x"), hasMember=to("Observation/y")))
    assert record == read(observation(**fields))
    assert record.definitions == ()


def test_a_word_of_interpretation_becomes_its_code(only):
    assert only(observation(interpretation=[{"text": "Critical high"}])).interpretation == "HH"
