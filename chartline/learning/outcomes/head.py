"""A model with its calibration and its limits: what gives a probability, or a reason for none. One folder holds one.

folder/outcome.json       model, task, seed, data hash
      /model/             the model's own files
      /calibration.json   /abstention.json
      /MODEL_CARD.md
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.abstention import Abstention, fit_abstention
from chartline.learning.outcomes.calibration import Calibration, fit_calibration
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.kinds import StoredModel
from chartline.learning.outcomes.models import model_kind, new_model
from chartline.learning.outcomes.splits import Parts

_FILE, _MODEL = "outcome.json", "model"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a head was made of; `data_sha256` names the cases exactly, `question` is the task's in words."""

    model: str
    task: str
    seed: int
    data_sha256: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """`probability` is calibrated; None with the reason why there is none."""

    probability: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeHead:
    origin: Origin
    model: StoredModel
    calibration: Calibration
    abstention: Abstention

    def predict(self, cases: Sequence[Case]) -> list[Prediction]:
        reasons = [self.abstention.reason(case) for case in cases]
        told = [case for case, reason in zip(cases, reasons, strict=True) if not reason]
        numbers = iter(self.calibration.apply(self.model.predict(told)) if told else np.empty(0))
        return [Prediction(None, reason) if reason else Prediction(float(next(numbers))) for reason in reasons]

    def save(self, folder: Path) -> None:
        (folder / _MODEL).mkdir(parents=True, exist_ok=True)
        self.model.save(folder / _MODEL)
        self.calibration.save(folder)
        self.abstention.save(folder)
        (folder / _FILE).write_text(json.dumps(asdict(self.origin), indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> OutcomeHead:
        """Raises InvalidRequest for a folder that lacks any part: none of them is optional."""
        try:
            origin = Origin(**json.loads((folder / _FILE).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise InvalidRequest(f"{folder} holds no outcome model: {error}") from error
        model = model_kind(origin.model).load(folder / _MODEL)
        return cls(origin, model, Calibration.load(folder), Abstention.load(folder))


def fit_head(origin: Origin, cases: Sequence[Case], parts: Parts) -> OutcomeHead:
    """Learns from `parts.train`, tunes on `valid`, calibrates on `calibration`; `test` is not looked at.

    Raises InvalidRequest where the cases cannot train or calibrate anything.
    """
    train, valid, calibration = ([cases[i] for i in part] for part in (parts.train, parts.valid, parts.calibration))
    if len({case.label for case in train}) < 2:
        raise InvalidRequest(f"not trained: {len(train)} training cases have one outcome alone")
    model = new_model(origin.model, origin.question)
    model.fit(train, valid, origin.seed)
    labels, patients = [case.label for case in calibration], [case.patient for case in calibration]
    fitted = fit_calibration(model.predict(calibration), labels, patients)
    return OutcomeHead(origin, model, fitted, fit_abstention(train, calibration))
