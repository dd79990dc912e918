"""What a model of outcomes must be able to do to be kept in a folder, and the one list of those that there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import OutcomeModel
from chartline.learning.outcomes.counts_lightgbm import CountsLightGbm
from chartline.learning.outcomes.counts_logistic import CountsLogistic
from chartline.learning.outcomes.names import REFERENCE
from chartline.learning.outcomes.sequences.grasp import Grasp
from chartline.learning.outcomes.sequences.models import GenHpfModel, NextCodeModel, RemedModel, StepModel
from chartline.learning.outcomes.sequences.networks import Attentive, Recurrent
from chartline.learning.outcomes.sequences.retain_model import RetainModel
from chartline.models.text_encoder import EMBEDDING_SIZE, TextEncoder


class StoredModel(OutcomeModel, Protocol):
    """`save` writes safetensors, JSON or a library's own text, never pickle; `load` of the same class reads it back."""

    def save(self, folder: Path) -> None: ...


@runtime_checkable
class Explaining(Protocol):
    """A model that says what it goes by."""

    def attributions(self) -> dict[str, float]:
        """Weight of each feature that it uses, over all cases."""


@runtime_checkable
class Tuned(Protocol):
    """A model that chose among hyper-parameters."""

    @property
    def tuning(self) -> dict[str, object]:
        """What was tried and what was chosen, for the card."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a model of this kind begins and how it is read back."""

    new: Callable[[], StoredModel]
    load: Callable[[Path], StoredModel]


class Readable(StoredModel, Protocol):
    def read(self, folder: Path) -> None:
        """Undoes `save`."""


def _kind(new: Callable[[], Readable]) -> Kind:
    def load(folder: Path) -> StoredModel:
        model = new()
        model.read(folder)
        return model

    return Kind(new, load)


def _remed() -> RemedModel:
    return RemedModel(TextEncoder().encode, EMBEDDING_SIZE)


MODELS: dict[str, Kind] = {
    REFERENCE: Kind(CountsLightGbm, CountsLightGbm.load),
    "counts-logistic": Kind(CountsLogistic, CountsLogistic.load),
    "gru": _kind(lambda: StepModel(Recurrent)),
    "transformer": _kind(lambda: StepModel(Attentive)),
    "retain": _kind(RetainModel),
    "grasp": _kind(lambda: StepModel(Grasp)),
    "genhpf": _kind(GenHpfModel),
    "remed": _kind(_remed),
    "next-code": _kind(NextCodeModel),
}


def model_kind(name: str) -> Kind:
    """Raises InvalidRequest for a name that no model has."""
    if name not in MODELS:
        raise InvalidRequest(f"there is no model {name}: the models are {', '.join(MODELS)}", field="model")
    return MODELS[name]
