"""Metrics against scikit-learn, against the scorer of the evaluation kit, and against what is known of them."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from chartline.evaluation.outcomes.metrics import METRICS, calibration_line, ece, net_benefit, noise_floor, ranks
from chartline.evaluation.outcomes.resampling import Draws, difference, measured

SCORER = Path(__file__).parents[3] / "shared" / "eval" / "score_predictions.py"


def sample(rows: int, seed: int, distortion: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes drawn from probabilities; those told are their log-odds times `distortion`."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 1.5, rows)
    outcomes = rng.random(rows) < 1 / (1 + np.exp(-log_odds))
    return outcomes, 1 / (1 + np.exp(-distortion * log_odds))


def test_ranking_and_error_are_those_of_scikit_learn() -> None:
    outcomes, told = sample(400, 1)
    told = told.round(1)  # with ties
    assert METRICS["AUROC"](outcomes, told) == pytest.approx(roc_auc_score(outcomes, told))
    assert METRICS["AUPRC"](outcomes, told) == pytest.approx(average_precision_score(outcomes, told))
    assert METRICS["Brier"](outcomes, told) == pytest.approx(brier_score_loss(outcomes, told))


def test_the_calibration_line_is_that_of_scikit_learn() -> None:
    outcomes, told = sample(500, 2, distortion=2)
    line = LogisticRegression(C=1e9, max_iter=1000).fit(np.log(told / (1 - told))[:, None], outcomes)
    assert calibration_line(outcomes, told) == pytest.approx((line.coef_[0, 0], line.intercept_[0]), abs=1e-3)


def test_a_line_that_does_not_exist_is_none() -> None:
    outcomes = np.array([False] * 5 + [True] * 5)
    assert calibration_line(outcomes, np.linspace(0.1, 0.9, 10)) is None
    assert calibration_line(outcomes, np.full(10, 0.5)) is None
    assert calibration_line(np.zeros(4, dtype=bool), np.linspace(0.1, 0.9, 4)) is None


@pytest.mark.skipif(not SCORER.exists(), reason="the scorer of the evaluation kit is not here")
@pytest.mark.parametrize("seed", range(5))
def test_metrics_are_those_of_the_evaluation_kit(seed: int) -> None:
    spec = importlib.util.spec_from_file_location("score_predictions", SCORER)
    assert spec is not None
    assert spec.loader is not None
    kit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kit)
    outcomes, told = sample(170, seed, distortion=1.4)
    theirs = kit.metrics(outcomes.astype(float), told)
    ours = [metric(outcomes, told) for metric in METRICS.values()]
    assert ours == pytest.approx(list(theirs.values()), abs=1e-9)
    by_chance = kit.ece_if_calibrated(told, np.random.default_rng(1))
    assert noise_floor(told, 1).mean == pytest.approx(by_chance.mean(), abs=1e-9)


def test_calibrated_probabilities_lie_on_the_noise_floor_and_others_above() -> None:
    outcomes, told = sample(400, 3)
    floor = noise_floor(told, 1)
    assert 0 < floor.mean < floor.high
    assert (ece(outcomes, told) or 0) < floor.high
    outcomes, told = sample(400, 3, distortion=3)
    assert (ece(outcomes, told) or 0) > noise_floor(told, 1).high


@given(strategies.permutations(range(30)))
def test_the_order_of_cases_does_not_matter(order: list[int]) -> None:
    outcomes, told = sample(30, 4)
    told = told.round(1)
    for metric in METRICS.values():
        assert metric(outcomes[order], told[order]) == pytest.approx(metric(outcomes, told))


def test_net_benefit_is_what_its_definition_says() -> None:
    outcomes, told = np.array([True, True, False, False]), np.array([0.9, 0.1, 0.6, 0.2])
    assert net_benefit(outcomes, told, 0.5) == pytest.approx(1 / 4 - 1 / 4)
    assert net_benefit(outcomes, told, 0.2) == pytest.approx(1 / 4 - 2 / 4 * 0.25)
    assert net_benefit(outcomes, np.ones(4), 0.2) == pytest.approx(2 / 4 - 2 / 4 * 0.25)


def test_too_few_outcomes_rank_nobody() -> None:
    assert not ranks(np.array([True] * 19 + [False] * 100))
    assert not ranks(np.array([True] * 100 + [False] * 19))
    assert ranks(np.array([True] * 20 + [False] * 20))


def test_intervals_hold_a_patients_cases_together() -> None:
    outcomes, told = sample(300, 5)
    alone = measured(METRICS["Brier"], outcomes, told, Draws([str(i) for i in range(300)], 300, 1))
    together = measured(
        METRICS["Brier"],
        np.repeat(outcomes, 4),
        np.repeat(told, 4),
        Draws(np.repeat([str(i) for i in range(300)], 4).tolist(), 300, 1),
    )
    assert (alone.low, alone.high) == pytest.approx((together.low, together.high))
    assert alone.low is not None
    assert alone.high is not None
    assert alone.low < (alone.value or 0) < alone.high


def test_a_paired_interval_is_narrower_than_two_apart() -> None:
    outcomes, told = sample(300, 6)
    worse = np.clip(told + np.random.default_rng(1).normal(0, 0.05, 300), 0.001, 0.999)
    draws = Draws([str(i) for i in range(300)], 300, 1)
    paired = difference(METRICS["AUROC"], outcomes, worse, told, draws)
    apart = measured(METRICS["AUROC"], outcomes, told, draws)
    assert (paired.high or 0) - (paired.low or 0) < ((apart.high or 0) - (apart.low or 0)) / 2
    assert difference(METRICS["AUROC"], outcomes, told, told, draws).value == 0
