"""Boosted trees over counts: the strongest cheap baseline there is (methods of EHRSHOT), tuned within a stated budget.

LightGBM (Ke et al., NeurIPS 2017), kept as its own text. One thread and its deterministic mode: the same trees for the
same data and seed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from sklearn.metrics import log_loss

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case, Probabilities
from chartline.learning.outcomes.count_space import CountSpace

#: The budget: all of these are tried, each stopped by the validation patients.
_GRID = tuple(product((4, 16), (0.05, 0.15), (3, 20)))
_MOST_TREES, _PATIENCE = 400, 30
#: Where no validation patient can stop it.
_TREES_UNSTOPPED = 60
_MODEL, _TUNING = "model.txt", "tuning.json"
_FIXED = {
    "objective": "binary",
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "feature_fraction": 0.5,
    "lambda_l2": 1.0,
    "verbosity": -1,
}


class CountsLightGbm:
    """`fit` before `predict`."""

    how = "SHAP values of the trees (Lundberg et al. 2020), parts of the log-odds against the mean training case"

    def __init__(self) -> None:
        self._space = CountSpace((), {})
        self._booster: lightgbm.Booster | None = None
        self.tuning: dict[str, object] = {}

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self._space = CountSpace.of(train)
        data = self._data(train)
        stopping = self._data(valid, data) if valid else None
        tried: list[tuple[float, int, dict[str, Any], lightgbm.Booster]] = []
        for leaves, rate, least in _GRID if stopping is not None else _GRID[:1]:
            chosen = {"num_leaves": leaves, "learning_rate": rate, "min_data_in_leaf": least}
            booster = _boosted({**_FIXED, **chosen, "seed": seed}, data, stopping)
            loss = self._loss(booster, valid) if valid else 0.0
            tried.append((loss, len(tried), chosen, booster))
        loss, _, chosen, self._booster = min(tried, key=lambda one: one[:2])
        self.tuning = {"tried": len(tried), "chosen": chosen, "trees": self._trees, "validation log-loss": loss}

    def predict(self, cases: Sequence[Case]) -> Probabilities:
        assert self._booster is not None
        if not cases:
            return np.empty(0)
        told = self._booster.predict(self._space.matrix(cases), num_threads=1)
        return np.clip(np.asarray(told, dtype=np.float64), 1e-6, 1 - 1e-6)

    def attributions(self) -> dict[str, float]:
        """Gain: by how much splits on the column lessened the loss."""
        assert self._booster is not None
        gains = self._booster.feature_importance("gain")
        return {name: float(gain) for name, gain in zip(self._space.columns, gains, strict=True) if gain > 0}

    def contributions(self, case: Case) -> dict[str, float]:
        """Exact for the trees as they are (path-dependent TreeSHAP); the last number is the constant."""
        assert self._booster is not None
        parts = self._booster.predict(self._space.matrix([case]).toarray(), pred_contrib=True, num_threads=1)
        return dict(zip(self._space.columns, np.asarray(parts)[0, :-1].tolist(), strict=True))

    def evidence(self, case: Case, features: Collection[str]) -> dict[str, tuple[str, ...]]:
        return self._space.evidence(case, features)

    def save(self, folder: Path) -> None:
        assert self._booster is not None
        self._space.save(folder)
        (folder / _MODEL).write_text(self._booster.model_to_string(num_iteration=self._trees))
        (folder / _TUNING).write_text(json.dumps(self.tuning, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> CountsLightGbm:
        """Raises InvalidRequest for a folder that holds no such model."""
        model = cls()
        model._space = CountSpace.load(folder)
        try:
            model._booster = lightgbm.Booster(model_str=(folder / _MODEL).read_text())
            model.tuning = json.loads((folder / _TUNING).read_text())
        except (OSError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise InvalidRequest(f"{folder} is no counts-lightgbm: {error}") from error
        return model

    @property
    def _trees(self) -> int:
        assert self._booster is not None
        return self._booster.best_iteration if self._booster.best_iteration > 0 else self._booster.num_trees()

    def _data(self, cases: Sequence[Case], reference: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
        labels = np.array([case.label for case in cases], dtype=np.float64)
        # Counts have few different values, so that few bins hold all of them.
        params = {"verbosity": -1, "feature_pre_filter": False, "max_bin": 63}
        return lightgbm.Dataset(self._space.matrix(cases), labels, reference=reference, params=params)

    def _loss(self, booster: lightgbm.Booster, valid: Sequence[Case]) -> float:
        told = booster.predict(self._space.matrix(valid), num_threads=1)
        return float(log_loss([case.label for case in valid], told, labels=[False, True]))


def _boosted(params: dict[str, Any], data: lightgbm.Dataset, stopping: lightgbm.Dataset | None) -> lightgbm.Booster:
    if stopping is None:
        return lightgbm.train(params, data, num_boost_round=_TREES_UNSTOPPED)
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
    return lightgbm.train(params, data, num_boost_round=_MOST_TREES, valid_sets=[stopping], callbacks=[stop])
