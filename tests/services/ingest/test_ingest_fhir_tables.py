"""The resource types that are read by a table: each with what a record of it says, and what it must not say."""

import json

import pytest

from chartline.record.event import Coding, EventStatus, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant
from services.ingest.parsers import parse
from services.ingest.parsers.fhir.readers import READERS
from services.ingest.parsers.fhir.table import TABLES
from services.ingest.parsers.fhir.types import WITHOUT_EVENTS

SUBJECT = {"reference": "Patient/p1"}
K, S = EventKind, EventStatus


def text(said):
    return {"text": said}


#: A resource, and of each of its facts: kind, name, status, attributes.
FAMILIES = [
    (
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "code": text("CT of head"),
            "category": [text("Imaging")],
            "priority": "urgent",
            "reasonReference": [{"display": "Headache"}],
            "bodySite": [text("Head")],
        },
        [
            (
                K.SERVICE_REQUEST,
                "CT of head",
                S.FINAL,
                {
                    "category": "Imaging",
                    "priority": "urgent",
                    "reason": "Headache",
                    "order_status": "active",
                    "body_site": "Head",
                },
            )
        ],
    ),
    (
        {"resourceType": "ServiceRequest", "status": "active", "intent": "proposal", "code": text("CT")},
        [(K.SERVICE_REQUEST, "CT", S.PRELIMINARY, {"order_status": "active"})],
    ),
    (
        {"resourceType": "ServiceRequest", "status": "active", "doNotPerform": True, "code": text("CT")},
        [(K.SERVICE_REQUEST, "CT", S.CANCELLED, {"order_status": "active"})],
    ),
    (
        {
            "resourceType": "NutritionOrder",
            "status": "active",
            "oralDiet": {"type": [text("Low sodium")]},
            "excludeFoodModifier": [text("nuts")],
        },
        [(K.SERVICE_REQUEST, "Low sodium", S.FINAL, {"order_status": "active", "category": "diet"})],
    ),
    (
        {
            "resourceType": "Appointment",
            "status": "booked",
            "serviceType": [text("Cardiology")],
            "participant": [
                {"actor": {"reference": "Patient/p1"}},
                {"actor": {"reference": "Practitioner/d", "display": "Dr. Ash"}},
                {"actor": {"reference": "Location/l", "display": "Room 3"}},
            ],
        },
        [
            (
                K.APPOINTMENT,
                "Cardiology",
                S.FINAL,
                {"appointment_status": "booked", "location": "Room 3", "practitioner": "Dr. Ash"},
            )
        ],
    ),
    (
        {"resourceType": "Appointment", "status": "noshow", "participant": [{"actor": SUBJECT}]},
        [(K.APPOINTMENT, "appointment", S.CANCELLED, {"appointment_status": "noshow"})],
    ),
    (
        {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "plan",
            "title": "Weight plan",
            "activity": [
                {"detail": {"status": "completed", "code": text("Weighing")}},
                {"detail": {"status": "not-started", "code": text("Dietitian")}},
                {"detail": {"status": "in-progress", "code": text("Smoking"), "doNotPerform": True}},
                {"reference": {"reference": "Task/t"}},
            ],
        },
        [
            (K.CARE_PLAN, "Weight plan", S.FINAL, {"plan_status": "active"}),
            (K.CARE_PLAN, "Weighing", S.FINAL, {"plan_status": "completed"}),
            (K.CARE_PLAN, "Dietitian", S.PRELIMINARY, {"plan_status": "not-started"}),
            (K.CARE_PLAN, "Smoking", S.CANCELLED, {"plan_status": "in-progress"}),
        ],
    ),
    (
        {"resourceType": "CareTeam", "status": "active", "name": "Team A", "participant": [{"role": [text("Nurse")]}]},
        [(K.CARE_PLAN, "Team A", S.FINAL, {"plan_status": "active", "category": "care team"})],
    ),
    (
        {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": text("Lose weight"),
            "achievementStatus": {"coding": [{"code": "improving"}]},
            "target": [{"measure": text("Weight"), "detailQuantity": {"value": 80, "unit": "kg"}}],
        },
        [
            (
                K.CARE_PLAN,
                "Lose weight",
                S.FINAL,
                {"plan_status": "active", "target": "Weight; 80 kg", "achievement": "improving", "category": "goal"},
            )
        ],
    ),
    (
        {"resourceType": "EpisodeOfCare", "status": "planned", "type": [text("Home care")]},
        [(K.CARE_PLAN, "Home care", S.PRELIMINARY, {"plan_status": "planned", "category": "episode of care"})],
    ),
    (
        {
            "resourceType": "ImmunizationRecommendation",
            "recommendation": [
                {"vaccineCode": [text("Tetanus")], "forecastStatus": {"coding": [{"code": "due"}]}},
                {"vaccineCode": [text("Measles")], "forecastStatus": {"coding": [{"code": "immune"}]}},
            ],
        },
        [
            (
                K.CARE_PLAN,
                f"recommended: {vaccine}",
                status,
                {"category": "immunization recommendation", "plan_status": forecast},
            )
            for vaccine, status, forecast in (
                ("Tetanus", S.UNSPECIFIED, "due"),
                ("Measles", S.CANCELLED, "immune"),
            )
        ],
    ),
    (
        {
            "resourceType": "FamilyMemberHistory",
            "status": "completed",
            "relationship": text("father"),
            "condition": [
                {"code": text("Stroke"), "onsetAge": {"value": 56, "unit": "a"}, "outcome": text("died")},
                {"code": text("Gout"), "onsetString": "late"},
            ],
        },
        [
            (K.FAMILY_HISTORY, "Stroke", S.FINAL, {"relationship": "father", "onset": "56 a", "outcome": "died"}),
            (K.FAMILY_HISTORY, "Gout", S.FINAL, {"relationship": "father", "onset": "late"}),
        ],
    ),
    (
        {"resourceType": "FamilyMemberHistory", "status": "health-unknown", "relationship": text("mother")},
        [(K.FAMILY_HISTORY, "mother", S.FINAL, {"relationship": "mother"})],
    ),
    (
        {
            "resourceType": "DeviceUseStatement",
            "status": "active",
            "device": {"display": "Pacemaker"},
            "bodySite": text("Chest"),
        },
        [(K.DEVICE, "Pacemaker", S.FINAL, {"body_site": "Chest", "device_status": "active"})],
    ),
    (
        {"resourceType": "DeviceRequest", "status": "active", "intent": "order", "codeCodeableConcept": text("Walker")},
        [(K.DEVICE, "Walker", S.FINAL, {"device_status": "ordered"})],
    ),
    (
        {"resourceType": "Device", "status": "active", "deviceName": [{"name": "Stent"}]},
        [(K.DEVICE, "Stent", S.FINAL, {"device_status": "active"})],
    ),
    (
        {
            "resourceType": "SupplyDelivery",
            "status": "completed",
            "suppliedItem": {"itemCodeableConcept": text("Strips"), "quantity": {"value": 50}},
        },
        [(K.DEVICE, "Strips", S.FINAL, {"category": "supply"})],
    ),
    (
        {
            "resourceType": "ImagingStudy",
            "status": "available",
            "description": "CT Chest",
            "series": [{"modality": {"code": "CT"}, "bodySite": {"code": "1", "display": "Chest"}}],
        },
        [(K.PROCEDURE, "CT Chest", S.FINAL, {"category": "CT", "body_site": "Chest"})],
    ),
    (
        {"resourceType": "AdverseEvent", "actuality": "actual", "event": text("Rash"), "severity": text("mild")},
        [(K.CONDITION, "Rash", S.UNSPECIFIED, {"severity": "mild", "category": "adverse event"})],
    ),
    (
        {"resourceType": "AdverseEvent", "actuality": "potential", "event": text("Fall")},
        [(K.CONDITION, "Fall", S.CANCELLED, {"category": "adverse event"})],
    ),
    (
        {
            "resourceType": "RiskAssessment",
            "status": "final",
            "method": text("Framingham"),
            "prediction": [
                {
                    "outcome": {"coding": [{"system": "s", "code": "c", "display": "Infarction"}]},
                    "probabilityDecimal": 0.1,
                }
            ],
        },
        [(K.VITAL, "risk of Infarction", S.FINAL, {"method": "Framingham", "category": "risk assessment"})],
    ),
    (
        {"resourceType": "ImmunizationEvaluation", "status": "completed", "targetDisease": text("Polio")},
        [(K.VITAL, "Polio", S.FINAL, {"category": "immunization evaluation"})],
    ),
    (
        {"resourceType": "Flag", "status": "active", "code": text("Falls risk"), "author": {"display": "RN"}},
        [(K.NOTE, "Falls risk", S.FINAL, {"author": "RN", "category": "flag"})],
    ),
    (
        {"resourceType": "BodyStructure", "active": False, "location": text("Spleen")},
        [(K.NOTE, "Spleen", S.CANCELLED, {"category": "body structure"})],
    ),
    *[
        (
            {"resourceType": resource_type, "status": status, **fields},
            [(K.NOTE, name, S.FINAL, {"category": category})],
        )
        for resource_type, status, fields, name, category in (
            ("ClinicalImpression", "completed", {}, "clinical impression", "clinical impression"),
            ("Communication", "completed", {"topic": text("Result")}, "Result", "communication"),
            ("DetectedIssue", "final", {"code": text("Interaction")}, "Interaction", "detected issue"),
            ("Consent", "active", {"category": [text("DNR")]}, "DNR", "consent"),
            ("List", "current", {"title": "Problems"}, "Problems", "list"),
        )
    ],
    (
        {"resourceType": "Media", "status": "completed", "type": text("Photo"), "modality": text("XC")},
        [(K.NOTE, "Photo", S.FINAL, {"category": "XC"})],
    ),
    (
        {"resourceType": "CommunicationRequest", "status": "active", "category": [text("Reminder")]},
        [(K.SERVICE_REQUEST, "Reminder", S.FINAL, {"order_status": "active", "category": "communication"})],
    ),
    (
        {"resourceType": "VisionPrescription", "status": "active", "lensSpecification": [{"product": text("Lens")}]},
        [(K.SERVICE_REQUEST, "Lens", S.FINAL, {"order_status": "active", "category": "vision prescription"})],
    ),
]


