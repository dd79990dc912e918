"""The mean of calibrated models: what one of them misses another may see, and their errors partly cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.calibration import Calibration, fit_calibration
from chartline.learning.outcomes.cases import Case, Probabilities
from chartline.learning.outcomes.kinds import Asked, Kind, StoredModel

#: Leaves scores as they are.
_OWN = Calibration("own", 1.0, 1.0, 0.0, 0, 0, 0, ((0.0,) * 3,) * 3)


class CalibratedMean:
    """Each member is calibrated on the validation patients, so that probabilities of one scale are averaged.

    Where these have too few outcomes for that, members count with their own probabilities, fitted by likelihood.
    """

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self._members: dict[str, StoredModel] = {}
        self._calibrations: dict[str, Calibration] = {}
        self._question = ""

    @property
    def tuning(self) -> dict[str, object]:
        return {"calibrated": {name: fitted.method for name, fitted in self._calibrations.items()}}

    def ask(self, question: str) -> None:
        self._question = question

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        for name, kind in self._kinds.items():
            member = kind.new()
            if isinstance(member, Asked):
                member.ask(self._question)
            member.fit(train, valid, seed)
            self._members[name] = member
            self._calibrations[name] = _calibrated(member, valid)

    def predict(self, cases: Sequence[Case]) -> Probabilities:
        told = [self._calibrations[name].apply(member.predict(cases)) for name, member in self._members.items()]
        mean: Probabilities = np.mean(told, axis=0)
        return mean

    def save(self, folder: Path) -> None:
        for name, member in self._members.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            member.save(folder / name)
            self._calibrations[name].save(folder / name)

    def read(self, folder: Path) -> None:
        """Raises InvalidRequest for a folder that lacks a member."""
        self._members = {name: kind.load(folder / name) for name, kind in self._kinds.items()}
        self._calibrations = {name: Calibration.load(folder / name) for name in self._kinds}


def _calibrated(member: StoredModel, valid: Sequence[Case]) -> Calibration:
    if not valid:
        return _OWN
    labels, patients = [case.label for case in valid], [case.patient for case in valid]
    try:
        return fit_calibration(member.predict(valid), labels, patients)
    except InvalidRequest:
        return _OWN
