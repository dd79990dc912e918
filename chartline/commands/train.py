"""chartline train: the models, from generated data alone; torch is loaded only when a training begins."""

from pathlib import Path
from typing import Annotated

import typer

from chartline.commands.console import out, progress
from chartline.local.places import REPOSITORY, cache_folder
from chartline.sources.files import SourceFormat

app = typer.Typer(help="Train the models that are served.", no_args_is_help=True)

_CHECKPOINTS = REPOSITORY / "services" / "llm" / "checkpoints"
_CHECKPOINT = _CHECKPOINTS / "chartline-llm"


@app.command()
def adapter(
    checkpoint: Annotated[Path, typer.Option("--out", help="Where the checkpoint and its card go.")] = _CHECKPOINT,
    work: Annotated[Path | None, typer.Option(help="What a resumed run needs; else in the cache.")] = None,
    base_model: Annotated[str, typer.Option(help="A folder with any Hugging Face causal LM; else SmolLM2.")] = "",
    examples: Annotated[int, typer.Option(min=1, help="Generated questions.")] = 24_000,
    seed: Annotated[int, typer.Option(help="Of data and weights.")] = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train the projector and the adapter that plan and say; a run that was broken off continues."""
    from chartline.learning.training.data import DataSettings
    from chartline.learning.training.train import RunSettings, train
    from chartline.learning.training.trainer import TrainSettings
    from chartline.models.base_models import DEFAULT_BASE

    work = work or cache_folder() / "training"
    work.mkdir(parents=True, exist_ok=True)
    settings = RunSettings(
        out=checkpoint,
        work=work,
        base_model=base_model or DEFAULT_BASE,
        device=device,
        data=DataSettings(seed=seed, examples=examples),
        training=TrainSettings(seed=seed),
    )
    with progress() as bars:
        bar = bars.add_task("Preparing data", total=None)

        def show(step: int, steps: int, loss: float) -> None:
            bars.update(bar, description=f"Training, loss {loss:.3f}", completed=step, total=steps)

        card = train(settings, show)
    out.print(f"{checkpoint}: trained on {examples} examples, data {card.data_sha256[:12]}")


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
        bar = bars.add_task("Drawing questions", total=examples)
        card = generate_dataset(folder, source, examples, seed, lambda drawn: bars.update(bar, completed=drawn))
    out.print(f"{folder}: {examples} examples on {sum(card.charts.values())} charts of {card.source}")


@app.command()
def heads(
    folder: Annotated[Path, typer.Option("--out", help="Where the heads and their card go.")] = _CHECKPOINTS / "heads",
    stays: Annotated[int, typer.Option(min=100, help="Generated hospital stays.")] = 3_000,
    seed: Annotated[int, typer.Option(help="Of the stays.")] = 1,
) -> None:
    """Train the calibrated outcome heads on a generated cohort."""
    from chartline.learning.heads.train import train_heads

    with progress() as bars:
        bar = bars.add_task("Generating stays", total=stays)
        reports = train_heads(folder, stays, seed, lambda done: bars.update(bar, completed=done))
    for report in reports:
        out.print(f"{report.outcome}: AUROC {report.auroc:.3f}, Brier {report.brier:.4f}, ECE {report.ece:.4f}")
