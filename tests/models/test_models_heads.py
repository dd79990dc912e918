import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from chartline.errors import InvalidRequest
from chartline.models.heads.logistic import FURTHEST, LogisticHead, Term, load_heads

HEAD = LogisticHead(
    "mortality", -1.5, {"age": Term(0.7, 60.0, 15.0), "lactate": Term(1.1, 1.5, 0.8)}, trained_on="generated patients"
)


def test_equals_scikit_learn():
    generator = np.random.default_rng(0)
    rows = generator.normal([50, 3], [20, 2], size=(200, 2))
    labels = rows @ [0.03, 0.4] + generator.normal(size=200) > 2.8
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression().fit(scaler.transform(rows), labels)
    terms = {
        name: Term(float(model.coef_[0, i]), float(scaler.mean_[i]), float(scaler.scale_[i]))
        for i, name in enumerate(("age", "lactate"))
    }
    head = LogisticHead("mortality", float(model.intercept_[0]), terms, "")
    standardised = np.clip(scaler.transform(rows), -FURTHEST, FURTHEST)
    for row, expected in zip(rows, model.predict_proba(standardised)[:, 1], strict=True):
        contributions = head.contributions({"age": row[0], "lactate": row[1]})
        assert head.probability(contributions) == pytest.approx(expected)


@given(values=st.dictionaries(st.sampled_from(["age", "lactate", "unknown"]), st.floats(-1e6, 1e6)))
def test_contributions_add_up_to_the_log_odds(values: dict[str, float]):
    contributions = HEAD.contributions(values)
    probability = HEAD.probability(contributions)
    assert set(contributions) == {"age", "lactate"}
    assert 0 <= probability <= 1
    if 1e-9 < probability < 1 - 1e-9:
        log_odds = math.log(probability / (1 - probability))
        assert log_odds == pytest.approx(HEAD.intercept + sum(contributions.values()), abs=1e-5)


def test_calibration_is_a_line_through_the_log_odds():
    calibrated = HEAD.calibrated(2.0, 0.5)
    features = {"age": 80.0, "lactate": 2.0}
    before, after = HEAD.contributions(features), calibrated.contributions(features)
    assert after == pytest.approx({name: 2 * part for name, part in before.items()})
    assert calibrated.intercept == 2 * HEAD.intercept + 0.5


def test_saved_heads_come_back_with_a_version_of_their_content(tmp_path: Path):
    HEAD.save(tmp_path)
    head, version = load_heads(tmp_path)["mortality"]
    assert head == HEAD
    assert version.startswith("mortality@")
    HEAD.calibrated(1.0, 0.1).save(tmp_path)
    assert load_heads(tmp_path)["mortality"][1] != version


def test_no_folder_is_no_heads_and_a_broken_file_is_an_error(tmp_path: Path):
    assert load_heads(tmp_path / "nowhere") == {}
    (tmp_path / "x.json").write_text('{"outcome": "x"}')
    with pytest.raises(InvalidRequest, match="not a head"):
        load_heads(tmp_path)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(InvalidRequest, match="lactate"):
        HEAD.contributions({"lactate": math.nan})
