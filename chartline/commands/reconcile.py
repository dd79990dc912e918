"""chartline reconcile: whether every record that was sent has its outcome."""

from typing import Annotated, Any

import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    TenantOption,
    as_dict,
    connect,
    out,
    print_json,
)
from chartline.local.client import Client
from chartline.v1.ingest_service_pb2 import CountSentRecordsRequest, GetIngestStatusRequest
from chartline.v1.record_service_pb2 import GetRecordCountsResponse

_SECONDS = 600.0
#: Numbers of GetRecordCountsResponse that count something else than records.
_NO_OUTCOMES = {"events", "pending_embeddings", "patients", "unresolved_references"}


def reconcile(
    home: HomeOption,
    load: Annotated[str, typer.Option(help="Only this load; else all that Kafka ever took.")] = "",
    sent: Annotated[int, typer.Option(help="What the sender counted; else the messages in Kafka are counted.")] = -1,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Compare what was sent with what became of it. Exit code 1 where a record is without an outcome."""
    with connect(home, tenant) as client:
        report = compare(client, load, sent)
    if as_json:
        print_json(report)
    else:
        _show(report)
    if report["difference"]:
        raise typer.Exit(1)


def compare(client: Client, load: str, sent: int) -> dict[str, Any]:
    """`difference` is what was sent and has no outcome, below zero where more has one than was sent."""
    if sent < 0:
        sent = client.operator.CountSentRecords(CountSentRecordsRequest(load_id=load), timeout=_SECONDS).records
    counts = client.ingest.GetIngestStatus(GetIngestStatusRequest(load_id=load), timeout=_SECONDS).counts
    outcomes = {
        field.name: getattr(counts, field.name)
        for field in GetRecordCountsResponse.DESCRIPTOR.fields
        if field.message_type is None and field.name not in _NO_OUTCOMES
    }
    maps = {name: numbers for name, numbers in as_dict(counts).items() if isinstance(numbers, dict)}
    by_reason = {name: {reason: int(n) for reason, n in sorted(numbers.items())} for name, numbers in maps.items()}
    return {"sent": sent, **outcomes, "difference": sent - sum(outcomes.values()), **by_reason}


def _show(report: dict[str, Any]) -> None:
    for name, value in report.items():
        if not isinstance(value, dict):
            out.print(f"{value:>12}  {name}")
    for name, numbers in report.items():
        if isinstance(numbers, dict):
            out.print(f"\n{name}")
            for reason, number in numbers.items():
                out.print(f"{number:>12}  {reason}")
