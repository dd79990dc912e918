"""What is news in a span of time: one small night, rule by rule."""

from dataclasses import replace

import numpy as np
from record_charts import event, visit

from chartline.record.changes import find_changes
from chartline.record.chart import Chart
from chartline.record.event import Event, EventStatus
from chartline.record.kinds import EventKind as Kind


def order(drug: str, time: str, of: str = "V") -> Event:
    return event(Kind.MEDICATION_REQUEST, drug, time, encounter=of)


def lab(name: str, time: str, value: str, flag: str) -> Event:
    return event(Kind.LABORATORY, name, time, value, "mmol/L", interpretation=flag, encounter="V")


HISTORY = [
    visit("V", "2100-01-01T10:00"),
    order("Heparin", "2100-01-01T11:00"),
    order("Aspirin", "2099-01-01T11:00", of="earlier"),
    lab("Potassium", "2100-01-01T12:00", "2.9", "L"),
]
NIGHT = [
    order("Heparin", "2100-01-02T01:00"),
    order("Aspirin", "2100-01-02T01:30"),
    lab("Potassium", "2100-01-02T02:00", "3.0", "L"),
    lab("Potassium", "2100-01-02T04:00", "3.2", "L"),
    lab("Sodium", "2100-01-02T02:00", "140", "N"),
    event(Kind.VITAL, "Heart rate", "2100-01-02T05:00", "130", "/min", interpretation="H"),
    event(Kind.PROCEDURE, "Intubation", "2100-01-02T06:00"),
    event(Kind.MEDICATION_ADMINISTRATION, "Heparin", "2100-01-02T03:00"),
]


def news(*night: Event) -> list[tuple[str, str]]:
    chart = Chart.build([*HISTORY, *night])
    inside = np.flatnonzero([e.time is not None and e in night for e in chart.events])
    changes = find_changes(chart, inside)
    return [(e.name, e.quantity.value if e.quantity else "") for e in changes]


def test_what_was_done_comes_before_what_was_measured_and_each_name_once_at_its_latest() -> None:
    assert news(*NIGHT) == [("Intubation", ""), ("Aspirin", ""), ("Potassium", "3.2"), ("Heart rate", "130")]


def test_an_order_is_new_where_its_visit_had_none() -> None:
    assert news(order("Heparin", "2100-01-02T01:00")) == []
    assert news(order("Aspirin", "2100-01-02T01:00")) == [("Aspirin", "")]


def test_what_is_in_range_or_was_cancelled_is_no_news() -> None:
    assert news(lab("Sodium", "2100-01-02T02:00", "140", "N")) == []
    assert news(replace(order("Aspirin", "2100-01-02T01:00"), status=EventStatus.CANCELLED)) == []


def test_nothing_happens_in_an_empty_night() -> None:
    assert news() == []
