"""What a run reports while it runs: one JSON line a step, and the same for TensorBoard.

A run that resumes takes back what it had reported behind its last whole state, so the log is one curve.
"""

from __future__ import annotations

import json
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from chartline.learning.training.trainer import Step

LOSSES = "losses.jsonl"
EVENTS = "tensorboard"


class LossLog:
    """Writes behind `step`; `folder` holds `losses.jsonl` and `tensorboard/`."""

    def __init__(self, folder: Path, step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / LOSSES
        kept = [line for line in read_losses(folder) if line["step"] <= step]
        self._file.write_text("".join(json.dumps(line) + "\n" for line in kept))
        self._writer = SummaryWriter(str(folder / EVENTS), purge_step=step + 1)

    def write(self, step: Step) -> None:
        """What is the same in every run of the same settings; how fast this one is, TensorBoard alone is told."""
        values = {"loss": round(step.loss, 6), "gradient": round(step.gradient, 4), "rate": round(step.rate, 6)}
        with self._file.open("a") as file:
            file.write(json.dumps({"step": step.number, **values}) + "\n")
        for name, value in values.items():
            self._writer.add_scalar(name, value, step.number)
        self._writer.add_scalar("tokens_per_second", step.rows / step.seconds, step.number)
        self._writer.add_scalar("examples_per_second", step.examples / step.seconds, step.number)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def read_losses(folder: Path) -> list[dict[str, float]]:
    """The log's whole lines: a kill may cut the last."""
    file = folder / LOSSES
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]
