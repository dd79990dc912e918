"""What has no date of its own is dated by its visit, and known when the visit's end is."""

from dataclasses import replace

import pytest
from record_charts import drug, event, icu_stay, visit

from chartline.record.chart import Chart
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.plan import StayType
from chartline.record.times import format_instant, parse_instant
from chartline.record.versions import states


def billed(encounter: str = "7") -> Event:
    return event(EventKind.CONDITION, "sepsis", key="billed", encounter=encounter)


def told(version: int, known: str, end: str | None = None, **attributes: str) -> Event:
    made = visit("7", "2100-03-01 08:00", end, **attributes)
    return replace(made, version=version, available_time=parse_instant(known))


ADMITTED = told(1, "2100-03-01 08:00")
DISCHARGED = told(2, "2100-03-09 13:00", "2100-03-09 12:00")


def shown(history: list[Event], as_of: str | None = None) -> tuple[str, str] | None:
    found = [e for e in states(history, parse_instant(as_of) if as_of else None) if e.display == "sepsis"]
    return next(
        (tuple("" if t is None else format_instant(t) for t in (e.time, e.available_time)) for e in found), None
    )


def test_a_billed_diagnosis_is_known_from_the_known_end_of_its_visit_on() -> None:
    history = [ADMITTED, DISCHARGED, billed()]
    assert shown(history, "2100-03-09 12:30") is None
    assert shown(history, "2100-03-09 13:00") == ("2100-03-01T08:00", "2100-03-09T13:00")
    assert shown(history) == shown(history[::-1]) == ("2100-03-01T08:00", "2100-03-09T13:00")


def test_an_end_told_in_advance_is_no_end_yet() -> None:
    planned = told(1, "2100-03-01 08:00", "2100-03-09 12:00")
    assert shown([planned, billed()], "2100-03-05") is None
    assert shown([planned, billed()], "2100-03-10") == ("2100-03-01T08:00", "2100-03-09T12:00")


@pytest.mark.parametrize("visits", [[], [ADMITTED], [visit("8", "2100-01-01", "2100-01-02")]])
def test_where_no_end_is_known_only_now_shows_it(visits: list[Event]) -> None:
    assert shown([*visits, billed()], "2100-12-31") is None
    assert shown([*visits, billed()]) == ("", "")


def test_an_icu_stay_dates_what_names_it() -> None:
    stay = icu_stay("icustays/9", "2100-03-02 08:00", "2100-03-03 08:00", known="2100-03-03 08:00")
    assert shown([stay, billed("9")]) == ("2100-03-02T08:00", "2100-03-03T08:00")


def test_what_is_not_billed_may_have_been_at_any_time_of_the_visit() -> None:
    dispensed = event(EventKind.MEDICATION_DISPENSE, "sepsis", key="dispensed", encounter="7")
    assert shown([ADMITTED, DISCHARGED, dispensed]) == ("", "2100-03-09T13:00")


def test_what_has_a_date_or_no_visit_stays_as_it_is() -> None:
    static = event(EventKind.ALLERGY, "latex", key="latex")
    dated = drug("aspirin", "2100-03-02 08:00", encounter="7")
    assert states([static, dated, ADMITTED], parse_instant("2100-03-03")) == sorted(
        [static, dated, ADMITTED], key=lambda e: e.event_key
    )


def test_an_undated_discharge_closes_no_stay() -> None:
    left = told(2, "2100-03-01 08:00", discharge_location="home")
    (stay,) = Chart.build([ADMITTED, left]).stays(StayType.HOSPITAL)
    assert stay.lasts_at(parse_instant("2199-01-01").unix_micros)
    assert shown([ADMITTED, left, billed()], "2100-12-31") is None