@pytest.mark.parametrize(("resource", "expected"), FAMILIES, ids=lambda case: str(case)[:40])
def test_what_each_family_says(read, resource, expected):
    record = read({"id": "r1", "subject": SUBJECT, "patient": SUBJECT, **resource})
    said = [(e.kind, e.name, e.status, {a.name: a.value for a in e.attributes}) for e in record.events]
    assert said == expected
    assert {e.patient for e in record.events} == {"Patient/p1"}
    assert len({e.natural_key for e in record.events}) == len(expected)
    assert record.events[0].source.record_id == f"{resource['resourceType']}/r1"


def test_every_table_is_tried():
    tried = {resource["resourceType"] for resource, _ in FAMILIES}
    assert set(TABLES) - tried == set()


def test_every_type_has_one_way():
    assert not READERS.keys() & WITHOUT_EVENTS.keys()
    assert len(READERS) + len(WITHOUT_EVENTS) >= 147


@pytest.mark.parametrize("resource_type", sorted(READERS))
def test_every_family_can_be_entered_in_error(resource_type):
    wrong = {"coding": [{"code": "entered-in-error"}]}
    fields = {"status": "entered-in-error", "verificationStatus": wrong, "lifecycleStatus": "entered-in-error"}
    whose = {"participant": [{"actor": SUBJECT}]} if resource_type == "Appointment" else {}
    resource = {"resourceType": resource_type, "id": "r", "subject": SUBJECT, "patient": SUBJECT, **fields, **whose}
    record = parse("fhir", json.dumps(resource).encode())
    states = {e.status for e in record.events}
    stateless = {"Patient", "AdverseEvent", "BodyStructure", "ImmunizationRecommendation"}
    if resource_type not in stateless | {"Location", "Medication"}:
        assert states == {EventStatus.ENTERED_IN_ERROR}


