"""chartline evaluate ablations: the system beside itself with one part taken away, and a table of what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chartline.commands.console import out, progress
from chartline.evaluation.arms import Trained
from chartline.local.places import REPOSITORY

_CHECKPOINT = REPOSITORY / "services" / "llm" / "checkpoints" / "chartline-llm"

CheckpointOption = Annotated[Path | None, typer.Option(exists=True, file_okay=False)]


def ablations(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="What `train generate` wrote.")],
    outcomes: Annotated[Path, typer.Option("--out", help="One line of JSON a question and arm; continued.")],
    checkpoint: Annotated[Path, typer.Option(exists=True, file_okay=False, help="What serves.")] = _CHECKPOINT,
    stage1: CheckpointOption = None,
    numbers_in_text: CheckpointOption = None,
    text: CheckpointOption = None,
    beside_text: CheckpointOption = None,
    report: Annotated[Path | None, typer.Option(help="Where the table goes, as Markdown.")] = None,
    questions: Annotated[int, typer.Option(min=1, help="Of each task at most.")] = 300,
    device: Annotated[str, typer.Option(help="cpu; else a GPU where there is one.")] = "auto",
) -> None:
    """Ask generated questions of the model with its soft tokens, plans, grammar or training taken away.

    Arms whose checkpoint is not named are left out.
    """
    from chartline.evaluation.study import run_study
    from chartline.evaluation.study_report import origin_of, study_report

    named = {
        Trained.SERVED: checkpoint,
        Trained.STAGE_1: stage1,
        Trained.NUMBERS_IN_TEXT: numbers_in_text,
        Trained.TEXT: text,
        Trained.BESIDE_TEXT: beside_text,
    }
    checkpoints = {trained: folder for trained, folder in named.items() if folder is not None}
    with progress() as bars:
        bar = bars.add_task("Asking questions", total=None)

        def show(done: int, everything: int) -> None:
            bars.update(bar, completed=done, total=everything)

        found = run_study(data, checkpoints, outcomes, questions, device, show)
    table = study_report(found, origin_of(data, checkpoints))
    if report is not None:
        report.write_text(table)
    out.print(table)
