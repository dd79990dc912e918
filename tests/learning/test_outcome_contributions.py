"""What speaks for and against adds up to the score, names the events behind it, and is said in words."""

import numpy as np
import pytest
from outcome_cases import planted_cases

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.as_of import shown_case
from chartline.learning.outcomes.calibration import fit_calibration
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.contributions import Contributing, strongest, words_of
from chartline.learning.outcomes.counts_lightgbm import CountsLightGbm
from chartline.learning.outcomes.counts_logistic import CountsLogistic
from chartline.learning.outcomes.drift import Scale
from chartline.learning.outcomes.fitness import unfit_reason
from chartline.learning.outcomes.models import StoredModel
from chartline.learning.outcomes.sequences.batches import Schedule
from chartline.learning.outcomes.sequences.retain_model import RetainModel
from tests.learning.outcome_charts import Writer, at


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return planted_cases(100)


@pytest.mark.parametrize("new", [CountsLogistic, CountsLightGbm, lambda: RetainModel(Schedule(epochs=1))])
def test_contributions_add_up_to_the_log_odds(new: type[StoredModel], cases: list[Case]) -> None:
    model = new()
    model.fit(cases[:80], cases[80:], 1)
    assert isinstance(model, Contributing)
    scores = model.predict(cases[:6])
    log_odds = np.log(scores) - np.log1p(-scores)
    sums = np.array([sum(model.contributions(case).values()) for case in cases[:6]])
    assert np.ptp(log_odds - sums) < 1e-4  # what is left is one constant
    for case in cases[:6]:
        told = strongest(model, case)
        assert [abs(part.log_odds) for part in told] == sorted((abs(part.log_odds) for part in told), reverse=True)
        assert any(part.event_keys for part in told)


def test_a_line_speaks_against_the_mean_training_case(cases: list[Case]) -> None:
    model = CountsLogistic()
    model.fit(cases[:80], cases[80:], 1)
    told = [model.contributions(case) for case in cases[:80]]
    assert max(abs(sum(parts[name] for parts in told)) for name in told[0]) < 1e-9


def test_the_events_behind_a_column_are_those_that_it_counts(cases: list[Case]) -> None:
    model = CountsLogistic()
    model.fit(cases[:80], cases[80:], 1)
    case = cases[0]
    found = model.evidence(case, ["laboratory/lactate | last day", "condition/hypertension | before", "age"])
    named = {event.event_key: event.name for event in case.chart.events}
    assert {named[key] for key in found["laboratory/lactate | last day"]} == {"Lactate"}
    assert len(found["laboratory/lactate | last day"]) <= 8
    assert found["condition/hypertension | before"] == ()


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("hours_since_admission", "hours since admission"),
        ("laboratory/creatinine/last", "last creatinine (laboratory)"),
        ("laboratory/abnormal/count", "number of abnormal (laboratory)"),
        ("vital/count", "number of vital events"),
        ("drug/diuretic | last week", "diuretic (drug), last week"),
        ("laboratory/lactate [mmol/L] decile 9 | last day", "lactate [mmol/L] (laboratory) in tenth 9 of 10, last day"),
    ],
)
def test_features_in_words(feature: str, words: str) -> None:
    assert words_of(feature) == words


# --- intervals -------------------------------------------------------------------------------------------------------


def scored(rows: int, seed: int) -> tuple[np.ndarray, list[bool], list[str]]:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 1.2, rows)
    truth = rng.random(rows) < 1 / (1 + np.exp(-log_odds))
    return 1 / (1 + np.exp(-(2 * log_odds + 1))), truth.tolist(), [str(i) for i in range(rows)]


@pytest.mark.parametrize("rows", [120, 600])
def test_intervals_hold_the_true_probability_nineteen_times_of_twenty(rows: int) -> None:
    """The log-odds that made the labels are a line through those of the scores, so the fit can be right."""
    at_score = 1 / (1 + np.exp(-np.array([-3.0, 0.0, 2.0])))
    true = 1 / (1 + np.exp(-(np.array([-3.0, 0.0, 2.0]) - 1) / 2))
    fitted = [fit_calibration(*scored(rows, seed)).intervals(at_score) for seed in range(120)]
    held = np.mean([(told[:, 0] <= true) & (true <= told[:, 1]) for told in fitted])
    assert 0.90 < held < 0.985


def test_more_patients_are_surer_and_repeated_ones_are_not() -> None:
    scores, labels, patients = scored(200, 1)
    one = fit_calibration(scores, labels, patients).intervals(np.array([0.3]))
    again = fit_calibration(np.tile(scores, 4), labels * 4, patients * 4).intervals(np.array([0.3]))
    more = fit_calibration(*scored(2_000, 1)).intervals(np.array([0.3]))
    assert np.ptp(more) < 0.6 * np.ptp(one)
    assert np.ptp(again) > 0.9 * np.ptp(one)


# --- when, and how far from training ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "hour", "reason"),
    [
        ("in_hospital_mortality_24h", 24, ""),
        ("in_hospital_mortality_24h", 80, "not in hospital"),
        ("readmission_30d", 24, "still in hospital"),
        ("readmission_30d", 72, ""),
        ("readmission_30d", -1, "never in hospital"),
        ("icu_in_hospital_mortality_24h", 24, "not in intensive care"),
        ("a task of somebody else's", -1, ""),
    ],
)
def test_a_task_means_something_in_its_stay_or_after_it(task: str, hour: float, reason: str) -> None:
    writer = Writer()
    writer.visit(0, 72, "v")
    shown = [event for event in writer.events if event.available_time.unix_micros <= at(hour).unix_micros]
    newest = {event.natural_key: event for event in shown}
    assert reason in (told := unfit_reason(task, shown_case(newest.values(), at(hour))))
    assert bool(reason) is bool(told)


def test_a_chart_that_knows_the_future_is_refused(cases: list[Case]) -> None:
    with pytest.raises(InvalidRequest, match="after the prediction time"):
        shown_case(cases[0].chart.events, at(2))


def test_the_index_is_small_for_the_same_and_large_for_another_distribution() -> None:
    rng = np.random.default_rng(1)
    scale = Scale.of(rng.normal(size=900).tolist(), 1_000)
    assert sum(scale.shares) == pytest.approx(1)

    def counts(values: np.ndarray, absent: int) -> list[int]:
        places = [scale.bin(value) for value in values] + [scale.bin(None)] * absent
        return [places.count(place) for place in range(len(scale.shares))]

    assert scale.psi(counts(rng.normal(size=900), 100)) < 0.05
    assert scale.psi(counts(rng.normal(1, size=900), 100)) > 0.25
    assert scale.psi(counts(rng.normal(size=200), 800)) > 0.25
