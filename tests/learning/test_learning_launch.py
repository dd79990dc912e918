"""Training on two processes is training on one: the same losses, the same gradients, the same weights."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from accelerate.utils.deepspeed import HfDeepSpeedConfig
from accelerate.utils.launch import prepare_multi_gpu_env
from safetensors.torch import load_file
from torch.testing import assert_close

from chartline.learning.training.loss_log import read_losses
from chartline.learning.training.run import Run, train
from chartline.learning.training.settings import TrainSettings, Tuning
from chartline.models.checkpoint import PROJECTOR

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATIONS = ROOT / "deploy" / "training"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment |= {"OMP_NUM_THREADS": "1"}
    told = [sys.executable, "-m", *map(str, command)]
    return subprocess.run(told, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def launched(*command: str | Path) -> subprocess.CompletedProcess[str]:
    configuration = CONFIGURATIONS / "cores.yaml"
    return run("accelerate.commands.launch", "--config_file", configuration, "-m", "chartline.cli", *command)


def test_two_processes_learn_as_one_with_their_packs(
    example_folder: Path, tiny_base: Path, stage1: Path, tmp_path: Path
) -> None:
    alone, both = tmp_path / "alone", tmp_path / "both"
    settings = TrainSettings(Tuning.LORA, examples=48)
    report = train(
        Run(example_folder, alone / "out", alone / "work", settings, stage1=stage1, device="cpu"), lambda *_: None
    )
    places = ["--stage1", stage1, "--out", both / "out", "--work", both / "work"]
    done = launched("train", "reason", example_folder, *places, "--examples", "48", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert "2 processes (MULTI_CPU)" in (both / "out" / "MODEL_CARD.md").read_text()
    expected = read_losses(alone / "work")
    assert len(expected) == len(read_losses(both / "work")) > 2
    for line, other in zip(read_losses(both / "work"), expected, strict=True):
        assert line == pytest.approx(other, rel=1e-3)
    assert report is not None
    assert f"{report.valid_loss:.3f} on other patients" in done.stdout
    assert_close(load_file(both / "out" / PROJECTOR), load_file(alone / "out" / PROJECTOR), rtol=1e-3, atol=1e-4)


def test_packs_that_processes_cannot_share_evenly_are_refused(
    example_folder: Path, tiny_base: Path, tmp_path: Path
) -> None:
    places = ["--out", tmp_path / "out", "--work", tmp_path / "work", "--base-model", tiny_base]
    done = launched("train", "align", example_folder, *places, "--packs", "3", "--device", "cpu")
    assert done.returncode != 0
    assert "3 packs a step cannot be shared evenly by 2 processes" in done.stderr


def test_gradients_of_a_sharded_model_are_those_of_a_whole_one() -> None:
    """accelerate 1.15 shards on GPUs alone; torch shards on a CPU too, by the same layers and with the same weights."""
    done = run(
        "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "tests.learning.sharded_gradients"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["cores", "gpus", "fsdp", "deepspeed"])
def test_the_launcher_takes_every_configuration(name: str) -> None:
    """It refuses keys that it does not know."""
    configuration = load_config_from_file(str(CONFIGURATIONS / f"{name}.yaml"))
    assert configuration.num_processes > 1
    assert configuration.mixed_precision in ("no", None)
    kinds = {"fsdp": DistributedType.FSDP, "deepspeed": DistributedType.DEEPSPEED}
    assert configuration.distributed_type == kinds.get(name, DistributedType.MULTI_GPU)


def test_what_the_sharding_configuration_says_reaches_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ["--config_file", str(CONFIGURATIONS / "fsdp.yaml"), "script.py"]
    arguments, *_ = _validate_launch_command(launch_command_parser().parse_args(told))
    for name, value in prepare_multi_gpu_env(arguments).items():
        monkeypatch.setenv(name, value)
    plugin = FullyShardedDataParallelPlugin()
    assert plugin.fsdp_version == 2
    assert plugin.reshard_after_forward is True
    assert plugin.auto_wrap_policy.__name__ == "transformer_auto_wrap_policy"


def test_deepspeed_shards_optimizer_and_gradients() -> None:
    configuration = load_config_from_file(str(CONFIGURATIONS / "deepspeed.yaml"))
    told = HfDeepSpeedConfig(ROOT / configuration.deepspeed_config["deepspeed_config_file"])
    assert told.is_zero2()
    assert not told.is_offload()
    assert told.get_value("train_micro_batch_size_per_gpu") == 1
