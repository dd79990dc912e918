"""Both stages from generated data to what serving loads: frozen, adapted or learnt as a whole, and said in the card."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from chartline.errors import InvalidRequest
from chartline.learning.training.loss_log import EVENTS, LossLog, read_losses
from chartline.learning.training.pack_loss import PackLoss
from chartline.learning.training.packs import Item, PatientPrefix, build_pack
from chartline.learning.training.run import Run, train
from chartline.learning.training.settings import TrainSettings, Tuning
from chartline.learning.training.trainer import Step
from chartline.models.base_models import weights_sha256
from chartline.models.checkpoint import ADAPTER, MODEL, PROJECTOR, load_card
from chartline.models.conditioned_llm import ConditionedLLM

REASON = TrainSettings(Tuning.LORA, rank=4, examples=32, warmup=1, learning_rate=1e-2)


def reason(data: Path, stage1: Path, folder: Path, settings: TrainSettings = REASON) -> Path:
    train(Run(data, folder / "out", folder / "work", settings, stage1=stage1, device="cpu"), lambda *_: None)
    return folder / "out"


@pytest.fixture(scope="module")
def stage2(example_folder: Path, stage1: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of stage 2; its logs lie beside it in `work`."""
    return reason(example_folder, stage1, tmp_path_factory.mktemp("stage2"))


def answers(checkpoint: Path) -> torch.Tensor:
    """The loss of a written token behind soft tokens: depends on every weight."""
    embeddings = torch.nn.functional.normalize(torch.ones(5, 384)).numpy()
    channels = torch.linspace(0, 1, 5 * 42).reshape(5, 42).numpy()
    pack = build_pack([1], PatientPrefix(embeddings, channels), [Item((40, 41), (42, 43))], random.Random(0), 4096)
    with torch.no_grad():
        return PackLoss(ConditionedLLM.load(checkpoint), torch.float32)(pack)


def test_stage_1_writes_a_projector_and_no_llm(stage1: Path, tiny_base: Path) -> None:
    assert sorted(file.name for file in stage1.iterdir()) == [
        "MODEL_CARD.md",
        "checkpoint.json",
        PROJECTOR,
        "training.json",
    ]
    assert load_card(stage1).base_sha256 == weights_sha256(tiny_base)


def test_stage_2_goes_on_from_the_projector_and_adapts_the_llm(
    stage1: Path, stage2: Path, example_folder: Path, tmp_path: Path
) -> None:
    assert (stage2 / ADAPTER / "adapter_model.safetensors").exists()
    assert not (stage2 / ADAPTER / "README.md").exists()
    assert answers(stage2) != answers(stage1)
    still = replace(REASON, learning_rate=0.0, projector_learning_rate=0.0)
    unmoved = reason(example_folder, stage1, tmp_path, still)
    torch.testing.assert_close(answers(unmoved), answers(stage1))


def test_all_of_the_llm_is_written_where_all_of_it_learnt(stage1: Path, example_folder: Path, tmp_path: Path) -> None:
    full = reason(example_folder, stage1, tmp_path, replace(REASON, tuning=Tuning.FULL, learning_rate=1e-3))
    assert (full / MODEL / "tokenizer.json").exists()
    assert not (full / ADAPTER).exists()
    assert load_card(full).base_sha256 == weights_sha256(full / MODEL) != load_card(stage1).base_sha256
    assert answers(full) != answers(stage1)
    assert ConditionedLLM.load(full).versions["llm"].endswith(load_card(full).base_sha256[:12])


def test_the_same_data_and_seed_give_the_same_checkpoint(
    example_folder: Path, stage1: Path, stage2: Path, tmp_path: Path
) -> None:
    again = reason(example_folder, stage1, tmp_path)
    assert load_card(again) == load_card(stage2)
    torch.testing.assert_close(answers(again), answers(stage2))
    other = reason(example_folder, stage1, tmp_path / "other", replace(REASON, seed=2))
    assert not torch.allclose(answers(other), answers(stage2), rtol=1e-6)


def test_cards_say_what_both_stages_were(stage1: Path, stage2: Path, example_folder: Path) -> None:
    told: list[dict[str, Any]] = json.loads((stage2 / "training.json").read_text())
    assert [stage["stage"] for stage in told] == ["align", "reason"]
    assert [stage["settings"]["tuning"] for stage in told] == ["frozen", "lora"]
    assert {stage["data_sha256"] for stage in told} == {load_card(stage2).data_sha256}
    assert all(stage["valid_loss"] > 0 for stage in told)
    text = (stage2 / "MODEL_CARD.md").read_text()
    for said in (load_card(stage2).base_sha256, load_card(stage2).data_sha256, "Apache-2.0", "## Stage 2: reason"):
        assert said in text
    assert "made up by chartline" in text


def test_losses_are_logged_for_programs_and_for_tensorboard(stage2: Path) -> None:
    work = stage2.parent / "work"
    events = EventAccumulator(str(work / EVENTS)).Reload()
    curve = [(event.step, event.value) for event in events.Scalars("loss")]
    assert curve == [(line["step"], pytest.approx(line["loss"])) for line in read_losses(work)]
    assert {"gradient", "rate", "tokens_per_second", "examples_per_second"} <= set(events.Tags()["scalars"])


def test_a_log_goes_on_behind_the_step_that_was_resumed_from(tmp_path: Path) -> None:
    for resumed, losses in ((0, (5.0, 4.0, 9.0)), (2, (3.0,))):
        log = LossLog(tmp_path, resumed)
        for number, loss in enumerate(losses, start=resumed + 1):
            log.write(Step(number, loss, 1.0, 1.0, rows=10, targets=2, examples=1, seconds=1.0))
        log.close()
    assert [(line["step"], line["loss"]) for line in read_losses(tmp_path)] == [(1, 5.0), (2, 4.0), (3, 3.0)]
    with (tmp_path / "losses.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')
    assert len(read_losses(tmp_path)) == 3


def test_stage_2_needs_what_stage_1_wrote(example_folder: Path, stage1: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="does not say how it was trained"):
        reason(example_folder, tmp_path, tmp_path)
    other = Path(shutil.copytree(stage1, tmp_path / "other"))
    card = json.loads((other / "checkpoint.json").read_text())
    (other / "checkpoint.json").write_text(json.dumps({**card, "verbalizer_version": "0"}))
    with pytest.raises(InvalidRequest, match="said otherwise"):
        reason(example_folder, other, tmp_path)
