"""Facts of a visit without a date are known when the visit is over, whatever as_of asks."""

from dataclasses import replace

import pytest

from chartline.record.event import Event, Source
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant
from chartline.record.versions import states

ADMITTED, DISCHARGED = "2150-03-01T08:00:00Z", "2150-03-09T12:00:00Z"


def fact(kind, name, **fields):
    return Event("Patient/p", kind, Source("fhir", "fhir", name), name, event_key=name, **fields)


ADMISSION = fact(
    EventKind.ENCOUNTER,
    "Encounter/e",
    encounter="e",
    time=parse_instant(ADMITTED),
    available_time=parse_instant(ADMITTED),
    version=2,
)
DISCHARGE = replace(ADMISSION, end_time=parse_instant(DISCHARGED), available_time=parse_instant(DISCHARGED), version=3)
BILLED = fact(EventKind.CONDITION, "Condition/c", encounter="e")
DISPENSED = fact(EventKind.MEDICATION_DISPENSE, "MedicationDispense/d", encounter="e")
ALL = [BILLED, DISPENSED, ADMISSION, DISCHARGE]


def shown(versions, as_of=""):
    return {e.natural_key: e for e in states(versions, parse_instant(as_of) if as_of else None)}


@pytest.mark.parametrize("as_of", ["2150-02-01", ADMITTED, "2150-03-09T11:59:59Z"])
def test_before_the_discharge_nobody_knows_what_is_billed(as_of):
    assert shown(ALL, as_of).keys() <= {"Encounter/e"}


@pytest.mark.parametrize("as_of", [DISCHARGED, "2151-01-01", ""])
def test_from_the_discharge_on_it_stands_at_the_admission(as_of):
    found = shown(ALL, as_of)
    assert found["Condition/c"].time == parse_instant(ADMITTED)
    assert found["Condition/c"].available_time == parse_instant(DISCHARGED)
    assert found["MedicationDispense/d"].time is None
    assert found["MedicationDispense/d"].available_time == parse_instant(DISCHARGED)


def test_what_a_lasting_visit_holds_is_shown_now_alone():
    lasting = [BILLED, ADMISSION]
    assert shown(lasting)["Condition/c"] == BILLED
    assert "Condition/c" not in shown(lasting, "2150-03-05")


def test_a_date_of_its_own_and_an_unknown_visit_change_nothing():
    dated = replace(BILLED, time=parse_instant("2150-03-02"), available_time=parse_instant("2150-03-02"))
    assert shown([dated, ADMISSION, DISCHARGE], "2150-03-05")["Condition/c"] == dated
    elsewhere = replace(BILLED, encounter="other")
    assert shown([elsewhere, DISCHARGE], "2150-01-01")["Condition/c"] == elsewhere