# --- times -----------------------------------------------------------------------------------------------------------


def test_a_planned_event_is_known_when_it_is_planned(only):
    appointment = only(
        {
            "resourceType": "Appointment",
            "id": "a",
            "status": "booked",
            "created": "2024-03-01T09:00:00Z",
            "start": "2024-04-01T09:00:00Z",
            "end": "2024-04-01T10:00:00Z",
            "participant": [{"actor": SUBJECT}],
        }
    )
    assert appointment.time == parse_instant("2024-04-01T09:00:00Z")
    assert appointment.available_time == parse_instant("2024-03-01T09:00:00Z")


def test_the_end_of_a_plan_is_told_when_it_comes(read):
    begun, ended = read(
        {
            "resourceType": "CareTeam",
            "id": "t",
            "status": "inactive",
            "subject": SUBJECT,
            "period": {"start": "2024-03-01T09:00:00Z", "end": "2024-04-01T09:00:00Z"},
        }
    ).events
    assert (begun.end_time, begun.attribute("plan_status")) == (None, None)
    assert begun.available_time == parse_instant("2024-03-01T09:00:00Z")
    assert (ended.available_time, ended.attribute("plan_status")) == (ended.end_time, "inactive")


@pytest.mark.parametrize(
    ("occurrence", "start", "end"),
    [
        ({"occurrenceDateTime": "2024-03"}, "2024-03", None),
        ({"occurrencePeriod": {"start": "2024-03-01", "end": "2024-03-02"}}, "2024-03-01", "2024-03-02"),
        ({"occurrenceTiming": {"event": ["2024-03-01T08:00:00Z"]}}, "2024-03-01T08:00:00Z", None),
        ({"occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2024-03-01"}}}}, "2024-03-01", None),
        ({"occurrenceTiming": {"code": {"text": "BID"}}}, "2024-02-01", None),
        ({}, "2024-02-01", None),
    ],
)
def test_every_kind_of_occurrence(only, occurrence, start, end):
    order = {"resourceType": "ServiceRequest", "id": "s", "subject": SUBJECT, "code": text("X"), **occurrence}
    event = only({**order, "authoredOn": "2024-02-01"})
    assert event.time == parse_instant(start)
    assert event.end_time == (parse_instant(end) if end else None)


