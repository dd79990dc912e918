"""chartline evaluate generated: how often generated questions are planned right, by what training never saw of them."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from chartline.commands.console import out, progress
from chartline.local.places import REPOSITORY

_CHECKPOINT = REPOSITORY / "services" / "llm" / "checkpoints" / "chartline-llm"
_WORST = 12


def generated(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="What `train generate` wrote.")],
    outcomes_file: Annotated[Path, typer.Option("--out", help="One line of JSON a question; continued.")],
    checkpoint: Annotated[Path, typer.Option(exists=True, file_okay=False, help="What serves.")] = _CHECKPOINT,
    questions: Annotated[int, typer.Option(min=1, help="At most.")] = 1_000,
    device: Annotated[str, typer.Option(help="cpu; else a GPU where there is one.")] = "auto",
) -> None:
    """Plan generated questions without a cluster and hold what the plans return against their golds.

    Data from another source than the checkpoint learnt from is asked about whole: all its patients are unseen.
    """
    from chartline.evaluation.generated import ask_generated, family_rows, group_rows

    with progress() as bars:
        bar = bars.add_task("Asking questions", total=None)

        def show(done: int, everything: int) -> None:
            bars.update(bar, completed=done, total=everything)

        cases, outcomes = ask_generated(data, checkpoint, outcomes_file, questions, device, show)
    out.print(_table("asked", group_rows(cases, outcomes)))
    out.print(_table("family", family_rows(cases, outcomes)[:_WORST]))


def _table(head: str, rows: list[tuple[str, ...]]) -> Table:
    table = Table(head, "questions", "right %", "wrong %", "withheld %", "no plan %", box=None)
    for row in rows:
        table.add_row(*row)
    return table
