"""kill -9 in the middle of either stage: the run that resumes writes the same log of losses as one never killed."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chartline.errors import InvalidRequest
from chartline.learning.training.loss_log import read_losses
from chartline.learning.training.run import Run, train
from chartline.learning.training.settings import TrainSettings, Tuning

ROOT = Path(__file__).resolve().parents[2]
STAGE = {
    "align": TrainSettings(Tuning.FROZEN, examples=80, per_pack=4, warmup=3, save_every=2),
    "reason": TrainSettings(Tuning.LORA, rank=4, examples=80, per_pack=4, warmup=3, save_every=2),
}
#: Behind the state of step 4 and before that of step 6.
KILLED_AT = 5
CHILD = """
import signal, sys
from pathlib import Path
from chartline.learning.training.run import Run, train
from tests.learning.test_learning_kill import KILLED_AT, STAGE
stage, data, out, work, base, stage1 = sys.argv[1:]
run = Run(Path(data), Path(out), Path(work), STAGE[stage], base, Path(stage1) if stage1 else None, "cpu")


def report(step, steps):
    print(f"step {step.number}", flush=True)
    if step.number == KILLED_AT:
        signal.pause()


train(run, report)
"""


def run_of(stage: str, root: Path, data: Path, base: Path, stage1: Path) -> Run:
    begins = {"base_model": str(base)} if stage == "align" else {"stage1": stage1}
    return Run(data, root / "out", root / "work", STAGE[stage], device="cpu", **begins)


def killed(run: Run) -> None:
    """Runs it in a process of its own, which is killed at a step that no state holds."""
    told = [run.stage, run.data, run.out, run.work, run.base_model, run.stage1 or ""]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", CHILD, *map(str, told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == f"step {KILLED_AT}":
                child.send_signal(signal.SIGKILL)
                break
        child.stdout.read()
    assert child.returncode == -signal.SIGKILL


@pytest.mark.parametrize("stage", STAGE)
def test_a_killed_run_goes_on_to_the_same_losses(
    stage: str, example_folder: Path, tiny_base: Path, stage1: Path, tmp_path: Path
) -> None:
    whole = run_of(stage, tmp_path / "whole", example_folder, tiny_base, stage1)
    report = train(whole, lambda *_: None)
    broken = run_of(stage, tmp_path / "broken", example_folder, tiny_base, stage1)
    killed(broken)
    assert len(read_losses(broken.work)) >= KILLED_AT
    assert not (broken.out / "checkpoint.json").exists()

    seen: list[int] = []
    resumed = train(broken, lambda step, steps: seen.append(step.number))
    expected = read_losses(whole.work)
    assert seen == list(range(KILLED_AT, len(expected) + 1))
    assert [line["step"] for line in read_losses(broken.work)] == [line["step"] for line in expected]
    for line, other in zip(read_losses(broken.work), expected, strict=True):
        assert line == pytest.approx(other, rel=1e-4)
    assert report is not None
    assert resumed is not None
    assert resumed.valid_loss == pytest.approx(report.valid_loss, rel=1e-4)
    assert not (broken.work / "state").exists()


def test_another_run_does_not_take_over_what_a_killed_one_left(
    example_folder: Path, tiny_base: Path, stage1: Path, tmp_path: Path
) -> None:
    run = run_of("align", tmp_path, example_folder, tiny_base, stage1)
    killed(run)
    with pytest.raises(InvalidRequest, match="another run"):
        train(replace(run, settings=replace(run.settings, seed=2)), lambda *_: None)
