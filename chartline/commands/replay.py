"""chartline replay: what Kafka took in a stretch of time, delivered once more."""

from typing import Annotated

import typer

from chartline.commands.console import DEFAULT_TENANT, HomeOption, JsonOption, TenantOption, connect, instant
from chartline.commands.dead_letters import REPLAY_SECONDS, show_tallies
from chartline.v1.ingest_service_pb2 import ReplayRecordsRequest


def replay(
    home: HomeOption,
    start: Annotated[str, typer.Option("--from", help="By Kafka's clock, e.g. 2026-11-22T08:00Z.")],
    end: Annotated[str, typer.Option("--to", help="The moment behind the last; else now.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read, deliver nothing.")] = False,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Deliver the records of a stretch of time again: what is known stays as it is, and nothing counts twice."""
    request = ReplayRecordsRequest(start=instant(start), end=instant(end), dry_run=dry_run)
    with connect(home, tenant) as client:
        show_tallies(client.operator.ReplayRecords(request, timeout=REPLAY_SECONDS), as_json=as_json)
