"""Embeddings as features of a linear head: the EHR-encoder paper's method, and Llemr's inputs under the same head."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.embeddings.instructions import instructed
from chartline.learning.outcomes.embeddings.readers import (
    KEPT,
    ChatReader,
    LlmReader,
    SentenceReader,
    Vector,
    chat_reader,
    llm_reader,
    sentence_reader,
    within,
)
from chartline.learning.outcomes.embeddings.settings import EmbeddingSettings
from chartline.learning.outcomes.embeddings.soft import SoftInputs, soft_inputs
from chartline.learning.outcomes.embeddings.texts import Serialise
from chartline.learning.outcomes.linear import Vectors
from chartline.learning.outcomes.linear_model import Features

_FILE = "embedding.json"


class EmbeddingFeatures(Features):
    """One vector a case; weights are loaded when they are first needed."""

    def __init__(self, settings: EmbeddingSettings | None = None) -> None:
        self.settings = settings or EmbeddingSettings()
        self.question = ""

    @abstractmethod
    def origin(self) -> str:
        """Names the weights, and how much of a chart they read."""

    @abstractmethod
    def vector(self, case: Case) -> Vector: ...

    def ask(self, question: str) -> None:
        self.question = question

    def matrix(self, cases: Sequence[Case]) -> Vectors:
        vectors = [self.vector(case) for case in cases]
        return np.array(vectors, dtype=np.float64) if vectors else np.empty((0, 0))

    def save(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps({"origin": self.origin(), "question": self.question}) + "\n")

    def read(self, folder: Path) -> None:
        """Raises InvalidRequest where the vectors would be others than those that were learnt from."""
        self.question = read_question(folder, self.origin())


def read_question(folder: Path, origin: str) -> str:
    """Of a kept model. Raises InvalidRequest where it was learnt with other weights or limits."""
    try:
        told = json.loads((folder / _FILE).read_text())
        learnt, question = str(told["origin"]), str(told["question"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{folder} is no model of embeddings: {error}") from error
    if learnt != origin:
        raise InvalidRequest(f"{folder} was learnt with {learnt}, but here is {origin}: set CHARTLINE_EMBEDDING_*")
    return question


class Reader(Protocol):
    """A text to its vector."""

    name: str
    vector: Callable[[str], Vector]

    def count(self, lines: Sequence[str]) -> list[int]: ...


class TextFeatures(EmbeddingFeatures):
    """A chart as text with the instruction in front of it (B3); `form` says what the text is, `reader` who reads it."""

    def __init__(
        self,
        serialise: Serialise,
        form: str,
        reader: Callable[[EmbeddingSettings], Reader],
        settings: EmbeddingSettings | None = None,
    ) -> None:
        super().__init__(settings)
        self._serialise, self._form, self._reader = serialise, form, reader

    def origin(self) -> str:
        return f"{self._reader(self.settings).name}, {self.settings.tokens} tokens"

    def vector(self, case: Case) -> Vector:
        reader = self._reader(self.settings)
        record = self._serialise(case, within(self.settings.tokens, reader.count))
        return reader.vector(instructed(self._form, self.question, record))


class ChatTextFeatures(EmbeddingFeatures):
    """A chart as text before the conditioned LLM: what its soft tokens are compared with."""

    def __init__(self, serialise: Serialise, settings: EmbeddingSettings | None = None) -> None:
        super().__init__(settings)
        self._serialise = serialise

    def origin(self) -> str:
        return f"{chat_of(self.settings).name}, {self.settings.tokens} tokens"

    def vector(self, case: Case) -> Vector:
        reader = chat_of(self.settings)
        record = self._serialise(case, within(self.settings.tokens, reader.count))
        return reader.text(record, self.question, case.prediction_time)


class SoftFeatures(EmbeddingFeatures):
    """A chart as soft tokens before the conditioned LLM, as serving shows it."""

    def origin(self) -> str:
        return soft_origin(self.settings)

    def vector(self, case: Case) -> Vector:
        return _soft_vector(case, self.question, self.settings)


def soft_origin(settings: EmbeddingSettings) -> str:
    return f"{chat_of(settings).name}, {sentences_of(settings).name}, {settings.events} events"


def soft_of(case: Case, settings: EmbeddingSettings) -> SoftInputs:
    return soft_inputs(case, settings.events, sentences_of(settings).vector, chat_of(settings).model.projector)


def sentences_of(settings: EmbeddingSettings) -> SentenceReader:
    return sentence_reader(settings.text_encoder, settings.device)


def llm_of(settings: EmbeddingSettings) -> LlmReader:
    return llm_reader(settings.base, settings.device)


def chat_of(settings: EmbeddingSettings) -> ChatReader:
    return chat_reader(settings.checkpoint, settings.device)


@lru_cache(maxsize=KEPT)
def _soft_vector(case: Case, question: str, settings: EmbeddingSettings) -> Vector:
    return chat_of(settings).soft(soft_of(case, settings), question, case.prediction_time)
