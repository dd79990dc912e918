"""What a checkpoint says of itself: each stage's data, settings, losses and machine, for programs and for people."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from chartline.errors import InvalidRequest
from chartline.language.prompt import PROMPT_VERSION
from chartline.models.base_models import DEFAULT_BASE
from chartline.models.checkpoint import MODEL_CARD, Checkpoint

REPORTS = "training.json"
_TERMS = {DEFAULT_BASE: "Hugging Face, Apache-2.0"}


@dataclass(frozen=True, slots=True)
class StageReport:
    """Losses are nats a written token: of the first step, of the last twenty, of patients never learnt from."""

    stage: str
    settings: dict[str, Any]
    data_sha256: str
    data_source: str
    steps: int
    first_loss: float
    last_loss: float
    valid_loss: float | None
    machine: str
    tokens_per_second: float
    examples_per_second: float


def machine(accelerator: Accelerator) -> str:
    """Its kind, and what the run made of it."""
    cuda = accelerator.device.type == "cuda"
    kind = torch.cuda.get_device_name() if cuda else f"{os.cpu_count()} {platform.machine()} cores"
    engine = f"{accelerator.num_processes} processes ({accelerator.distributed_type.value})"
    return f"{kind}, {engine}, torch {torch.__version__}"


def read_reports(folder: Path) -> list[StageReport]:
    """Raises InvalidRequest for a checkpoint that no stage of this version has written."""
    try:
        return [StageReport(**told) for told in json.loads((folder / REPORTS).read_text())]
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequest(f"{folder} does not say how it was trained: {error}") from error


def write_cards(folder: Path, card: Checkpoint, reports: Sequence[StageReport]) -> None:
    (folder / REPORTS).write_text(json.dumps([asdict(report) for report in reports], indent=2) + "\n")
    (folder / MODEL_CARD).write_text(_words(card, reports))


def _words(card: Checkpoint, reports: Sequence[StageReport]) -> str:
    base = Path(card.base_model).name
    return f"""# Chartline planner on {base}

A two-layer GELU projector (event embedding and numeric channels to one soft token), and what makes {base} write query
plans for questions about one patient's chart and say executed results.

**Intended use.** Inside Chartline, behind its grammar, validator, executor and checker. Alone it states nothing.
**Not for.** Medical advice; use without the executor and the checker; languages other than English.
**Base.** {base} ({_TERMS.get(base, "under its own terms")}), weights `{card.base_sha256}`.
**Sentence encoder.** {card.encoder_version} (sentence-transformers, Apache-2.0).
**Reproduce.** `chartline train generate`, `chartline train align`, `chartline train reason` with the settings below;
the hash of the data names exactly what was learnt from.

{_table({**asdict(card), "prompt_version": PROMPT_VERSION})}
""" + "".join(_section(number, report) for number, report in enumerate(reports, start=1))


def _section(number: int, report: StageReport) -> str:
    told = asdict(report)
    settings = told.pop("settings")
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in told.items()}
    return f"\n## Stage {number}: {report.stage}\n\n{_table({**rounded, **settings})}\n"


def _table(rows: dict[str, Any]) -> str:
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows.items())
