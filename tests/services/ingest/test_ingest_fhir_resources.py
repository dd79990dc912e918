import base64

import pytest

from chartline.language.verbalizer import sentence
from chartline.record.definitions import resolved
from chartline.record.event import Coding, EventStatus, PatientLink, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant

SUBJECT = {"reference": "Patient/p1"}


def drug(resource_type, **fields):
    return {"resourceType": resource_type, "id": "m1", "status": "active", "subject": SUBJECT, **fields}


# --- patient ---------------------------------------------------------------------------------------------------------


def patient(**fields):
    return {"resourceType": "Patient", "id": "p1", "name": [{"family": "Ash", "given": ["Ida", None]}], **fields}


def test_a_patient_is_demographics_and_the_identifiers_that_meet_in_it(read):
    race = {
        "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
        "extension": [{"url": "ombCategory", "valueCoding": {"display": "Asian"}}],
    }
    record = read(
        patient(
            gender="female",
            birthDate="1950-04",
            extension=[race],
            maritalStatus={"coding": [{"code": "W"}]},
            communication=[{"language": {"text": "German"}}],
            identifier=[
                {"system": "urn:mrn", "value": "77"},
                {"system": "urn:insurer", "value": "family-1", "type": {"coding": [{"code": "SN"}]}},
            ],
            link=[
                {"other": {"reference": "Patient/p0"}, "type": "replaces"},
                {"other": {"reference": "Patient/p9"}, "type": "seealso"},
                {"other": {"reference": "RelatedPerson/r"}, "type": "seealso"},
            ],
        )
    )
    (event,) = record.events
    facts = {a.name: a.value for a in event.attributes}
    assert facts["name"] == "Ida Ash"
    assert facts["birth_date"] == parse_instant("1950-04")
    assert (facts["race"], facts["marital_status"], facts["language"]) == ("Asian", "widowed", "German")
    others = ("urn:mrn|77", "Patient/p0", "Patient/p9")
    assert record.links == tuple(PatientLink(("Patient/p1", o), system="fhir", record_id="Patient/p1") for o in others)
    assert record.leftovers == ("link to something else than a Patient",)


def test_a_death_is_an_event_of_its_own_time(read):
    _, death = read(patient(deceasedDateTime="2024-05-02")).events
    assert (death.kind, death.natural_key) == (EventKind.DEATH, "Patient/p1#deceased")
    assert death.available_time == parse_instant("2024-05-03T00:00:00")


def test_a_later_version_that_lives_takes_the_death_back(read):
    _, death = read(patient(deceasedBoolean=False, meta={"versionId": "3"})).events
    assert (death.status, death.version) == (EventStatus.ENTERED_IN_ERROR, 3)
    assert len(read(patient(deceasedBoolean=False)).events) == 1


# --- encounter -------------------------------------------------------------------------------------------------------


def encounter(**fields):
    return {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "subject": SUBJECT,
        "class": {"code": "IMP", "display": "inpatient encounter"},
        "period": {"start": "2024-03-01T10:00:00Z", "end": "2024-03-09T12:00:00Z"},
        "hospitalization": {"admitSource": {"text": "Emergency"}, "dischargeDisposition": {"text": "Home"}},
        **fields,
    }


def test_a_finished_stay_is_told_as_at_admission_and_as_at_discharge(read):
    admission, discharge = read(encounter()).events
    assert (admission.end_time, admission.attribute("discharge_location")) == (None, None)
    assert admission.attribute("admission_location") == "Emergency"
    assert admission.available_time == admission.time
    assert discharge.available_time == discharge.end_time == parse_instant("2024-03-09T12:00:00Z")
    assert discharge.attribute("discharge_location") == "Home"
    assert admission.natural_key == discharge.natural_key
    assert admission.version is discharge.version is None


