"""The chart's arrays, clock and indexes."""

import numpy as np
from record_charts import drug, event, icu_stay, lab, visit

from chartline.record.chart import Chart
from chartline.record.event import Quantity
from chartline.record.kinds import EventKind
from chartline.record.plan import StayType
from chartline.record.times import DAY, LATEST, NO_TIME, parse_instant


def test_events_are_in_order_of_time_and_those_without_come_first() -> None:
    person = event(EventKind.PATIENT, key="p")
    late, early = lab("x", "2100-01-02", "1"), lab("x", "2100-01-01", "2")
    chart = Chart.build([late, person, early])
    assert chart.events == (person, early, late)
    assert chart.starts.tolist()[0] == NO_TIME
    assert chart.lengths.tolist() == [0, DAY, DAY]
    assert np.isnan(chart.values[0])
    assert chart.values.tolist()[1:] == [2.0, 1.0]


def test_an_empty_chart_is_a_chart() -> None:
    chart = Chart.build([])
    assert (chart.events, chart.by_kind, chart.last_known) == ((), {}, None)
    assert chart.of_kind(EventKind.NOTE).tolist() == []
    assert chart.stays(StayType.ICU) == ()


def test_times_without_a_zone_are_on_the_clock_of_the_last_zoned_one() -> None:
    chart = Chart.build([lab("a", "2100-01-01 10:00:00-05:00", "1"), lab("b", "2100-01-01 11:00:00", "1")])
    assert [e.display for e in chart.events] == ["a", "b"]
    assert chart.starts[1] - chart.starts[0] == parse_instant("1970-01-01 01:00").unix_micros
    assert chart.clock(parse_instant("2100-01-01 16:00:00Z")) == chart.starts[1]


def test_without_any_zone_the_clock_is_the_local_one() -> None:
    chart = Chart.build([lab("a", "2100-01-01 10:00:00", "1")])
    assert chart.clock(parse_instant("2100-01-01 10:00:00+09:00")) == chart.starts[0]


def test_values_that_are_no_numbers_are_nan() -> None:
    texts = ("1.5", "nan", "1e400", "12-14")
    chart = Chart.build([lab("x", "2100-01-01", "", key=t, quantity=Quantity(t)) for t in texts])
    assert np.isnan(chart.values).sum() == 3


def test_terms_are_names_and_naming_attributes() -> None:
    culture = event(EventKind.MICROBIOLOGY, "Culture", "2100-01-01", attributes={"specimen": "Blood, Venous"})
    chart = Chart.build([culture, drug("Aspirin", "2100-01-02"), drug("aspirin ", "2100-01-03")])
    assert set(chart.terms(EventKind.MICROBIOLOGY)) == {"culture", "blood venous"}
    assert chart.label(EventKind.MICROBIOLOGY, "blood venous") == "Blood, Venous"
    assert chart.terms(EventKind.MEDICATION_REQUEST)["aspirin"].tolist() == [1, 2]


def test_stays_last_until_their_end_is_known() -> None:
    admitted = visit("1", "2100-01-01 10:00:00")
    chart = Chart.build([admitted, icu_stay("i", "2100-01-02 10:00:00", "2100-01-03 10:00:00")])
    (stay,) = chart.stays(StayType.HOSPITAL)
    assert (stay.encounter, stay.end) == ("1", LATEST)
    assert len(chart.stays(StayType.ICU)) == 1


def test_a_visit_is_named_by_its_icu_stays_too() -> None:
    stays = [
        icu_stay(f"Encounter/{key}", "2100-01-02 10:00:00", encounter=of) for key, of in (("a1", "1"), ("b2", "2"))
    ]
    chart = Chart.build([visit("1", "2100-01-01 10:00:00"), *stays])
    assert chart.names_of("Encounter/1") == {"Encounter/1", "1", "a1"}
    assert chart.names_of("2") == {"2", "b2"}


def test_as_of_before_discharge_does_not_know_it() -> None:
    admitted = visit("1", "2100-01-01 10:00:00")
    discharged = event(
        EventKind.ENCOUNTER, "hospital visit", "2100-01-01 10:00:00", key="1", encounter="1",
        end="2100-01-05 10:00:00", known="2100-01-05 10:00:00",
    )  # fmt: skip
    ends = [
        Chart.build([discharged, admitted], as_of).stays(StayType.HOSPITAL)[0].end
        for as_of in (parse_instant("2100-01-03"), None)
    ]
    assert ends == [LATEST, parse_instant("2100-01-05 10:00:00").unix_micros]
