from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartline.record.event import Event, EventStatus, Source
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant
from services.ingest.parsers.fhir.knowing import known_at, told_twice

EARLY, LATE = parse_instant("2150-03-01T08:00:00Z"), parse_instant("2150-03-01T09:00:00Z")
EVENT = Event("Patient/p", EventKind.CONDITION, Source("fhir", "fhir", "Condition/1"), "Condition/1", time=EARLY)


def test_the_later_of_the_stated_and_the_clinical_time_counts():
    assert known_at(EARLY, LATE, None) == known_at(LATE, EARLY, None) == LATE


def test_a_partial_date_is_known_when_it_is_over():
    assert known_at(None, parse_instant("2150-02"), None) == parse_instant("2150-03-01T00:00:00")


def test_the_date_of_an_export_neither_hides_nor_dates_a_fact():
    assert known_at(EARLY, None, parse_instant("2024-01-01T00:00:00Z")) == EARLY
    assert known_at(EARLY, None, parse_instant("2151-01-01T00:00:00Z")) == EARLY
    assert known_at(None, None, parse_instant("2151-01-01T00:00:00Z")) is None


def test_the_clock_of_a_live_server_dates_a_correction():
    corrected = parse_instant("2150-03-04T10:00:00Z")
    assert known_at(EARLY, None, corrected) == corrected


@given(st.integers(0, 2**40), st.integers(0, 10**12), st.none() | st.integers(0, 2**50))
def test_an_end_is_never_told_before_it_came(length, delay, version):
    end = replace(EARLY, unix_micros=EARLY.unix_micros + length)
    known = replace(EARLY, unix_micros=EARLY.unix_micros + delay)
    for told in told_twice(replace(EVENT, end_time=end, available_time=known, version=version), frozenset()):
        assert told.end_time is None or told.available_time.unix_micros >= end.unix_micros
        assert told.available_time.unix_micros >= known.unix_micros


def test_a_retraction_is_told_once():
    retracted = replace(EVENT, end_time=LATE, status=EventStatus.ENTERED_IN_ERROR)
    assert list(told_twice(retracted, frozenset())) == [retracted]


SUBJECT = {"reference": "Patient/p1"}
ENDED = {"end": "2024-03-05T09:00:00Z"}
END, STATED = parse_instant("2024-03-05T09:00:00Z"), "2024-03-03"


def ended(resource_type, **fields):
    return {"resourceType": resource_type, "id": "x", "subject": SUBJECT, "code": {"text": "X"}, **fields}


def taken(**fields):
    drug = {"medicationCodeableConcept": {"text": "X"}, "effectivePeriod": ENDED}
    return ended("MedicationStatement", **drug | fields)


@pytest.mark.parametrize(
    ("resource", "begun"),
    [
        (ended("Encounter", status="finished", period=ENDED), None),
        (taken(), None),
        (taken(dateAsserted="2024-05-01"), None),
        (taken(dateAsserted=STATED), STATED),
        (ended("MedicationRequest", dispenseRequest={"validityPeriod": ENDED}, authoredOn=STATED), STATED),
        (ended("MedicationRequest", dispenseRequest={"validityPeriod": ENDED}), None),
        (ended("Condition", recordedDate=STATED, abatementPeriod=ENDED), STATED),
        (ended("CareTeam", period=ENDED), None),
        (ended("CarePlan", period=ENDED, created=STATED), STATED),
        (ended("ServiceRequest", occurrencePeriod=ENDED, authoredOn=STATED), STATED),
    ],
)
def test_what_lasts_and_has_an_end_alone_ends_then_and_began_nobody_knows_when(read, resource, begun):
    event = read(resource).events[-1]
    assert (event.time, event.end_time) == (parse_instant(begun) if begun else None, END)


def test_a_move_with_an_end_alone_ends_then(read):
    *_, move = read(ended("Encounter", location=[{"location": {"display": "Ward 7"}, "period": ENDED}])).events
    assert (move.time, move.end_time, move.available_time) == (None, END, END)


def test_an_activity_with_an_end_alone_begins_with_its_plan(read):
    activity = {"detail": {"code": {"text": "Walking"}, "scheduledPeriod": ENDED}}
    events = read(ended("CarePlan", period={"start": STATED}, activity=[activity])).events
    assert {(e.time, e.end_time) for e in events if e.name == "Walking" and e.end_time} == {
        (parse_instant(STATED), END)
    }


OPEN = {"start": STATED, "end": "9999-12-31"}


@pytest.mark.parametrize(
    "resource",
    [
        ended("Encounter", status="in-progress", period=OPEN),
        taken(effectivePeriod={"start": STATED, "end": "9999-12-31T23:59:59Z"}),
        ended("MedicationRequest", dispenseRequest={"validityPeriod": OPEN}),
        ended("Condition", onsetDateTime=STATED, abatementDateTime="9999-12-31"),
        ended("CareTeam", period=OPEN),
    ],
)
def test_an_end_in_the_year_9999_is_none(only, resource):
    event = only(resource)
    assert (event.time, event.end_time) == (parse_instant(STATED), None)


def test_a_death_in_the_year_9999_is_none(read):
    patient = {"resourceType": "Patient", "id": "p1", "deceasedDateTime": "9999-12-31"}
    assert {event.kind for event in read(patient).events} == {EventKind.PATIENT}


@pytest.mark.parametrize("resource_type", ["Condition", "AllergyIntolerance"])
def test_an_onset_before_a_date_is_known_then_and_has_no_time(only, resource_type):
    event = only(ended(resource_type, patient=SUBJECT, onsetPeriod=ENDED))
    assert (event.time, event.end_time, event.available_time) == (None, None, END)


@pytest.mark.parametrize(
    "resource",
    [
        ended("Observation", effectivePeriod=ENDED),
        ended("DiagnosticReport", effectivePeriod=ENDED, issued="2024-03-06T09:00:00Z"),
        ended("Procedure", performedPeriod=ENDED),
        ended("MedicationAdministration", medicationCodeableConcept={"text": "X"}, effectivePeriod=ENDED),
        ended("Specimen", collection={"collectedPeriod": ENDED}, receivedTime="2024-03-06T09:00:00Z"),
        ended("SupplyDelivery", patient=SUBJECT, occurrencePeriod=ENDED),
    ],
)
def test_what_happens_and_does_not_last_is_dated_by_its_end(only, resource):
    assert (only(resource).time, only(resource).end_time) == (END, None)