def test_a_visit_knows_its_hospital_and_no_sentence_says_it(read):
    named = {"reference": "Organization/h1", "display": "General Hospital"}
    for provider, hospital in ((named, "General Hospital"), ({"reference": "Organization/h1"}, "h1")):
        events = read(encounter(serviceProvider=provider)).events
        assert [event.attribute("hospital") for event in events] == [hospital, hospital]
        assert [sentence(event) for event in events] == [sentence(event) for event in read(encounter()).events]


def test_both_tellings_of_a_newer_version_stand_above_the_older_one(read):
    older = read(encounter(meta={"versionId": "1"}, period={"start": "2024-03-01T10:00:00Z"})).events
    newer = read(encounter(meta={"versionId": "2"})).events
    assert max(e.version for e in older) < min(e.version for e in newer)


def test_units_inside_a_stay_are_transfers_and_icu_stays(read):
    place = {"location": {"reference": "Location/w7"}, "period": {"start": "2024-03-01T10:00:00Z"}}
    *_, move = read(encounter(location=[place])).events
    assert (move.kind, move.code_reference, move.encounter) == (EventKind.TRANSFER, "Location/w7", "e1")
    icu = read(encounter(id="e2", partOf={"reference": "Encounter/e1"}, type=[{"coding": [{"code": "305351004"}]}]))
    assert {(e.kind, e.encounter) for e in icu.events} == {(EventKind.ICU_STAY, "e1")}


@pytest.mark.parametrize("status", ["planned", "reserved"])
def test_a_bed_that_is_only_planned_is_no_move_that_happened(read, status):
    def place(unit, status):
        return {"location": {"display": unit}, "status": status, "period": {"start": "2024-03-01T10:00:00Z"}}

    places = [place("Ward 7", "active"), place("Ward 8", status)]
    *_, taken, planned = read(encounter(location=places)).events
    assert [e.status for e in (taken, planned)] == [EventStatus.FINAL, EventStatus.PRELIMINARY]
    assert [e.attribute("care_unit") for e in (taken, planned)] == ["Ward 7", "Ward 8"]
    *_, cancelled = read(encounter(location=places, status="cancelled")).events
    assert cancelled.status is EventStatus.CANCELLED
    in_intensive_care = encounter(location=places, type=[{"coding": [{"code": "305351004"}]}])
    assert read(in_intensive_care).events[1].attribute("last_care_unit") == "Ward 7"
    assert read(encounter(location=places[1:], status="planned")).events[-1].status is EventStatus.PRELIMINARY


def test_a_location_defines_the_name_of_a_unit(read):
    (unit,) = read({"resourceType": "Location", "id": "w7", "name": "Ward 7"}).definitions
    assert (unit.reference, unit.display) == ("Location/w7", "Ward 7")
    units = {(unit.system, unit.reference): unit}
    place = {"location": {"reference": "Location/w7"}, "period": {"start": "2024-03-01T10:00:00Z"}}
    *_, move = read(encounter(location=[place])).events
    assert resolved(move, units).attribute("care_unit") == "Ward 7"
    stay, *_ = read(encounter(location=[place], type=[{"coding": [{"code": "305351004"}]}])).events
    assert (stay.kind, resolved(stay, units).attribute("care_unit")) == (EventKind.ICU_STAY, "Ward 7")


# --- drugs -----------------------------------------------------------------------------------------------------------


def test_an_order_refers_to_its_drug_and_says_how_to_take_it(only):
    event = only(
        drug(
            "MedicationRequest",
            authoredOn="2024-03-01",
            medicationReference={"reference": "http://server/fhir/Medication/d1/_history/4"},
            dosageInstruction=[
                {
                    "text": "one tablet",
                    "route": {"coding": [{"code": "PO"}]},
                    "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                    "asNeededBoolean": True,
                    "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}],
                }
            ],
        )
    )
    assert event.code_reference == "Medication/d1"
    assert (event.quantity, event.text_value) == (Quantity("5", "mg"), "one tablet")
    assert event.attribute("frequency") == "2 times every 1 d as needed"
    assert (event.attribute("route"), event.attribute("order_status")) == ("PO", "active")


