"""chartline load: files and folders through Kafka into the record."""

import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    TenantOption,
    connect,
    err,
    out,
    print_json,
    progress,
)
from chartline.errors import Unavailable
from chartline.local.client import Client
from chartline.sources.files import Message, SourceFormat, read_messages, unmapped_tables
from chartline.sources.producer import Producer
from chartline.v1.ingest_service_pb2 import GetIngestStatusRequest
from chartline.v1.record_service_pb2 import GetRecordCountsResponse

_POLL_SECONDS = 0.25
_PATIENCE_SECONDS = 300.0


def load(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    home: HomeOption,
    source_format: Annotated[SourceFormat, typer.Option("--format", help="What the files hold.")],
    tenant: TenantOption = DEFAULT_TENANT,
    wait: Annotated[bool, typer.Option("--wait", help="Return when all of it is answerable.")] = False,
    backfill: Annotated[bool, typer.Option("--backfill", help="Let what is live go first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send records to Kafka. A record is a resource, a table row or a message, and has exactly one outcome."""
    with connect(home, tenant) as client:
        if unmapped := unmapped_tables(paths, source_format):
            err.print(f"not sent, no mapping names them: {', '.join(unmapped)}", style="dim")
        report = load_messages(client, read_messages(paths, source_format), wait=wait, backfill=backfill)
    if as_json:
        print_json(report)
    else:
        out.print(" ".join(f"{name}={count}" for name, count in report.items() if name != "reasons"))
        for reason, count in report.get("reasons", {}).items():
            out.print(f"{count:>8}  {reason}")


def load_messages(client: Client, messages: Iterable[Message], *, wait: bool, backfill: bool = False) -> dict[str, Any]:
    """The report that `--json` prints: without `wait` only what was sent."""
    load_id = uuid.uuid4().hex
    secret_file = client.home.keys().secret_file
    with (
        progress() as bars,
        Producer(client.endpoints.kafka, client.tenant, secret_file, load_id, backfill=backfill) as producer,
    ):
        bar = bars.add_task("Sending records", total=None)
        for message in messages:
            producer.send(message)
            bars.update(bar, completed=producer.sent)
        bars.update(bar, total=producer.sent)
    return wait_for(client, load_id, producer.sent) if wait else {"load_id": load_id, "sent": producer.sent}


def wait_for(client: Client, load_id: str, sent: int) -> dict[str, Any]:
    """Returns when each record of the load has its outcome and every event its vector.

    Raises Unavailable when nothing moves for minutes.
    """
    with progress() as bars:
        stored = bars.add_task("Storing records", total=sent)
        embedded = bars.add_task("Embedding events", total=None)
        for counts in _changes(client, load_id):
            done = counts.indexed + counts.duplicates + counts.without_events + counts.dead_lettered
            bars.update(stored, completed=done)
            bars.update(embedded, total=counts.events, completed=counts.events - counts.pending_embeddings)
            if done >= sent and counts.pending_embeddings == 0:
                return _report(load_id, sent, counts)
    raise AssertionError("unreachable")


def _changes(client: Client, load_id: str) -> Iterator[GetRecordCountsResponse]:
    """The load's counts, again and again. Raises Unavailable when they stand still for minutes."""
    last, changed_at = None, time.monotonic()
    while time.monotonic() - changed_at < _PATIENCE_SECONDS:
        try:
            counts = client.ingest.GetIngestStatus(GetIngestStatusRequest(load_id=load_id), timeout=10).counts
        except grpc.RpcError as error:  # a part is being started again
            err.print(f"{error.code().name}: {error.details()}", style="dim")
        else:
            if counts != last:
                last, changed_at = counts, time.monotonic()
            yield counts
        time.sleep(_POLL_SECONDS)
    raise Unavailable(f"Nothing moved for {_PATIENCE_SECONDS:.0f} s; see: chartline status")


def _report(load_id: str, sent: int, counts: GetRecordCountsResponse) -> dict[str, Any]:
    return {
        "load_id": load_id,
        "sent": sent,
        "indexed": counts.indexed,
        "dead_lettered": counts.dead_lettered,
        "duplicates": counts.duplicates,
        "without_events": counts.without_events,
        "events": counts.events,
        "reasons": dict(sorted(counts.reasons.items())),
    }
