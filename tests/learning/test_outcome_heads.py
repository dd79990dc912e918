"""Calibration, limits, splits and the folder that keeps a model."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from outcome_cases import planted_cases
from outcome_charts import Writer, at

from chartline.errors import InvalidRequest
from chartline.learning.generation.held_out import split_of
from chartline.learning.outcomes.abstention import fit_abstention
from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.calibration import fit_calibration
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.head import fit_head
from chartline.learning.outcomes.kept import Origin, OutcomeHead
from chartline.learning.outcomes.models import model_kind
from chartline.learning.outcomes.names import HeldOut
from chartline.learning.outcomes.splits import ROTATIONS, split
from chartline.learning.outcomes.training import train_outcome
from chartline.record.chart import Chart


def skewed(rows: int, seed: int) -> tuple[np.ndarray, list[bool]]:
    """Scores twice as sure as they should be, and half as often right as they say."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 1.2, rows)
    labels = rng.random(rows) < 1 / (1 + np.exp(-log_odds))
    return 1 / (1 + np.exp(-(2 * log_odds + 1))), labels.tolist()


@pytest.mark.parametrize(("rows", "method"), [(90, "platt"), (4_000, "beta")])
def test_calibration_takes_the_skew_away(rows: int, method: str) -> None:
    scores, labels = skewed(rows, 1)
    fitted = fit_calibration(scores, labels, [str(i) for i in range(rows)])
    assert fitted.method == method
    fresh, truth = skewed(20_000, 2)
    told = fitted.apply(fresh)
    assert np.all(np.diff(told[np.argsort(fresh)]) >= 0)
    assert abs(told.mean() - np.mean(truth)) < (0.12 if method == "platt" else 0.02)
    assert np.mean((told - truth) ** 2) < np.mean((fresh - truth) ** 2)


def test_without_enough_outcomes_there_is_no_calibration() -> None:
    with pytest.raises(InvalidRequest, match="occurs 4 times"):
        fit_calibration(np.linspace(0.1, 0.9, 50), [i < 4 for i in range(50)], [str(i) for i in range(50)])


def test_a_score_that_says_the_opposite_becomes_the_mean() -> None:
    labels = [i < 20 for i in range(60)]
    fitted = fit_calibration(np.linspace(0.1, 0.9, 60), labels, [str(i) for i in range(60)])
    assert fitted.method == "mean"
    assert np.ptp(fitted.apply(np.array([0.01, 0.99]))) == 0


def test_parts_never_share_a_patient_and_rotations_test_everybody_once() -> None:
    cases = planted_cases(150)
    twice = [*cases, *cases]  # two cases of each patient
    tested: list[int] = []
    for rotation in range(ROTATIONS):
        parts = split(twice, rotation=rotation)
        names = [{twice[i].patient for i in part} for part in (parts.train, parts.valid, parts.calibration, parts.test)]
        assert sum(map(len, names)) == len(set.union(*names)) == 150
        tested += parts.test
    assert sorted(tested) == list(range(300))


def test_the_split_is_that_of_the_questions() -> None:
    cases = planted_cases(200)
    parts = split(cases)
    assert {cases[i].patient for i in parts.test} == {c.patient for c in cases if split_of(c.patient) == "test"}
    assert {cases[i].patient for i in parts.valid} == {c.patient for c in cases if split_of(c.patient) == "valid"}


def test_held_out_hospitals_share_neither_cases_nor_patients() -> None:
    cases = [replace(case, group=f"hospital {number % 40}") for number, case in enumerate(planted_cases(160))]
    cases += [replace(cases[number], group=f"hospital {(number + 1) % 40}") for number in (0, 17)]
    for rotation in range(ROTATIONS):
        parts = split(cases, HeldOut.HOSPITALS, rotation)
        chosen = [set(part) for part in (parts.train, parts.valid, parts.calibration, parts.test)]
        for of in (lambda c: c.group, lambda c: c.patient):
            names = [{of(cases[i]) for i in part} for part in chosen]
            assert sum(map(len, names)) == len(set.union(*names))


def test_a_case_is_of_the_hospital_that_its_visit_was_to() -> None:
    writer = Writer()
    writer.visit(0, 10, "first", hospital="A")
    writer.visit(20, None, "second")
    assert [case_at(writer.patient, writer.events, at(hour), False).group for hour in (12, 24)] == ["A", "outcomes"]


def test_fewer_hospitals_than_parts_cannot_be_held_out() -> None:
    cases = [replace(case, group=f"hospital {number % 3}") for number, case in enumerate(planted_cases(30))]
    with pytest.raises(InvalidRequest, match="3 hospitals cannot be 4 parts"):
        split(cases, HeldOut.HOSPITALS)


def short_and_strange() -> tuple[Case, Case]:
    short, strange = Writer("Patient/801"), Writer("Patient/802")
    short.visit(0, None, "v")
    strange.visit(0, None, "v")
    for hour in range(20):
        strange.lab(hour, f"Laktat {hour}", "2", "mmol/L")
    return tuple(case_at(w.patient, w.events, at(24), False) for w in (short, strange))  # type: ignore[return-value]


def test_short_and_strange_records_get_no_number_but_a_reason() -> None:
    cases = planted_cases(200)
    limits = fit_abstention(cases[:150], cases[150:])
    short, strange = short_and_strange()
    assert limits.reason(short).startswith("too short a record: 1 events")
    assert limits.reason(strange).startswith("unlike the records learnt from: 5% of its events are known")
    assert sum(bool(limits.reason(case)) for case in cases[150:]) <= 1
    drug = replace(cases[0].chart.events[-1], display="a new drug", event_key="f" * 32)
    treated = Chart((*cases[0].chart.events, drug), cases[0].prediction_time)
    assert not limits.reason(replace(cases[0], chart=treated))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("head")
    train_outcome(out, planted_cases(300), "counts-logistic", "planted", 3)
    return out


def test_a_kept_model_predicts_as_before(folder: Path) -> None:
    cases = planted_cases(300)
    head = fit_head(Origin("counts-logistic", "planted", 3, ""), cases, split(cases))
    assert OutcomeHead.load(folder, model_kind).predict(cases) == head.predict(cases)
    told = head.predict(short_and_strange())
    assert [prediction.probability for prediction in told] == [None, None]
    assert all(prediction.reason for prediction in told)


@pytest.mark.parametrize(
    "part", ["calibration.json", "abstention.json", "reference.json", "outcome.json", "model/linear.safetensors"]
)
def test_a_folder_without_a_part_predicts_nothing(part: str, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "head")
    (tmp_path / "head" / part).unlink()
    with pytest.raises(InvalidRequest):
        OutcomeHead.load(tmp_path / "head", model_kind)


def test_the_card_says_what_was_learnt_from_and_how_far_it_goes(folder: Path) -> None:
    card = (folder / "MODEL_CARD.md").read_text()
    for word in ("300 cases of 300 patients", "data sha256", "seed 3", "Calibrated", "Abstains", "lactate", "Limits"):
        assert word in card
    assert "too few positives" in card  # of 30 test patients not 20 are positive


def test_one_outcome_alone_trains_nothing() -> None:
    cases = [replace(case, label=False) for case in planted_cases(40)]
    with pytest.raises(InvalidRequest, match="one outcome alone"):
        fit_head(Origin("counts-logistic", "planted", 3, ""), cases, split(cases))