def dose(amount, unit="mg"):
    return [{"doseQuantity": {"value": amount, "unit": unit}}]


def order(*dosages, **fields):
    told = {"authoredOn": "2024-03-01", "medicationCodeableConcept": {"text": "X"}, "dosageInstruction": [*dosages]}
    return drug("MedicationRequest", **told, **fields)


def test_dose_route_frequency_and_rate_of_an_order_are_those_of_its_first_dosage(only):
    bolus = {"sequence": 1, "doseAndRate": dose(5), "route": {"text": "IV"}}
    drip = {
        "sequence": 2,
        "timing": {"repeat": {"period": 8, "periodUnit": "h"}},
        "doseAndRate": [{"doseRange": {"low": {"value": 1}, "high": {"value": 2}}, "rateQuantity": {"value": 3}}],
    }
    event = only(order(drip, bolus))
    assert (event.quantity, event.attribute("route")) == (Quantity("5", "mg"), "IV")
    assert (event.attribute("frequency"), event.attribute("rate")) == (None, None)
    assert event.text_value == "then 1 to 2 at 3 every 8 h"
    unnumbered = [{"doseAndRate": dose(n)} for n in (5, 10)]
    assert only(order({**unnumbered[0], "sequence": 1}, unnumbered[1])).quantity == Quantity("5", "mg")
    together = only(order(*({**each, "sequence": 1} for each in unnumbered)))
    assert together.text_value == "and 10 mg"


