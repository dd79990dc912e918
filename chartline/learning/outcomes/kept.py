"""A model with its calibration and its limits: what gives a probability, or a reason for none. One folder holds one.

folder/outcome.json       model, task, seed, data hash
      /model/             the model's own files
      /calibration.json   /abstention.json   /reference.json
      /MODEL_CARD.md

`outcome.json` is written last: a folder that has it is whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.abstention import Abstention
from chartline.learning.outcomes.calibration import Calibration
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.contributions import Contributing, Contribution, strongest
from chartline.learning.outcomes.drift import Reference
from chartline.learning.outcomes.kinds import Kind, StoredModel

WHOLE, _MODEL, CARD = "outcome.json", "model", "MODEL_CARD.md"


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
    """`probability` is calibrated, `interval` its 95 % confidence interval; None with the reason why there is none."""

    probability: float | None
    reason: str = ""
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class OutcomeHead:
    origin: Origin
    model: StoredModel
    calibration: Calibration
    abstention: Abstention
    reference: Reference

    def predict(self, cases: Sequence[Case]) -> list[Prediction]:
        reasons = [self.abstention.reason(case) for case in cases]
        told = [case for case, reason in zip(cases, reasons, strict=True) if not reason]
        scores = self.model.predict(told) if told else np.empty(0)
        given = zip(self.calibration.apply(scores).tolist(), self.calibration.intervals(scores).tolist(), strict=True)
        numbers = (Prediction(probability, "", (low, high)) for probability, (low, high) in given)
        return [Prediction(None, reason) if reason else next(numbers) for reason in reasons]

    @property
    def explains_by(self) -> str:
        """What the contributions are; empty for a model that has none."""
        return self.model.how if isinstance(self.model, Contributing) else ""

    def contributions(self, case: Case) -> tuple[Contribution, ...]:
        """What speaks for and against, the strongest first; none from a model that cannot say."""
        return strongest(self.model, case) if isinstance(self.model, Contributing) else ()

    def save(self, folder: Path, card: str) -> None:
        """`card` is Markdown for people."""
        (folder / _MODEL).mkdir(parents=True, exist_ok=True)
        self.model.save(folder / _MODEL)
        self.calibration.save(folder)
        self.abstention.save(folder)
        self.reference.save(folder)
        (folder / CARD).write_text(card, "utf-8")
        (folder / WHOLE).write_text(json.dumps(asdict(self.origin), indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path, kind: Callable[[str], Kind]) -> OutcomeHead:
        """`kind` knows the models that may be read; what it raises comes through.

        Raises InvalidRequest for a folder that lacks any part: none of them is optional.
        """
        try:
            origin = Origin(**json.loads((folder / WHOLE).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise InvalidRequest(f"{folder} holds no outcome model: {error}") from error
        model = kind(origin.model).load(folder / _MODEL)
        return cls(origin, model, Calibration.load(folder), Abstention.load(folder), Reference.load(folder))