# --- references ------------------------------------------------------------------------------------------------------


def test_a_device_defines_itself_for_the_statements_of_its_use(read):
    device = {
        "resourceType": "Device",
        "id": "d",
        "type": {"coding": [{"system": "s", "code": "1", "display": "Pump"}]},
    }
    record = read(device)
    assert (record.events, record.definitions[0].display) == ((), "Pump")
    used = read(
        {"resourceType": "DeviceUseStatement", "id": "u", "subject": SUBJECT, "device": {"reference": "Device/d"}}
    )
    assert used.events[0].code_reference == record.definitions[0].reference == "Device/d"


def test_contained_resources_lend_their_names(only):
    event = only(
        {
            "resourceType": "DeviceUseStatement",
            "id": "u",
            "subject": {"reference": "#p"},
            "device": {"reference": "#d"},
            "reasonReference": [{"reference": "#c"}],
            "contained": [
                {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:mrn", "value": "7"}]},
                {"resourceType": "Device", "id": "d", "type": {"text": "Pump"}},
                {"resourceType": "Condition", "id": "c", "code": {"text": "Diabetes"}},
            ],
        }
    )
    assert (event.patient, event.name, event.code_reference) == ("urn:mrn|7", "Pump", "")
    assert event.attribute("reason") == "Diabetes"


@pytest.mark.parametrize(
    ("subject", "patient"),
    [
        ({"reference": "http://server/fhir/Patient/1/_history/2"}, "Patient/1"),
        ({"reference": "urn:uuid:1"}, "Patient/1"),
        ({"reference": "Patient?identifier=urn:mrn|1"}, "urn:mrn|1"),
        ({"reference": "Patient?active=true&identifier=urn:mrn%7C1"}, "urn:mrn|1"),
        ({"identifier": {"system": "urn:mrn", "value": "1"}}, "urn:mrn|1"),
        ({"identifier": {"system": "urn:mrn", "value": "1"}, "type": "Group"}, ""),
        ({"reference": "Group/1"}, ""),
        ({"reference": "#nobody"}, ""),
    ],
)
def test_every_way_to_name_a_patient(subject, patient):
    for resource_type in ("Procedure", "ServiceRequest"):
        resource = {"resourceType": resource_type, "id": "r", "subject": subject, "code": text("X")}
        record = parse("fhir", json.dumps(resource).encode())
        assert [e.patient for e in record.events] == ([patient] if patient else [])
        assert bool(record.without_events_reason) == (not patient)


# --- values ----------------------------------------------------------------------------------------------------------


def test_numbers_keep_their_text():
    payload = b"""{"resourceType": "RiskAssessment", "id": "r", "subject": {"reference": "Patient/p"},
        "prediction": [{"outcome": {"text": "Death"}, "probabilityDecimal": 0.10}]}"""
    (event,) = parse("fhir", payload).events
    assert event.quantity == Quantity("0.10")
    assert event.codings == ()


def test_codings_of_a_tabled_resource_are_all_kept(only):
    coded = {"coding": [{"system": "a", "code": "1"}, {"system": "b", "code": "2", "display": "B"}]}
    event = only({"resourceType": "ServiceRequest", "id": "s", "subject": SUBJECT, "code": coded})
    assert event.codings == (Coding("a", "1"), Coding("b", "2", "B"))
    assert event.name == "B"


def test_a_wrong_json_type_is_named_and_no_crash():
    resource = {"resourceType": "ServiceRequest", "id": "s", "subject": SUBJECT, "code": {"coding": [{"code": 7}]}}
    assert "not FHIR R4 JSON" in parse("fhir", json.dumps(resource).encode()).unreadable_reason