def test_a_dosage_says_at_most_how_much(only):
    limits = {
        "maxDosePerPeriod": {"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 24, "unit": "h"}},
        "maxDosePerAdministration": {"value": 1, "unit": "g"},
    }
    assert (
        only(order({"text": "for pain", **limits})).text_value
        == "for pain\nat most 4 g per 24 h\nat most 1 g at a time"
    )


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        ({"repeat": {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}}, "every 4 to 6 h"),
        ({"repeat": {"frequency": 1, "frequencyMax": 3, "period": 1, "periodUnit": "d"}}, "1 to 3 times every 1 d"),
        ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon"]}}, "on Monday"),
        ({"repeat": {"period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "fri"]}}, "every 1 wk on Monday, Friday"),
        ({"repeat": {"timeOfDay": ["08:00:00", "20:30:00"]}}, "at 08:00, 20:30"),
        ({"repeat": {"when": ["ACM"], "offset": 30}}, "30 min ACM"),
        ({"repeat": {"count": 1}}, "once"),
        ({"repeat": {"period": 8, "periodUnit": "h", "count": 3, "countMax": 5}}, "every 8 h 3 to 5 times in all"),
        ({"repeat": {"duration": 30, "durationUnit": "min", "period": 1, "periodUnit": "d"}}, "every 1 d over 30 min"),
        ({"code": {"text": "BID"}, "repeat": {"boundsDuration": {"value": 10, "unit": "d"}}}, "BID for 10 d"),
        ({"repeat": {"boundsRange": {"high": {"value": 2, "unit": "wk"}}}}, "for up to 2 wk"),
        ({"event": ["2024-03-02", "2024-03-04"]}, "at 2024-03-02, 2024-03-04"),
    ],
)
def test_how_often_a_drug_is_ordered_is_said_whole(only, timing, words):
    assert only(order({"timing": timing})).attribute("frequency") == words


def bounded(start, end):
    return {"timing": {"repeat": {"boundsPeriod": {"start": start, "end": end}}}}


def test_an_order_in_steps_ends_with_the_last_of_them(read):
    steps = [bounded("2024-03-01", "2024-03-07"), bounded("2024-03-08", "2024-03-14")]
    record = read(order(*steps))
    assert record.events[-1].end_time == parse_instant("2024-03-14")
    assert record.leftovers == ("timing.repeat.boundsPeriod of a dosage",)
    assert read(order(steps[0], {"text": "then as needed"})).events[-1].end_time is None


def test_dates_of_a_dosage_that_nothing_tells_are_left_over(read):
    step = bounded("2024-03-01", "2024-03-07")
    validity = {"dispenseRequest": {"validityPeriod": {"start": "2024-03-01"}}}
    assert read(order(step)).leftovers == ()
    assert read(order(step, **validity)).leftovers == ("timing.repeat.boundsPeriod of a dosage",)
    assert read(drug("MedicationStatement", dosage=[step])).leftovers == ("timing.repeat.boundsPeriod of a dosage",)
    dispensed = drug("MedicationDispense", dosageInstruction=[step])
    assert read(dispensed).leftovers == ("timing.repeat.boundsPeriod of a dosage",)


def test_a_stopped_order_is_known_as_stopped_only_at_its_end(read):
    ordered, stopped = read(
        drug(
            "MedicationRequest",
            status="stopped",
            authoredOn="2024-03-01T08:00:00Z",
            medicationCodeableConcept={"text": "Heparin"},
            dispenseRequest={"validityPeriod": {"start": "2024-03-01T09:00:00Z", "end": "2024-03-04T09:00:00Z"}},
        )
    ).events
    assert (ordered.end_time, ordered.attribute("order_status")) == (None, None)
    assert ordered.available_time == parse_instant("2024-03-01T08:00:00Z")
    assert (stopped.available_time, stopped.attribute("order_status")) == (stopped.end_time, "stopped")


def test_a_contained_drug_names_its_order(only):
    contained = {"resourceType": "Medication", "id": "d", "code": {"coding": [{"code": "1", "display": "Aspirin"}]}}
    event = only(drug("MedicationRequest", contained=[contained], medicationReference={"reference": "#d"}))
    assert (event.name, event.code_reference, event.codings) == ("Aspirin", "", (Coding("", "1", "Aspirin"),))


def test_an_infusion_is_charted_at_its_end(only):
    event = only(
        drug(
            "MedicationAdministration",
            effectivePeriod={"start": "2024-03-01T08:00:00Z", "end": "2024-03-01T10:00:00Z"},
            context={"reference": "Encounter/e1"},
            medicationCodeableConcept={"text": "Norepinephrine"},
            dosage={"dose": {"value": 4, "unit": "mg"}, "rateQuantity": {"value": 0.05, "unit": "ug/kg/min"}},
        )
    )
    assert (event.kind, event.encounter) == (EventKind.MEDICATION_ADMINISTRATION, "e1")
    assert event.available_time == parse_instant("2024-03-01T10:00:00Z")
    assert event.attribute("rate") == Quantity("0.05", "ug/kg/min")


def test_a_fluid_is_an_intake(only):
    category = {"coding": [{"code": "Intake"}]}
    event = only(drug("MedicationAdministration", category=category, medicationCodeableConcept={"text": "Saline"}))
    assert (event.kind, event.attribute("category")) == (EventKind.INTAKE, "Intake")


def test_a_dose_that_was_not_given_is_cancelled(only):
    event = only(drug("MedicationAdministration", status="not-done", medicationCodeableConcept={"text": "X"}))
    assert (event.status, event.attribute("administration")) == (EventStatus.CANCELLED, "not-done")


def test_a_medication_is_a_definition(read):
    (definition,) = read(
        {
            "resourceType": "Medication",
            "id": "d1",
            "code": {"coding": [{"system": "rx", "code": "1"}]},
            "ingredient": [{"itemCodeableConcept": {"text": "Amoxicillin"}}, {"itemReference": {"display": "Water"}}],
            "form": {"text": "tablet"},
        }
    ).definitions
    assert (definition.reference, definition.display) == ("Medication/d1", "Amoxicillin + Water")


# --- the others ------------------------------------------------------------------------------------------------------


def test_a_note_keeps_its_text_and_names_what_is_no_text(only):
    text = base64.b64encode(b"<p>Fever &amp; cough</p>").decode()
    event = only(
        {
            "resourceType": "DocumentReference",
            "id": "n1",
            "status": "current",
            "subject": SUBJECT,
            "date": "2024-03-09T15:00:00Z",
            "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5", "display": "Discharge summary"}]},
            "author": [{"display": "Dr. Ash"}],
            "content": [
                {"attachment": {"contentType": "text/html", "data": text}},
                {"attachment": {"contentType": "application/pdf", "data": text}},
            ],
        }
    )
    assert event.text_value == "Fever & cough\n\n[application/pdf without text]"
    assert (event.kind, event.name, event.attribute("author")) == (EventKind.NOTE, "Discharge summary", "Dr. Ash")


