"""chartline train: the models, from generated data alone; torch is loaded only when a training begins."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chartline.commands.console import out, progress
from chartline.commands.heads import heads
from chartline.commands.outcomes import labels, outcomes
from chartline.learning.training.settings import Showing
from chartline.local.places import REPOSITORY, cache_folder
from chartline.sources.files import SourceFormat

if TYPE_CHECKING:
    from chartline.learning.teaching.lessons import Lessons
    from chartline.learning.training.run import Run
    from chartline.learning.training.trainer import Step

app = typer.Typer(help="Train the models that are served.", no_args_is_help=True)
app.command()(labels)
app.command()(outcomes)
app.command()(heads)

_CHECKPOINTS = REPOSITORY / "services" / "llm" / "checkpoints"
_CHECKPOINT = _CHECKPOINTS / "chartline-llm"

DataArgument = Annotated[Path, typer.Argument(help="The folder that `chartline train generate` wrote.")]
WorkOption = Annotated[Path | None, typer.Option(help="Logs, and what a resumed run needs; else in the cache.")]
ExamplesOption = Annotated[int, typer.Option(min=0, help="How many of the data's examples, drawn by seed; 0 is all.")]
SeedOption = Annotated[int, typer.Option(help="Of weights and of the order of the data.")]
PacksOption = Annotated[int, typer.Option(min=1, help="Packs of about 8 questions a step; all processes share them.")]
ShowingOption = Annotated[Showing, typer.Option(help="How charts are shown; what is not soft is for comparisons.")]
DeviceOption = Annotated[str, typer.Option(help="cpu; else a GPU where there is one.")]


@app.command()
def generate(
    folder: Annotated[Path, typer.Option("--out", help="Where examples, charts and their card go.")],
    sources: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders of records; without any, a hospital is made up.")
    ] = None,
    source_format: Annotated[
        SourceFormat, typer.Option("--format", help="What the files hold.")
    ] = SourceFormat.FHIR_NDJSON,
    examples: Annotated[int, typer.Option(min=1, help="Questions to draw.")] = 30_000,
    seed: Annotated[int, typer.Option(help="The same seed and sources give the same bytes.")] = 1,
    teacher: Annotated[
        str, typer.Option(help="A folder with any Hugging Face causal LM that rewords questions and asks about notes.")
    ] = "",
    paraphrases: Annotated[
        float, typer.Option(min=0, max=1, help="Share of training questions that the teacher is asked to reword.")
    ] = 0.25,
) -> None:
    """Draw questions about charts, with plans, results and answers: what `train` learns from."""
    from chartline.learning.generation.dataset import generate_dataset
    from chartline.learning.generation.sources import read_records
    from chartline.local.records import read_patients

    with progress() as bars:
        source = None
        if sources:
            reading = bars.add_task("Reading records", total=None)
            patients = read_patients(sources, source_format, lambda read: bars.update(reading, completed=read))
            source = read_records(" ".join(path.resolve().name for path in sources), patients)
        lessons = _lessons(teacher, seed, paraphrases) if teacher else None
        bar = bars.add_task("Drawing questions", total=examples)
        card = generate_dataset(
            folder, source, examples, seed, lambda drawn: bars.update(bar, completed=drawn), lessons
        )
    out.print(
        f"{folder}: {sum(card.families.values())} examples on {sum(card.charts.values())} charts of {card.source}"
    )
    if card.teacher is not None:
        for task, verdicts in card.teacher.verdicts.items():
            out.print(f"{card.teacher.name}, {task}: {verdicts.get('kept', 0)} of {sum(verdicts.values())} kept")


def _lessons(teacher: str, seed: int, paraphrases: float) -> "Lessons":
    from chartline.learning.teaching.language_model import LanguageModel
    from chartline.learning.teaching.lessons import Lessons
    from chartline.models.text_encoder import TextEncoder

    return Lessons(LanguageModel.load(teacher), TextEncoder().encode, seed, paraphrases)


@app.command()
def align(
    data: DataArgument,
    stage1: Annotated[Path, typer.Option("--out", help="Where the projector and its card go.")],
    work: WorkOption = None,
    base_model: Annotated[str, typer.Option(help="A folder with any Hugging Face causal LM; else SmolLM2.")] = "",
    examples: ExamplesOption = 0,
    seed: SeedOption = 1,
    packs: PacksOption = 2,
    showing: ShowingOption = Showing.SOFT,
    device: DeviceOption = "auto",
) -> None:
    """Stage 1: the projector learns to tell the frozen LLM what is in a chart. A broken-off run goes on."""
    from chartline.learning.training.run import Run
    from chartline.learning.training.settings import ALIGN

    settings = replace(ALIGN, showing=showing, seed=seed, examples=examples, packs_per_step=packs)
    _train(Run(data, stage1, work or _work("align"), settings, base_model, device=device))


@app.command()
def reason(
    data: DataArgument,
    stage1: Annotated[Path, typer.Option(help="What `chartline train align` wrote.")],
    checkpoint: Annotated[Path, typer.Option("--out", help="Where the checkpoint and its card go.")] = _CHECKPOINT,
    work: WorkOption = None,
    full: Annotated[bool, typer.Option("--full", help="All weights of the LLM and no adapter.")] = False,
    examples: ExamplesOption = 0,
    seed: SeedOption = 1,
    packs: PacksOption = 2,
    showing: ShowingOption = Showing.SOFT,
    device: DeviceOption = "auto",
) -> None:
    """Stage 2: projector and LLM learn to plan and to say. A broken-off run goes on."""
    from chartline.learning.training.run import Run
    from chartline.learning.training.settings import REASON, REASON_IN_FULL

    base = REASON_IN_FULL if full else REASON
    settings = replace(base, showing=showing, seed=seed, examples=examples, packs_per_step=packs)
    _train(Run(data, checkpoint, work or _work("reason"), settings, stage1=stage1, device=device))


def _work(stage: str) -> Path:
    return cache_folder() / "training" / stage


def _train(run: "Run") -> None:
    """Runs the stage with a bar. Of a launch's processes all come here and the first alone has anything to show."""
    from chartline.learning.training.run import train

    with progress() as bars:
        bar = bars.add_task("Preparing data", total=None, visible="RANK" not in os.environ)

        def show(step: "Step", steps: int) -> None:
            told = f"Training, loss {step.loss:.3f}, {step.rows / step.seconds:.0f} tokens/s"
            bars.update(bar, description=told, completed=step.number, total=steps, visible=True)

        report = train(run, show)
    if report is not None:
        losses = f"loss {report.first_loss:.3f} to {report.last_loss:.3f}"
        other = "" if report.valid_loss is None else f", {report.valid_loss:.3f} on other patients"
        out.print(f"{run.out}: {report.steps} steps, {losses}{other}, data {report.data_sha256[:12]}")
