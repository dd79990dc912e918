"""The loop on a tiny random model: it learns what its stage says, leaves the rest alone, and shares out its packs."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from chartline.errors import InvalidRequest
from chartline.learning.training.pack_loss import PackLoss, tune
from chartline.learning.training.packs import Item, Pack, PatientPrefix, build_pack
from chartline.learning.training.settings import TrainSettings, Tuning
from chartline.learning.training.states import States
from chartline.learning.training.trainer import Step, Trainer, launched
from chartline.models.base_models import BaseModel
from chartline.models.conditioned_llm import ConditionedLLM

STEPS = 6
SETTINGS = TrainSettings(Tuning.LORA, rank=4, learning_rate=1e-2, projector_learning_rate=1e-2, warmup=1, save_every=2)


def conditioned() -> ConditionedLLM:
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


def soft(rows: int, seed: int) -> PatientPrefix:
    numbers = np.random.default_rng(seed)
    return PatientPrefix(numbers.random((rows, 8), np.float32), numbers.random((rows, 4), np.float32))


def packs() -> list[Pack]:
    """The answer depends on what the soft tokens say, and in every other pack on the question alone."""
    rng = random.Random(0)
    return [
        build_pack([1, 2], soft(5 * (n % 2), n % 3), [Item((10 + n % 3, 11), (20 + n % 3, 21))], rng, 2048)
        for n in range(2 * STEPS)
    ]


def trained(
    model: ConditionedLLM, settings: TrainSettings, folder: Path, learnt: Sequence[Pack] = ()
) -> tuple[Trainer, list[Step]]:
    accelerator = launched(settings, "cpu")
    tune(model, settings)
    trainer = Trainer(accelerator, PackLoss(model, torch.float32), settings, learnt or packs())
    states = States(folder, accelerator, {})
    seen: list[Step] = []
    trainer.step = states.resume()
    trainer.run(states, seen.append)
    return trainer, seen


def sha256(module: torch.nn.Module, without: str = "lora_") -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(module.named_parameters()):
        if without not in name:
            digest.update(tensor.detach().numpy().tobytes())
    return digest.hexdigest()


def test_stage_1_leaves_the_llm_as_it_was_and_moves_the_projector(tmp_path: Path) -> None:
    model = conditioned()
    llm, projector = sha256(model.llm), sha256(model.projector)
    _, steps = trained(model, replace(SETTINGS, tuning=Tuning.FROZEN), tmp_path)
    assert sha256(model.llm) == llm
    assert sha256(model.projector) != projector
    assert steps[-1].loss < steps[0].loss


def test_an_adapter_learns_and_leaves_the_base_alone(tmp_path: Path) -> None:
    model = conditioned()
    llm = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.llm.parameters())).hexdigest()
    adapted = trained(model, SETTINGS, tmp_path)[1]
    base = (p for name, p in model.llm.named_parameters() if "lora_" not in name)
    assert hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in base)).hexdigest() == llm
    assert adapted[-1].loss < adapted[0].loss


def test_all_of_the_llm_can_learn(tmp_path: Path) -> None:
    model = conditioned()
    before = sha256(model.llm)
    steps = trained(model, replace(SETTINGS, tuning=Tuning.FULL), tmp_path)[1]
    assert sha256(model.llm) != before
    assert steps[-1].loss < steps[0].loss


def test_a_step_is_the_mean_over_the_written_tokens_of_its_packs(tmp_path: Path) -> None:
    model = conditioned()
    loss = PackLoss(model, torch.float32)
    learnt = packs()
    with torch.no_grad():
        expected = sum(float(loss(pack)) for pack in learnt[:2]) / 4
    first = trained(model, SETTINGS, tmp_path, learnt)[1][0]
    assert first.loss == pytest.approx(expected, rel=1e-4)
    assert (first.rows, first.targets, first.examples) == (sum(len(pack.ids) for pack in learnt[:2]), 4, 2)


def test_the_rate_rises_and_falls_whatever_was_resumed(tmp_path: Path) -> None:
    settings = replace(SETTINGS, warmup=3)
    _, steps = trained(conditioned(), settings, tmp_path)
    assert [round(step.rate, 3) for step in steps] == [0.333, 0.667, 0.667, 0.5, 0.333, 0.167]


def test_gradients_are_cut_to_their_longest(tmp_path: Path) -> None:
    """Of a length that moves nothing, nothing moves but by Adam's own scale."""
    whole = trained(conditioned(), SETTINGS, tmp_path / "a")[1]
    cut = trained(conditioned(), replace(SETTINGS, longest_gradient=1e-12), tmp_path / "b")[1]
    assert cut[0].gradient == pytest.approx(whole[0].gradient)
    assert cut[-1].loss > whole[-1].loss


def test_numbers_reach_the_projector_in_full_where_the_llm_multiplies_in_bf16() -> None:
    """In bf16 the 301st hour of a stay is the 300th, and 1.003 mg/dL is 1.0."""
    model = conditioned()
    seen: list[torch.Tensor] = []
    model.projector.register_forward_hook(lambda module, inputs, output: seen.append(output))
    prefix = soft(3, 1)
    PackLoss(model, torch.bfloat16)(build_pack([1], prefix, [Item((2,), (3,))], random.Random(0), 2048))
    exact = model.projector(torch.from_numpy(prefix.embeddings), torch.from_numpy(prefix.channels))
    assert seen[0].dtype == torch.float32
    assert torch.equal(seen[0], exact)


def test_packs_that_make_no_step_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="1 packs are less than one step of 2"):
        trained(conditioned(), SETTINGS, tmp_path, packs()[:1])


def test_the_loss_on_others_changes_nothing(tmp_path: Path) -> None:
    model = conditioned()
    trainer, _ = trained(model, SETTINGS, tmp_path)
    before = sha256(model.llm, without="nothing")
    measured = trainer.mean_loss(packs())
    assert measured is not None
    assert measured > 0
    assert trainer.mean_loss([]) is None
    assert sha256(model.llm, without="nothing") == before


def test_a_folder_of_another_broken_off_run_is_not_taken_over(tmp_path: Path) -> None:
    accelerator = launched(SETTINGS, "cpu")
    tune(model := conditioned(), SETTINGS)
    trainer = Trainer(accelerator, PackLoss(model, torch.float32), SETTINGS, packs())
    States(tmp_path, accelerator, {"seed": 1}).save(2)
    assert trainer.total == STEPS
    with pytest.raises(InvalidRequest, match="another run"):
        States(tmp_path, accelerator, {"seed": 2})
    assert States(tmp_path, accelerator, {"seed": 1}).resume() == 2


def test_a_state_that_a_kill_left_half_written_is_none(tmp_path: Path) -> None:
    accelerator = launched(SETTINGS, "cpu")
    states = States(tmp_path, accelerator, {})
    half = tmp_path / "writing"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    assert states.resume() == 0
    tune(model := conditioned(), SETTINGS)
    Trainer(accelerator, PackLoss(model, torch.float32), SETTINGS, packs())
    states.save(2)
    states.save(4)
    assert sorted(kept.name for kept in tmp_path.iterdir()) == ["run.json", "step-00000004"]
    assert states.resume() == 4