def test_a_note_too_long_for_one_event_goes_on_in_others(read):
    text = base64.b64encode(b"x" * 600_000).decode()
    note = {"resourceType": "DocumentReference", "id": "n1", "subject": SUBJECT, "status": "current"}
    events = read({**note, "content": [{"attachment": {"data": text}}]}).events
    assert "".join(e.text_value for e in events) == "x" * 600_000
    assert len({e.natural_key for e in events}) == len(events) == 3


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (
            {"resourceType": "Procedure", "status": "not-done", "code": {"text": "Appendectomy"}},
            (EventKind.PROCEDURE, "Appendectomy", EventStatus.CANCELLED),
        ),
        (
            {"resourceType": "AllergyIntolerance", "code": {"text": "Penicillin"}, "category": ["medication"]},
            (EventKind.ALLERGY, "Penicillin", EventStatus.UNSPECIFIED),
        ),
        (
            {"resourceType": "Immunization", "status": "completed", "vaccineCode": {"text": "Influenza"}},
            (EventKind.IMMUNIZATION, "Influenza", EventStatus.FINAL),
        ),
        (
            {"resourceType": "DiagnosticReport", "status": "amended", "code": {"text": "Chest X-ray"}},
            (EventKind.REPORT, "Chest X-ray", EventStatus.CORRECTED),
        ),
        (
            {"resourceType": "Specimen", "status": "available", "type": {"text": "Urine"}},
            (EventKind.SPECIMEN, "Urine", EventStatus.FINAL),
        ),
        (
            {
                "resourceType": "Condition",
                "code": {"text": "Sepsis"},
                "verificationStatus": {"coding": [{"code": "entered-in-error"}]},
            },
            (EventKind.CONDITION, "Sepsis", EventStatus.ENTERED_IN_ERROR),
        ),
    ],
)
def test_name_kind_and_status_of_the_other_resources(only, resource, expected):
    event = only({"id": "r1", "subject": SUBJECT, "patient": SUBJECT, **resource})
    assert (event.kind, event.name, event.status) == expected


def test_a_fact_without_a_code_is_told_by_its_narrative(only):
    narrative = {"status": "additional", "div": "<div>Routine <b>appendectomy</b></div>"}
    event = only({"resourceType": "Procedure", "id": "r1", "subject": SUBJECT, "text": narrative})
    assert event.text_value == "Routine appendectomy"


# --- what is no fact --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"intent": "order"}, EventStatus.FINAL),
        ({"intent": "plan"}, EventStatus.FINAL),
        ({"intent": "proposal"}, EventStatus.PRELIMINARY),
        ({"intent": "order", "doNotPerform": True}, EventStatus.CANCELLED),
        ({"intent": "plan", "status": "cancelled"}, EventStatus.CANCELLED),
        ({"intent": "plan", "status": "entered-in-error"}, EventStatus.ENTERED_IN_ERROR),
    ],
)
def test_an_order_that_is_none_says_so(only, fields, status):
    assert only(drug("MedicationRequest", medicationCodeableConcept={"text": "X"}, **fields)).status == status


