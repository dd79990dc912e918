"""Features of outcome heads at a prediction time: counted from what was known then, with the events behind them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_charts import drug, event, histories, lab, moments, visit

from chartline.record.chart import Chart
from chartline.record.event import Event, EventStatus
from chartline.record.features import Feature, outcome_features
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant

AT = "2100-03-03 10:00:00"
HISTORY = [
    event(EventKind.PATIENT, key="p", attributes={"gender": "F", "birth_date": "2040-06-15"}),
    visit("0", "2099-12-01 10:00:00", "2099-12-05 10:00:00"),
    visit("1", "2100-03-01 10:00:00"),
    lab("Creatinine", "2100-03-01 11:00:00", "1.0", interpretation="N"),
    lab("Creatinine", "2100-03-02 11:00:00", "2.5", interpretation="H"),
    lab("Creatinine", "2099-12-02 09:00:00", "9", interpretation="H"),
    lab("Base Excess", "2100-03-02 11:00:00", "-3"),
    drug("aspirin", "2099-12-03 12:00:00"),
    drug("aspirin", "2100-03-02 12:00:00"),
    drug("heparin", "2100-03-05 12:00:00", known="2100-03-02 12:00:00"),
    drug("morphine", "2100-03-02 12:00:00", status=EventStatus.CANCELLED),
    lab("Creatinine", "2100-03-03 11:00:00", "7", interpretation="H"),
]  # fmt: skip


def features(history: list[Event], at: str = AT) -> dict[str, Feature]:
    return outcome_features(Chart.build(history, parse_instant(at)), parse_instant(at))


def test_features_of_a_visit() -> None:
    told = {name: feature.value for name, feature in features(HISTORY).items()}
    expected = {
        "age": 59, "in_hospital": 1, "hours_since_admission": 48, "hours_since_discharge": 0, "visits_before": 1,
        "laboratory/count": math.log(4), "laboratory/abnormal/count": math.log(2),
        "laboratory/creatinine/last": math.log(3.5), "laboratory/base excess/last": -math.log(4),
        "medication_request/count": math.log(2), "medication_request/aspirin/count": math.log(3),
    }  # fmt: skip
    assert {name: told[name] for name in expected} == pytest.approx(expected)


def test_what_was_cancelled_or_has_not_begun_is_counted_nowhere() -> None:
    assert [name for name in features(HISTORY) if "heparin" in name or "morphine" in name] == []


@pytest.mark.parametrize(
    ("at", "in_hospital", "admitted", "discharged"),
    [("2099-12-02 10:00:00", 1, 24, 0), ("2099-12-05 10:00:00", 0, 96, 0), ("2099-12-06 10:00:00", 0, 120, 24)],
)
def test_where_the_patient_is(at: str, in_hospital: float, admitted: float, discharged: float) -> None:
    told = features(HISTORY, at)
    names = ("in_hospital", "hours_since_admission", "hours_since_discharge")
    assert [told[name].value for name in names] == [in_hospital, admitted, discharged]
    assert "in_hospital" not in features(HISTORY, "2099-11-01")


def test_each_feature_names_its_evidence() -> None:
    evidence = features(HISTORY)["laboratory/creatinine/last"].event_keys
    assert [e.quantity.value for e in HISTORY if e.event_key in evidence and e.quantity] == ["2.5"]


def test_a_chart_that_knows_more_is_refused() -> None:
    with pytest.raises(ValueError, match="prediction time"):
        outcome_features(Chart.build(HISTORY), parse_instant(AT))


@given(histories(), histories(retractions=False), moments(st.integers(0, 90)))
def test_what_is_known_later_changes_no_feature(history, later, at) -> None:
    before = outcome_features(Chart.build(history, at), at)
    late = [e for e in later if e.available_time is not None and e.available_time.unix_micros > at.unix_micros]
    assert outcome_features(Chart.build([*history, *late], at), at) == before
    assert all(math.isfinite(feature.value) for feature in before.values())
