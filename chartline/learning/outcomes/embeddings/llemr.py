"""Llemr's outcome head (Wu et al., NeurIPS 2024, table of predictions): the LLM itself learns the outcome.

    chart ── soft tokens ──▶ [system | soft tokens | question] ── LLM + LoRA ──▶ last state ── line ──▶ logit

Projector, a fresh LoRA adapter on all linear layers (peft) and the line learn together from the shipped checkpoint; the
code of their predictions was not released, so windows and labels are our tasks'. Sized for a CPU: a balanced draw of
training cases, few epochs, stopped by validation patients.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case, Probabilities, probabilities
from chartline.learning.outcomes.draws import balanced
from chartline.learning.outcomes.embeddings.features import read_question, soft_of, soft_origin
from chartline.learning.outcomes.embeddings.readers import chat_rows, last_states
from chartline.learning.outcomes.embeddings.settings import EmbeddingSettings
from chartline.learning.outcomes.embeddings.soft import SoftInputs
from chartline.learning.outcomes.sequences.batches import (
    Labelled,
    Schedule,
    descend,
    in_batches,
    label_loss,
    learnt_state,
)
from chartline.learning.training.pack_loss import tune
from chartline.learning.training.settings import TrainSettings, Tuning
from chartline.models.base_models import placement
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.record.event import Instant

_WEIGHTS, _FILE = "llemr.safetensors", "embedding.json"
#: Cases a step; their states are the same alone as together, but for the last bits.
_BATCH = 8
_RANK = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart as soft tokens, and when it is asked about."""

    inputs: SoftInputs
    now: Instant


class LlemrNetwork(nn.Module):
    """Takes charts, gives logits float32 [B]."""

    def __init__(self, model: ConditionedLLM, question: str) -> None:
        super().__init__()
        self.model, self._question = model, question
        self.scale = nn.LayerNorm(model.hidden_size, elementwise_affine=False)
        self.line = nn.Linear(model.hidden_size, 1)
        nn.init.zeros_(self.line.weight)
        nn.init.zeros_(self.line.bias)
        self.line.to(model.device)

    def forward(self, charts: Sequence[Shown]) -> Tensor:
        rows = [chat_rows(self.model, chart.inputs, self._question, chart.now) for chart in charts]
        with torch.autocast(self.model.device.type, torch.bfloat16, enabled=self.model.llm.dtype == torch.bfloat16):
            states = last_states(self.model.llm, rows)
        logits: Tensor = self.line(self.scale(states)).squeeze(1)
        return logits


class Llemr:
    """`cases` of training are drawn, half of either outcome; calibration makes up for that."""

    def __init__(
        self, schedule: Schedule | None = None, cases: int = 256, settings: EmbeddingSettings | None = None
    ) -> None:
        self.schedule = schedule or Schedule(rate=3e-4, epochs=3, patience=1)
        self.settings = settings or EmbeddingSettings()
        self._cases = cases
        self._question = ""
        self._module: LlemrNetwork | None = None

    @property
    def module(self) -> LlemrNetwork:
        assert self._module is not None, "fit or read first"
        return self._module

    def ask(self, question: str) -> None:
        self._question = question

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self._module = self._built(seed)
        learnt, held = self._batches(balanced(train, self._cases, seed)), self._batches(valid[: self._cases])
        descend(self._module, learnt, held, label_loss, self.schedule, seed)

    @torch.no_grad()
    def predict(self, cases: Sequence[Case]) -> Probabilities:
        """One by one: a case's bits depend on that case alone."""
        self.module.eval()
        logits = [float(self.module([self._shown(case)])[0]) for case in cases]
        return probabilities(np.array(logits, dtype=np.float64))

    def save(self, folder: Path) -> None:
        """What was learnt; the LLM and the encoder are named."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: tensor.contiguous() for name, tensor in self._learnt().items()}, folder / _WEIGHTS)
        told = {"origin": soft_origin(self.settings), "question": self._question}
        (folder / _FILE).write_text(json.dumps(told) + "\n")

    def read(self, folder: Path) -> None:
        """Raises InvalidRequest for a folder that holds no such model, or one of other weights."""
        self._question = read_question(folder, soft_origin(self.settings))
        self._module = self._built(0)
        try:
            weights = load_file(folder / _WEIGHTS)
        except OSError as error:
            raise InvalidRequest(f"{folder} holds no Llemr head: {error}") from error
        if weights.keys() != self._learnt().keys():
            raise InvalidRequest(f"{folder} holds the Llemr head of another LLM")
        self._module.load_state_dict(weights, strict=False)

    def _learnt(self) -> dict[str, Tensor]:
        return learnt_state(self.module)

    def _built(self, seed: int) -> LlemrNetwork:
        """A copy of its own of the conditioned LLM, for it is changed."""
        device, dtype = placement(self.settings.device, "auto")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = ConditionedLLM.load(self.settings.checkpoint, device=device, dtype=dtype)
            tune(model, TrainSettings(Tuning.LORA, rank=_RANK))
            return LlemrNetwork(model, self._question)

    def _shown(self, case: Case) -> Shown:
        return Shown(soft_of(case, self.settings), case.prediction_time)

    def _batches(self, cases: Sequence[Case]) -> list[Labelled[Sequence[Shown]]]:
        device = self.module.model.device
        return [
            Labelled([self._shown(case) for case in part], torch.tensor([float(c.label) for c in part], device=device))
            for part in in_batches(cases, _BATCH)
        ]
