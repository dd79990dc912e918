"""chartline train labels: a task and records of any source become a label file."""

from pathlib import Path
from typing import Annotated

import typer

from chartline.commands.console import out, progress
from chartline.sources.files import SourceFormat

EventsArgument = Annotated[list[Path], typer.Argument(metavar="EVENTS...", help="Files or folders of records.")]
FormatOption = Annotated[SourceFormat, typer.Option("--format", help="What the files hold.")]


def labels(
    events: EventsArgument,
    task: Annotated[str, typer.Option(help="A shipped task's name, or a task file.")],
    file: Annotated[Path, typer.Option("--out", help="A parquet file in MEDS's label schema.")],
    source_format: FormatOption = SourceFormat.FHIR_NDJSON,
) -> None:
    """Label every prediction time of a task, and say how many were left out and why."""
    from chartline.learning.tasks.label_files import write_labels
    from chartline.learning.tasks.labelling import label_patients
    from chartline.learning.tasks.task_files import find_task
    from chartline.local.records import read_patients

    wanted = find_task(task)
    with progress() as bars:
        reading = bars.add_task("Reading records", total=None)
        patients = read_patients(events, source_format, lambda read: bars.update(reading, completed=read))
        bar = bars.add_task("Labelling patients", total=len(patients))
        labelled = label_patients(wanted, patients, lambda done: bars.update(bar, completed=done))
    write_labels(file, labelled.labels)
    positive = sum(label.value for label in labelled.labels)
    out.print(f"{file}: {len(labelled.labels)} labels, {positive} positive, of {len(patients)} patients")
    for reason, count in sorted(labelled.left_out.items()):
        out.print(f"left out: {count}, {reason}")
