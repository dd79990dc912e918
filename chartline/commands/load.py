"""chartline load: files and folders through Kafka into the record."""

import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Protocol

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
from chartline.errors import InvalidRequest, Unavailable
from chartline.local.client import Client
from chartline.sources.files import Message, SourceFormat, left_out, read_messages
from chartline.sources.producer import Producer
from chartline.sources.resuming import Journal, Place
from chartline.sources.tables.mapping import SourceMapping
from chartline.sources.tables.mapping_file import load_mapping
from chartline.v1.ingest_service_pb2 import GetIngestStatusRequest
from chartline.v1.record_service_pb2 import GetRecordCountsResponse

#: Each record that was sent is counted under one of these (GetRecordCountsResponse).
OUTCOMES = ("indexed", "updated", "deleted", "merged", "duplicates", "without_events", "dead_lettered")
_POLL_SECONDS = 0.25
_PATIENCE_SECONDS = 300.0
#: Messages between two places that are noted; so many are sent again at most after a kill.
_BETWEEN_PLACES = 5_000


def load(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    home: HomeOption,
    source_format: Annotated[SourceFormat | None, typer.Option("--format", help="What the files hold.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping file of your own, instead of --format: docs/mapping-files.md.")
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    wait: Annotated[bool, typer.Option("--wait", help="Return when all of it is answerable.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(help="A file that says where the load stands: goes on from there; it is gone when all is sent."),
    ] = None,
    backfill: Annotated[bool, typer.Option("--backfill", help="Let what is live go first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send records to Kafka. A record is a resource, a table row or a message, and has exactly one outcome."""
    source = _source(source_format, mapping)
    if resume and source is not SourceFormat.FHIR_NDJSON:
        raise InvalidRequest(f"--resume is for --format {SourceFormat.FHIR_NDJSON}")
    with connect(home, tenant) as client:
        for name in left_out(paths, source):
            err.print(f"not sent, {name}", style="dim")
        journal = Journal(resume) if resume else None
        messages = read_messages(paths, source, journal.start if journal else None)
        report = load_messages(client, messages, wait=wait, backfill=backfill, journal=journal)
    if as_json:
        print_json(report)
    else:
        out.print(" ".join(f"{name}={count}" for name, count in report.items() if name not in ("reasons", "leftovers")))
        for reason, count in report.get("reasons", {}).items():
            out.print(f"{count:>8}  {reason}")
        for reason, count in report.get("leftovers", {}).items():
            out.print(f"{count:>8}  left over: {reason}")


def _source(source_format: SourceFormat | None, mapping: Path | None) -> SourceFormat | SourceMapping:
    if mapping is not None and source_format is None:
        return load_mapping(mapping)
    if source_format is None or mapping is not None:
        raise InvalidRequest("Say what the files hold, by --format or by --mapping")
    return source_format


def load_messages(
    client: Client, messages: Iterable[Message], *, wait: bool, backfill: bool = False, journal: Journal | None = None
) -> dict[str, Any]:
    """The report that `--json` prints: without `wait` only what was sent."""
    load_id = uuid.uuid4().hex
    secret_file = client.home.keys().secret_file
    with (
        progress() as bars,
        Producer(client.endpoints.kafka, client.tenant, secret_file, load_id, backfill=backfill) as producer,
    ):
        bar = bars.add_task("Sending records", total=None)
        for _ in send(producer, messages, journal):
            bars.update(bar, completed=producer.sent)
        bars.update(bar, total=producer.sent)
    return wait_for(client, load_id, producer.sent) if wait else {"load_id": load_id, "sent": producer.sent}


class Sender(Protocol):
    def send(self, message: Message) -> None: ...
    def settle(self) -> None: ...


def send(producer: Sender, messages: Iterable[Message], journal: Journal | None) -> Iterator[Message]:
    """Sends each message and yields it; the journal learns, now and then, up to where all is acknowledged."""
    reached: Place | None = None
    for number, message in enumerate(messages, start=1):
        producer.send(message)
        reached = message.place or reached
        if journal and reached and number % _BETWEEN_PLACES == 0:
            producer.settle()
            journal.reached(reached)
        yield message
    if journal:
        producer.settle()
        journal.ended()


def wait_for(client: Client, load_id: str, sent: int) -> dict[str, Any]:
    """Returns when each record of the load has its outcome and every event its vector.

    Raises Unavailable when nothing moves for minutes.
    """
    with progress() as bars:
        stored = bars.add_task("Storing records", total=sent)
        embedded = bars.add_task("Embedding events", total=None)
        for counts in _changes(client, load_id):
            done = sum(getattr(counts, outcome) for outcome in OUTCOMES)
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
        **{outcome: getattr(counts, outcome) for outcome in OUTCOMES},
        "events": counts.events,
        "reasons": dict(sorted(counts.reasons.items())),
        "leftovers": dict(sorted(counts.leftovers.items())),
    }
