"""chartline export: a tenant's record, as it is known now, in a form that other tools read."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    TenantOption,
    connect,
    out,
    print_json,
    progress,
)
from chartline.local.client import Client
from chartline.rpc.messages import event_from_message
from chartline.v1.record_service_pb2 import ListEventsRequest


class ExportFormat(StrEnum):
    MEDS = "meds"


def export(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that is not there yet, or empty.")],
    home: HomeOption,
    export_format: Annotated[ExportFormat, typer.Option("--format", help="What is written.")] = ExportFormat.MEDS,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Write all of a tenant's patients as a MEDS data set; `load --format meds` reads it back to the same events."""
    with connect(home, tenant) as client:
        report = export_meds(client, folder)
    if as_json:
        print_json(report)
    else:
        out.print(f"{folder}: {report['rows']} rows of {report['subjects']} subjects")


def export_meds(client: Client, folder: Path) -> dict[str, int]:
    """What `--json` prints. One patient's events are in memory at a time."""
    from chartline.sources.meds.writing import MedsWriter, subject_ids  # pyarrow is large

    patients = [summary.patient for summary in client.patients()]
    with progress() as bars, MedsWriter(folder, client.tenant, subject_ids(patients), datetime.now(UTC)) as writer:
        bar = bars.add_task("Writing patients", total=len(patients))
        for patient in patients:
            writer.add(patient, map(event_from_message, client.events(ListEventsRequest(patient=patient))))
            bars.advance(bar)
    return {"subjects": len(patients), "rows": writer.rows}
