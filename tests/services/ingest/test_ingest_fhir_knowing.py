from dataclasses import replace

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
