"""chartline evaluate outcomes and predictions: models trained anew and tested, and a kept model on any label file."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from chartline.commands.console import out, progress
from chartline.commands.outcomes import (
    EventsArgument,
    FormatOption,
    HeldOutOption,
    SeedOption,
    labelled_cases,
    read_events,
)
from chartline.errors import InvalidRequest
from chartline.learning.outcomes.names import REFERENCE, HeldOut
from chartline.sources.files import SourceFormat

if TYPE_CHECKING:
    from chartline.evaluation.outcomes.few_shot import Curve
    from chartline.evaluation.outcomes.harness import Run, Study
    from chartline.learning.outcomes.cases import Case
    from chartline.learning.tasks.label_files import LabelRow


def outcomes(
    events: EventsArgument,
    tasks: Annotated[list[str], typer.Option("--task", help="A shipped task, or a task file; may be repeated.")],
    report: Annotated[Path, typer.Option("--out", help="The Markdown page; plots go into outcomes/ beside it.")],
    models: Annotated[
        list[str] | None, typer.Option("--model", help=f"May be repeated; {REFERENCE} is always there.")
    ] = None,
    labels_file: Annotated[
        Path | None, typer.Option("--labels", exists=True, help="Of one task; else tasks label the records.")
    ] = None,
    source_format: FormatOption = SourceFormat.FHIR_NDJSON,
    held_out: HeldOutOption = HeldOut.PATIENTS,
    rotations: Annotated[int, typer.Option(min=1, max=10, help="10 tests every patient once.")] = 10,
    seed: SeedOption = 1,
    predictions: Annotated[
        Path | None, typer.Option(help="A folder for what was predicted, by model and task.")
    ] = None,
    few_shot: Annotated[
        Path | None, typer.Option(help="A Markdown page on 1 to 128 labels of either outcome; its .json beside it.")
    ] = None,
) -> None:
    """Train, calibrate and test models on patients or hospitals that they never saw, and write the page of results."""
    from chartline.evaluation.outcomes.harness import Run, run_harness
    from chartline.learning.outcomes.models import model_kind
    from chartline.learning.tasks.task_files import find_task

    if labels_file is not None and len(tasks) != 1:
        raise InvalidRequest("one label file is of one task", field="labels")
    asked = (find_task(task) for task in tasks)
    runs = [Run(task.name, tuple(models or ()), held_out, rotations, seed, task.question) for task in asked]
    for model in runs[0].all_models:
        model_kind(model)
    studies, curves, records = [], [], ", ".join(path.resolve().name for path in events)
    with progress() as bars:
        patients = read_events(bars, events, source_format)
        for run, task in zip(runs, tasks, strict=True):
            built = labelled_cases(bars, patients, task, labels_file)
            tested = run_harness(run, built.cases, _shown(bars, run))
            studies.append(tested)
            if predictions is not None:
                _write(predictions, [built.rows[i] for i in tested.places], tested)
            if few_shot is not None:
                curves.append(_few_shot(bars, run, built.cases))
        _report(bars, report, studies, records)
    if few_shot is not None:
        _write_curves(few_shot, curves, records)
    out.print(f"{report}: {len(studies)} tasks, {len(runs[0].all_models)} models")


def _shown(bars: Progress, run: "Run") -> Callable[[int], None]:
    bar = bars.add_task(f"Testing {run.task}", total=run.rotations * len(run.all_models))
    return lambda done: bars.update(bar, completed=done)


def _few_shot(bars: Progress, run: "Run", cases: "Sequence[Case]") -> "Curve":
    from chartline.evaluation.outcomes.few_shot import few_shot_curve, fits

    bar = bars.add_task(f"Few labels of {run.task}", total=fits(run))
    return few_shot_curve(run, cases, lambda done: bars.update(bar, completed=done))


def _write_curves(page: Path, curves: "Sequence[Curve]", records: str) -> None:
    from chartline.evaluation.outcomes.few_shot import few_shot_json, few_shot_page

    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(few_shot_page(curves, records))
    page.with_suffix(".json").write_text(json.dumps(few_shot_json(curves), indent=1) + "\n")


def _write(folder: Path, rows: "list[LabelRow]", tested: "Study") -> None:
    from chartline.evaluation.outcomes.prediction_files import write_predictions

    for model, told in tested.predictions.items():
        write_predictions(folder / model / f"{tested.run.task}.parquet", rows, told)


def _report(bars: Progress, report: Path, studies: "list[Study]", records: str) -> None:
    from chartline.evaluation.outcomes.report import outcome_plot, outcomes_report

    bar = bars.add_task("Measuring", total=len(studies))
    plots = report.parent / "outcomes"
    plots.mkdir(parents=True, exist_ok=True)
    for study in studies:
        if plot := outcome_plot(study):
            (plots / f"{study.run.task}.svg").write_text(plot)
        bars.advance(bar)
    report.write_text(outcomes_report(studies, records))


def predictions(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="What `train outcomes` wrote.")],
    events: EventsArgument,
    labels_file: Annotated[Path, typer.Option("--labels", exists=True, help="Whom to predict on, and when.")],
    file: Annotated[Path, typer.Option("--out", help="A parquet file; an abstention is null, with its reason.")],
    source_format: FormatOption = SourceFormat.FHIR_NDJSON,
) -> None:
    """Predict with a kept model on every row of a label file that there are records for."""
    from chartline.evaluation.outcomes.prediction_files import write_predictions
    from chartline.learning.outcomes.kept import OutcomeHead
    from chartline.learning.outcomes.models import model_kind

    head = OutcomeHead.load(folder, model_kind)
    with progress() as bars:
        built = labelled_cases(bars, read_events(bars, events, source_format), head.origin.task, labels_file)
        told = head.predict(built.cases)
    write_predictions(file, built.rows, told)
    given = sum(prediction.probability is not None for prediction in told)
    out.print(f"{file}: {given} predicted, {len(told) - given} abstained, {built.without_record} without a record")
