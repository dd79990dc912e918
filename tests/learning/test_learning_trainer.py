"""The loop on a tiny random model: it learns, leaves the base alone, and resumes to the same losses."""

import hashlib
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from chartline.learning.training.packs import Item, Pack, PatientPrefix, build_pack
from chartline.learning.training.trainer import Trainer, TrainSettings
from chartline.models.base_models import BaseModel
from chartline.models.conditioned_llm import ConditionedLLM

STEPS = 6


def model() -> ConditionedLLM:
    torch.manual_seed(3)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=64,
    )
    return ConditionedLLM.untrained(BaseModel("tiny", "0" * 64, LlamaForCausalLM(config), None), 8, 4)


def packs() -> list[Pack]:
    rng = random.Random(0)
    numbers = np.random.default_rng(0)
    return [
        build_pack(
            [1, 2],
            PatientPrefix(numbers.random((5, 8), np.float32), numbers.random((5, 4), np.float32)),
            [Item((10 + n % 3, 11), (20 + n % 3, 21))],
            rng,
        )
        for n in range(2 * STEPS)
    ]


def base_hash(conditioned: ConditionedLLM) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(conditioned.llm.named_parameters()):
        if "lora_" not in name:
            digest.update(tensor.detach().numpy().tobytes())
    return digest.hexdigest()


def losses(state: Path, steps: int = STEPS, save_every: int = 2) -> list[float]:
    seen: list[float] = []
    settings = TrainSettings(rank=4, learning_rate=1e-2, projector_learning_rate=1e-2, warmup=1, save_every=save_every)
    trainer = Trainer(model(), settings, STEPS, state)
    budget = packs()[: 2 * steps]
    trainer.run(iter(budget), lambda step, loss: seen.append(loss))
    return seen


def test_it_learns_and_leaves_the_base_alone(tmp_path: Path) -> None:
    conditioned = model()
    before = base_hash(conditioned)
    settings = TrainSettings(rank=4, learning_rate=1e-2, projector_learning_rate=1e-2, warmup=1)
    seen: list[float] = []
    Trainer(conditioned, settings, STEPS, tmp_path / "state.pt").run(iter(packs()), lambda _, loss: seen.append(loss))
    assert seen[-1] < seen[0]
    assert base_hash(conditioned) == before


def test_a_broken_off_run_resumes_to_the_same_losses(tmp_path: Path) -> None:
    whole = losses(tmp_path / "whole.pt")
    first = losses(tmp_path / "broken.pt", steps=4)
    rest = losses(tmp_path / "broken.pt")
    assert first + rest == pytest.approx(whole)


def test_a_finished_run_has_nothing_to_do(tmp_path: Path) -> None:
    losses(tmp_path / "state.pt")
    assert losses(tmp_path / "state.pt") == []