def test_why_a_drug_was_not_given_and_what_follows_the_first_dose_is_told(only):
    doses = [
        {"doseAndRate": [{"doseQuantity": {"value": n, "unit": "mg"}}], "route": {"text": "oral"}} for n in (5, 10)
    ]
    event = only(drug("MedicationStatement", statusReason=[{"text": "nausea"}], dosage=doses))
    assert (event.quantity, event.text_value) == (Quantity("5", "mg"), "then 10 mg oral\nstatus reason: nausea")


NO_ALLERGY = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}]}


def test_that_no_allergy_is_known_is_an_observation_and_no_allergy(only):
    event = only({"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "code": NO_ALLERGY})
    assert (event.kind, event.name) == (EventKind.VITAL, "No known allergy")
    assert event.natural_key == "AllergyIntolerance/a"


@pytest.mark.parametrize("name", ["NKDA", "No known drug allergies", "no allergies"])
def test_that_no_allergy_is_known_may_be_said_by_a_name_alone(only, name):
    named = {"id": "a", "patient": SUBJECT, "subject": SUBJECT, "code": {"text": name}}
    for resource_type in ("AllergyIntolerance", "Condition"):
        event = only({"resourceType": resource_type, **named})
        assert (event.kind, event.name) == (EventKind.VITAL, name)
    assert only({"resourceType": "AllergyIntolerance", **named, "code": {"text": "Nuts"}}).kind is EventKind.ALLERGY


def test_what_names_a_finding_or_did_harm_is_no_absence_whatever_else_it_says(only):
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "code": NO_ALLERGY}
    harmed = {"reaction": [{"manifestation": [{"text": "Hives"}]}]}
    excepted = {"code": {"text": "No known drug allergies except penicillin"}}
    for said in (harmed, {"criticality": "high"}, excepted):
        assert only({**allergy, **said}).kind is EventKind.ALLERGY
    named = {"code": {"text": "No allergic reaction; anaphylaxis to bee venom"}}
    assert only({"resourceType": "Condition", "id": "c", "subject": SUBJECT, **named}).kind is EventKind.CONDITION


def test_labels_of_confidentiality_stay_on_every_event(read):
    labels = [{"code": "R"}, {"code": "N"}, {"code": "HIV"}]
    condition = {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "meta": {"security": labels}}
    (event,) = read(condition).events
    assert event.attribute("confidentiality") == "restricted; HIV"
    (event,) = read({**condition, "meta": {}}).events
    assert event.attribute("confidentiality") is None


def test_extensions_are_read_known_or_left_over(read):
    birth_sex = {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "F"}
    place = {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": {"city": "Ulm"}}
    known = read(patient(extension=[birth_sex, place], _birthDate={"extension": [{"url": "x", "valueCode": "y"}]}))
    assert (known.events[0].attribute("birth_sex"), known.leftovers) == ("F", ())
    assert read(patient(extension=[{"url": "http://elsewhere"}])).leftovers == ("an extension that is not known",)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"onsetAge": {"value": 52, "unit": "a"}}, "onset: 52 a"),
        (
            {"onsetRange": {"low": {"value": 1, "unit": "a"}}, "abatementString": "in spring"},
            "onset: from 1 a\nabated: in spring",
        ),
        ({"abatementAge": {"value": 54, "unit": "a"}}, "abated: 54 a"),
    ],
)
def test_onsets_and_ends_that_are_no_dates_are_words(only, fields, words):
    assert only({"resourceType": "Condition", "id": "c", "subject": SUBJECT, **fields}).text_value == words


def test_a_condition_without_a_date_of_record_has_the_one_it_was_asserted(only):
    asserted = {"url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate", "valueDateTime": "2024-03-01"}
    event = only({"resourceType": "Condition", "id": "c", "subject": SUBJECT, "extension": [asserted]})
    assert event.time == parse_instant("2024-03-01")
