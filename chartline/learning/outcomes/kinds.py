"""What a model of outcomes must be able to do to be kept in a folder, and what it may be able to do besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from chartline.learning.outcomes.cases import OutcomeModel


class StoredModel(OutcomeModel, Protocol):
    """`save` writes safetensors, JSON or a library's own text, never pickle; `load` of its kind reads it back."""

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


@runtime_checkable
class Asked(Protocol):
    """A model that reads in words what it is to predict."""

    def ask(self, question: str) -> None:
        """Before `fit`; kept with the model. Empty where the task has no question."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a model of this kind begins and how it is read back."""

    new: Callable[[], StoredModel]
    load: Callable[[Path], StoredModel]


class Readable(StoredModel, Protocol):
    def read(self, folder: Path) -> None:
        """Undoes `save`."""


def kind_of(new: Callable[[], Readable]) -> Kind:
    def load(folder: Path) -> StoredModel:
        model = new()
        model.read(folder)
        return model

    return Kind(new, load)
