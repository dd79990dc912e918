"""chartline train heads: the outcome models that come along, of an invented hospital, by the pipeline of real ones."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from chartline.commands.console import out, progress
from chartline.commands.outcomes import SeedOption, labelled_cases, read_events
from chartline.learning.outcomes.names import REFERENCE
from chartline.local.places import REPOSITORY
from chartline.sources.files import SourceFormat

TASKS = ("in_hospital_mortality_24h", "length_of_stay_over_7d", "readmission_30d")
_RECORDS = (
    "{} patients of a hospital that Chartline invents (`chartline train heads`, seed {}), under Chartline's own "
    "licence: no real person is in them, and no model of them is for real persons"
)
_HEADS = REPOSITORY / "services" / "llm" / "checkpoints" / "heads"


def heads(
    folder: Annotated[Path, typer.Option("--out", help="Where they go, as outcome/version.")] = _HEADS,
    version: Annotated[int, typer.Option(min=1, help="The number of the new version.")] = 1,
    patients: Annotated[int, typer.Option(min=100, help="Of the invented hospital.")] = 800,
    seed: SeedOption = 20_261,
) -> None:
    """Invent a hospital and train, calibrate and measure its models of outcomes: for trying out, never for patients."""
    from chartline.learning.outcomes.training import train_outcome
    from chartline.sources.hospital import build_hospital, write_ndjson

    with tempfile.TemporaryDirectory(prefix="chartline-heads-") as work, progress() as bars:
        write_ndjson(build_hospital(seed, patients), Path(work))
        charts = read_events(bars, [Path(work)], SourceFormat.FHIR_NDJSON)
        for task in TASKS:
            built = labelled_cases(bars, charts, task, None)
            place = folder / task / str(version)
            trained = train_outcome(place, built.cases, REFERENCE, task, seed, records=_RECORDS.format(patients, seed))
            brier = trained.metrics["Brier"]
            out.print(f"{place}: {len(built.cases)} cases, Brier {'-' if brier is None else f'{brier:.4f}'}")
