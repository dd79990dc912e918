"""One stage from generated data to a checkpoint folder: data, engine, loop, weights, card.

align     stage 1   the projector alone learns what the LLM reads             ─▶ STAGE1
reason    stage 2   projector and LLM learn to plan and to say on top of that ─▶ CHECKPOINT
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from accelerate import Accelerator

from chartline.errors import InvalidRequest
from chartline.language.channels import CHANNELS
from chartline.language.verbalizer import VERBALIZER_VERSION
from chartline.learning.generation.examples import Row
from chartline.learning.training.charts import Charts
from chartline.learning.training.data import Packs
from chartline.learning.training.examples import TRAIN, VALID, ExampleFolder, read_examples
from chartline.learning.training.export import export
from chartline.learning.training.loss_log import LossLog, read_losses
from chartline.learning.training.model_card import StageReport, machine, read_reports
from chartline.learning.training.pack_loss import PackLoss, tune
from chartline.learning.training.settings import Showing, TrainSettings, Tuning
from chartline.learning.training.states import States
from chartline.learning.training.trainer import Step, Trainer, launched
from chartline.models.base_models import load_base
from chartline.models.checkpoint import Checkpoint, load_card
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.precision import preferred_dtype
from chartline.models.text_encoder import EMBEDDING_SIZE, TextEncoder

#: Rows of the valid split that the loss of a finished stage is measured on.
_VALID_ROWS = 256
#: Steps whose mean loss is called the last.
_LAST_STEPS = 20
Progress = Callable[[Step, int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """`data` is what `chartline train generate` wrote; `work` keeps what a resumed run needs, and the logs.

    Stage 1 names `base_model` as `load_base` does; stage 2 goes on from the checkpoint `stage1`.
    """

    data: Path
    out: Path
    work: Path
    settings: TrainSettings
    base_model: str = ""
    stage1: Path | None = None
    device: str = "auto"

    @property
    def stage(self) -> str:
        return "align" if self.stage1 is None else "reason"


def train(run: Run, progress: Progress) -> StageReport | None:
    """Trains, or resumes and ends, one stage; `progress(step, steps)` is called after every step.

    Every process of a launch calls it; the first alone is told of progress, writes the checkpoint and gets the report.
    Raises InvalidRequest where data, stage 1, settings and processes do not fit.
    """
    earlier = [] if run.stage1 is None else read_reports(run.stage1)
    accelerator = launched(run.settings, run.device)
    torch.manual_seed(run.settings.seed)
    data, encoder = read_examples(run.data), TextEncoder(device=str(accelerator.device))
    model, card = _start(run, accelerator.device, data, encoder)
    adapter = tune(model, run.settings)
    learnt, valid = _packs(run, data, model, encoder)
    module = PackLoss(model, preferred_dtype(accelerator.device.type))
    trainer = Trainer(accelerator, module, run.settings, learnt)
    states = States(run.work / "state", accelerator, _identity(run, card))
    speed = _loop(run, accelerator, trainer, states, progress)
    valid_loss = trainer.mean_loss(valid)
    weights = accelerator.get_state_dict(trainer.module)
    report = None
    if accelerator.is_main_process:
        report = _report(run, data, accelerator, trainer, speed, valid_loss)
        export(run.out, card, module, adapter, weights, [*earlier, report])
    states.remove()
    return report


def _start(
    run: Run, device: torch.device, data: ExampleFolder, encoder: TextEncoder
) -> tuple[ConditionedLLM, Checkpoint]:
    """The model that the stage begins with, and the card of the checkpoint it will end in."""
    dtype = torch.float32 if run.settings.tuning is Tuning.FULL else preferred_dtype(device.type)
    if run.stage1 is not None:
        card = load_card(run.stage1)
        if (card.verbalizer_version, card.channels) != (VERBALIZER_VERSION, CHANNELS):
            raise InvalidRequest(f"{run.stage1} was trained on events that were said otherwise: train it anew")
        card = replace(card, encoder_version=encoder.version, data_sha256=data.sha256, seed=run.settings.seed)
        return ConditionedLLM.load(run.stage1, dtype=dtype, device=str(device)), card
    base = load_base(run.base_model, dtype=dtype, device=str(device))
    card = Checkpoint(
        base_model=run.base_model or base.name,
        base_sha256=base.sha256,
        hidden_size=base.hidden_size,
        embedding_size=EMBEDDING_SIZE,
        channels=CHANNELS,
        verbalizer_version=VERBALIZER_VERSION,
        encoder_version=encoder.version,
        data_sha256=data.sha256,
        seed=run.settings.seed,
    )
    return ConditionedLLM.untrained(base, EMBEDDING_SIZE, CHANNELS), card


def _packs(run: Run, data: ExampleFolder, model: ConditionedLLM, encoder: TextEncoder) -> tuple[Packs, Packs]:
    """Those to learn from, and those of other patients."""
    rows = _rows(run, data, TRAIN), _rows(run, data, VALID)[:_VALID_ROWS]
    asked = {row.patient for part in rows for row in part}
    known = {patient: events for patient, events in data.charts().items() if patient in asked}
    charts = Charts(known, encoder, run.settings.showing)
    context = int(model.llm.config.max_position_embeddings)
    learnt, valid = (Packs(part, charts, model.tokenizer, context, run.settings) for part in rows)
    return learnt, valid


def _rows(run: Run, data: ExampleFolder, split: str) -> list[Row]:
    """Stage 1 is asked what the chart alone can answer; stage 2 all else, and some of that lest it forget.

    Where a chart is text, stage 1 has nothing to align: stage 2 learns all of it.
    """
    rng = random.Random(run.settings.seed)  # noqa: S311 - reproducible data, no secret
    align = _drawn(data.of(split, "align"), run.settings.examples, rng)
    if run.stage1 is None:
        return align
    rows = _drawn(data.of(split, "plan", "say"), run.settings.examples, rng)
    share = 1.0 if run.settings.showing is Showing.TEXT else run.settings.align_share
    return [*rows, *align[: round(share * len(rows))]]


def _drawn(rows: Sequence[Row], many: int, rng: random.Random) -> list[Row]:
    """Chart by chart, so that packs stay full however few are drawn."""
    charts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        charts[row.patient].append(row)
    drawn = [row for patient in rng.sample(sorted(charts), len(charts)) for row in charts[patient]]
    return drawn[: many or len(drawn)]


def _identity(run: Run, card: Checkpoint) -> dict[str, Any]:
    """What makes a resumed run the same run."""
    return {"stage": run.stage, **asdict(run.settings), **asdict(card)}


def _loop(run: Run, accelerator: Accelerator, trainer: Trainer, states: States, progress: Progress) -> dict[str, float]:
    """Trains to the end; returns how fast this process and its peers were since it resumed."""
    trainer.step = states.resume()
    log = LossLog(run.work, trainer.step) if accelerator.is_main_process else None
    seconds, rows, examples = 0.0, 0, 0

    def report(step: Step) -> None:
        nonlocal seconds, rows, examples
        seconds, rows, examples = seconds + step.seconds, rows + step.rows, examples + step.examples
        if log is not None:
            log.write(step)
            progress(step, trainer.total)

    trainer.run(states, report)
    if log is not None:
        log.close()
    return {"tokens_per_second": rows / max(seconds, 1e-9), "examples_per_second": examples / max(seconds, 1e-9)}


def _report(
    run: Run,
    data: ExampleFolder,
    accelerator: Accelerator,
    trainer: Trainer,
    speed: dict[str, float],
    valid: float | None,
) -> StageReport:
    losses = [line["loss"] for line in read_losses(run.work)]
    return StageReport(
        stage=run.stage,
        settings=asdict(run.settings),
        data_sha256=data.sha256,
        data_source=f"{data.card['source']} ({data.card['terms']})",
        steps=trainer.total,
        first_loss=losses[0],
        last_loss=mean(losses[-_LAST_STEPS:]),
        valid_loss=valid,
        machine=machine(accelerator),
        **speed,
    )
