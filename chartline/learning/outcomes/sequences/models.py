"""The sequence models as outcome models."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from chartline.language.blocks import prefix_order
from chartline.language.channels import channels, time_origin
from chartline.language.verbalizer import sentence
from chartline.learning.outcomes.as_of import as_begun
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.linear import Vectors
from chartline.learning.outcomes.linear_model import Features
from chartline.learning.outcomes.sequences.batches import Labelled, Schedule, StepBatch, descend, in_batches, step_batch
from chartline.learning.outcomes.sequences.genhpf import GenHpf, RowBatch, row_batch
from chartline.learning.outcomes.sequences.grasp import Grasp
from chartline.learning.outcomes.sequences.network_model import NetworkModel
from chartline.learning.outcomes.sequences.next_code import NextCode, TokenBatch, next_loss, token_batch
from chartline.learning.outcomes.sequences.remed import EventRows, Remed, RemedBatch
from chartline.learning.outcomes.sequences.rows import rows
from chartline.learning.outcomes.sequences.steps import Vocabulary, log_hours
from chartline.record.event import Event
from chartline.record.times import HOUR, moment_of

#: Sentences to vectors float32 [N, E]: chartline.models.text_encoder.TextEncoder.encode.
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class StepModel(NetworkModel[StepBatch]):
    """A network over steps: Recurrent, Attentive, Retain or Grasp."""

    def __init__(self, network: Callable[[int], nn.Module], schedule: Schedule | None = None) -> None:
        super().__init__(schedule)
        self._network = network
        self.vocabulary = Vocabulary({}, {})

    def learn(self, train: Sequence[Case]) -> None:
        self.vocabulary = Vocabulary.learn(train)

    def build(self) -> nn.Module:
        return self._network(len(self.vocabulary))

    def batch(self, cases: Sequence[Case]) -> StepBatch:
        return step_batch([self.vocabulary.steps(case) for case in cases])

    def before_epoch(self, learned: Sequence[Labelled[StepBatch]], seed: int) -> None:
        if isinstance(self.module, Grasp):
            self.module.find_centres([batch.inputs for batch in learned], seed)

    def state(self) -> dict[str, Any]:
        return self.vocabulary.as_json()

    def restore(self, state: dict[str, Any]) -> None:
        self.vocabulary = Vocabulary.from_json(state)


class GenHpfModel(NetworkModel[RowBatch]):
    def learn(self, train: Sequence[Case]) -> None:
        """Words need no vocabulary."""

    def build(self) -> nn.Module:
        return GenHpf()

    def batch(self, cases: Sequence[Case]) -> RowBatch:
        return row_batch([rows(case) for case in cases])


class RemedModel(NetworkModel[RemedBatch]):
    """Each sentence is embedded once; the table grows with what is predicted on."""

    def __init__(self, embed: Embed, embedding_size: int, schedule: Schedule | None = None) -> None:
        super().__init__(schedule)
        self._embed, self._size = embed, embedding_size
        self._places: dict[str, int] = {}
        self._table = torch.zeros(0, embedding_size)

    def learn(self, train: Sequence[Case]) -> None:
        """Sentences are embedded when they are met."""

    def build(self) -> nn.Module:
        return Remed(self._size)

    def batch(self, cases: Sequence[Case]) -> RemedBatch:
        charts = []
        for case in cases:
            ordered = [as_begun(event, case.prediction_time) for event in prefix_order(case.chart.events)]
            said = [sentence(event) for event in ordered]
            self._add(said)
            places = np.array([self._places[s] for s in said], dtype=np.int64)
            read = np.column_stack([channels(ordered, time_origin(ordered)), log_hours(_hours(case, ordered))])
            charts.append(EventRows(places, read))
        return RemedBatch(self._table, charts)

    def loss(self, module: nn.Module, batch: Labelled[RemedBatch]) -> Tensor:
        """Of both paths while it learns; of the predictor's alone when it is measured."""
        assert isinstance(module, Remed)
        entropy = nn.functional.binary_cross_entropy_with_logits
        loss: Tensor = entropy(module(batch.inputs), batch.labels)
        return loss + entropy(module.alone(batch.inputs), batch.labels) if module.training else loss

    def _add(self, sentences: Sequence[str]) -> None:
        new = [s for s in dict.fromkeys(sentences) if s not in self._places]
        if new:
            self._places |= {s: place for place, s in enumerate(new, start=len(self._places))}
            self._table = torch.cat([self._table, torch.from_numpy(np.asarray(self._embed(new), np.float32))])


def _hours(case: Case, events: Sequence[Event]) -> NDArray[np.float64]:
    """float64 [len(events)] before the prediction time; 0 for what has no time, or is planned for later."""
    clock = case.chart.clock
    now = clock(moment_of(case.prediction_time))
    return np.array([0.0 if e.time is None else max(now - clock(e.time), 0) / HOUR for e in events], dtype=np.float64)


class NextCodeFeatures(Features):
    """A next-code network learned on the training records without labels; a record's vector is its last state."""

    def __init__(self, schedule: Schedule | None = None) -> None:
        self.schedule = schedule or Schedule(epochs=10, patience=2)
        self.vocabulary = Vocabulary({}, {})
        self.module: NextCode | None = None

    def learn(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        self.vocabulary = Vocabulary.learn(train)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.module = NextCode(len(self.vocabulary))
        descend(self.module, self._batches(train), self._batches(valid), next_loss, self.schedule, seed)

    @torch.no_grad()
    def matrix(self, cases: Sequence[Case]) -> Vectors:
        assert self.module is not None, "learn or read first"
        self.module.eval()
        parts = [self.module.represent(batch).double().numpy() for batch in self._batches(cases)]
        return np.concatenate(parts) if parts else np.empty((0, self.module.table.embedding_dim))

    def save(self, folder: Path) -> None:
        assert self.module is not None, "learn or read first"
        (folder / "learned.json").write_text(json.dumps(self.vocabulary.as_json(), sort_keys=True))
        save_file(self.module.state_dict(), folder / "model.safetensors")

    def read(self, folder: Path) -> None:
        self.vocabulary = Vocabulary.from_json(json.loads((folder / "learned.json").read_text()))
        self.module = NextCode(len(self.vocabulary))
        self.module.load_state_dict(load_file(folder / "model.safetensors"))

    def _batches(self, cases: Sequence[Case]) -> list[TokenBatch]:
        return [token_batch([self.vocabulary.steps(case) for case in part]) for part in in_batches(cases)]
