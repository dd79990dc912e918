"""chartline train labels and train outcomes: records of any source become label files and models of outcomes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from chartline.commands.console import out, progress
from chartline.errors import InvalidRequest
from chartline.learning.outcomes.names import REFERENCE, HeldOut
from chartline.sources.files import SourceFormat

if TYPE_CHECKING:
    from chartline.learning.outcomes.building import Built
    from chartline.record.event import Event

EventsArgument = Annotated[list[Path], typer.Argument(metavar="EVENTS...", help="Files or folders of records.")]
FormatOption = Annotated[SourceFormat, typer.Option("--format", help="What the files hold.")]
TaskOption = Annotated[str, typer.Option(help="A shipped task's name, or a task file.")]
LabelsOption = Annotated[
    Path | None, typer.Option("--labels", exists=True, help="A label file; else the task labels the records.")
]
HeldOutOption = Annotated[HeldOut, typer.Option(help="What training and test never share.")]
SeedOption = Annotated[int, typer.Option(help="Of everything random.")]


def labels(
    events: EventsArgument,
    task: TaskOption,
    file: Annotated[Path, typer.Option("--out", help="A parquet file in MEDS's label schema.")],
    source_format: FormatOption = SourceFormat.FHIR_NDJSON,
) -> None:
    """Label every prediction time of a task, and say how many were left out and why."""
    from chartline.learning.tasks.label_files import write_labels
    from chartline.learning.tasks.labelling import label_patients, records_end
    from chartline.learning.tasks.task_files import find_task

    wanted = find_task(task)
    with progress() as bars:
        patients = read_events(bars, events, source_format)
        bar = bars.add_task("Labelling patients", total=len(patients))
        end = records_end(patients.values())
        labelled = label_patients(wanted, patients, lambda done: bars.update(bar, completed=done), end)
    write_labels(file, labelled.labels)
    positive = sum(label.value for label in labelled.labels)
    out.print(f"{file}: {len(labelled.labels)} labels, {positive} positive, of {len(patients)} patients")
    for reason, count in sorted(labelled.left_out.items()):
        out.print(f"left out: {count}, {reason}")


def outcomes(
    events: EventsArgument,
    task: TaskOption,
    folder: Annotated[Path, typer.Option("--out", help="Where the model and its card go.")],
    model: Annotated[str, typer.Option(help="Which model; docs/outcomes.md lists them.")] = REFERENCE,
    labels_file: LabelsOption = None,
    source_format: FormatOption = SourceFormat.FHIR_NDJSON,
    held_out: HeldOutOption = HeldOut.PATIENTS,
    seed: SeedOption = 1,
    records: Annotated[str, typer.Option(help="Whose records these are, under which licence: for the card.")] = "",
) -> None:
    """Train, calibrate and measure one model of one outcome."""
    from chartline.learning.outcomes.models import model_kind
    from chartline.learning.outcomes.training import train_outcome
    from chartline.learning.tasks.task_files import find_task

    model_kind(model)
    question = find_task(task).question
    with progress() as bars:
        built = labelled_cases(bars, read_events(bars, events, source_format), task, labels_file)
        bar = bars.add_task(f"Training {model}", total=1)
        trained = train_outcome(folder, built.cases, model, task, seed, held_out, question, records)
        bars.update(bar, completed=1)
    told = ", ".join(f"{name} {'-' if v is None else f'{v:.4f}'}" for name, v in trained.metrics.items())
    out.print(f"{folder}: {len(built.cases)} cases, {told}, coverage {trained.coverage:.1%}")


def read_events(bars: Progress, events: list[Path], source_format: SourceFormat) -> "dict[str, tuple[Event, ...]]":
    from chartline.local.records import read_patients

    reading = bars.add_task("Reading records", total=None)
    return read_patients(events, source_format, lambda read: bars.update(reading, completed=read))


def labelled_cases(
    bars: Progress, patients: "dict[str, tuple[Event, ...]]", task: str, labels_file: Path | None
) -> "Built":
    """Raises InvalidRequest for an unknown task, and for records without a label."""
    from chartline.learning.outcomes.building import build_cases
    from chartline.learning.tasks.label_files import read_labels, rows_of
    from chartline.learning.tasks.labelling import label_patients, records_end
    from chartline.learning.tasks.task_files import find_task

    if labels_file is None:
        rows = rows_of(label_patients(find_task(task), patients, end=records_end(patients.values())).labels)
    else:
        rows = read_labels(labels_file)
    if not rows:
        raise InvalidRequest(f"{task}: no prediction time of these records has a label", field="labels")
    bar = bars.add_task(f"Charts at the prediction times of {task}", total=len(rows))
    return build_cases(rows, patients, lambda done: bars.update(bar, completed=done))
