"""chartline dead-letters: records that could not be understood, and what to do with them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    TenantOption,
    as_dict,
    connect,
    err,
    out,
    print_json,
)
from chartline.local.client import Client
from chartline.record.times import format_instant
from chartline.rpc.messages import instant_from_message
from chartline.v1 import ingest_service_pb2 as pb

app = typer.Typer(help="Records that could not be understood: list, show, replay, erase.", no_args_is_help=True)

_PAGE = 1000
_READ_SECONDS = 60.0
_ERASE_SECONDS = 600.0
REPLAY_SECONDS = 3600.0

IdsOption = Annotated[list[str] | None, typer.Option("--id", help="Repeatable: <topic>-<partition>-<offset>.")]
ReasonOption = Annotated[str, typer.Option(help="Only this reason, word for word.")]
LoadOption = Annotated[str, typer.Option(help="Only this load.")]
TopicOption = Annotated[str, typer.Option(help="Only records of this topic.")]
PartitionOption = Annotated[int | None, typer.Option(help="Only this partition of it.")]
FirstOption = Annotated[int | None, typer.Option(help="From this offset on.")]
LastOption = Annotated[int | None, typer.Option(help="Up to this offset.")]
ReplayedOption = Annotated[bool, typer.Option("--replayed", help="Also what was replayed well.")]


@app.command("list")
def list_letters(
    home: HomeOption,
    ids: IdsOption = None,
    reason: ReasonOption = "",
    load: LoadOption = "",
    topic: TopicOption = "",
    partition: PartitionOption = None,
    first_offset: FirstOption = None,
    last_offset: LastOption = None,
    replayed: ReplayedOption = False,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """List dead letters without their content, and count them by reason; with --json one object a line."""
    chosen = _filter(ids, reason, load, topic, partition, first_offset, last_offset, replayed)
    reasons: dict[str, int] = {}
    with connect(home, tenant) as client:
        for page in _pages(client, chosen):
            reasons = dict(page.reasons)
            for letter in page.dead_letters:
                if as_json:
                    print_json(as_dict(letter))
                else:
                    out.print(_line(letter))
    for reason, count in sorted(reasons.items()):
        err.print(f"{count:>8}  {reason}")


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="<topic>-<partition>-<offset>, as list names it.")],
    purpose: Annotated[str, typer.Option(help="Why you look; the content is PHI, and the audit trail keeps it.")],
    home: HomeOption,
    output: Annotated[Path | None, typer.Option(help="Write the content there, byte for byte.")] = None,
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Show the content of one dead letter. The look is audited."""
    with connect(home, tenant) as client:
        request = pb.GetDeadLetterRequest(id=letter, purpose=purpose)
        found = client.operator.GetDeadLetter(request, timeout=_READ_SECONDS)
    err.print(_line(found.dead_letter), style="dim")
    if output:
        output.write_bytes(found.payload)
    else:
        out.print(found.payload.decode("utf-8", "backslashreplace"))


@app.command()
def replay(
    home: HomeOption,
    ids: IdsOption = None,
    reason: ReasonOption = "",
    load: LoadOption = "",
    topic: TopicOption = "",
    partition: PartitionOption = None,
    first_offset: FirstOption = None,
    last_offset: LastOption = None,
    replayed: ReplayedOption = False,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Read dead letters again, as ingest reads today; what is understood now leaves the list."""
    chosen = _filter(ids, reason, load, topic, partition, first_offset, last_offset, replayed)
    with connect(home, tenant) as client:
        request = pb.ReplayDeadLettersRequest(filter=chosen)
        show_tallies(client.operator.ReplayDeadLetters(request, timeout=REPLAY_SECONDS), as_json=as_json)


@app.command()
def erase(
    identifiers: Annotated[list[str], typer.Argument(help="All identifiers of the patient.")],
    home: HomeOption,
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Take the dead letters that name a patient out of Kafka; what cannot be seen into is counted."""
    with connect(home, tenant) as client:
        done = erase_letters(client, identifiers)
    out.print(f"{done.erased} dead letters are gone; {done.unreadable} cannot be seen into and go with time.")


def erase_letters(client: Client, identifiers: Sequence[str]) -> pb.EraseDeadLettersResponse:
    """Raises grpc.RpcError."""
    request = pb.EraseDeadLettersRequest(identifiers=identifiers)
    return client.operator.EraseDeadLetters(request, timeout=_ERASE_SECONDS)


def show_tallies(
    tallies: Iterator[pb.ReplayDeadLettersResponse] | Iterator[pb.ReplayRecordsResponse], *, as_json: bool
) -> None:
    """The last one; each holds all before it."""
    outcomes: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for tally in tallies:
        outcomes, reasons = dict(tally.outcomes), dict(tally.reasons)
    if as_json:
        print_json({"outcomes": outcomes, "reasons": reasons})
        return
    out.print(" ".join(f"{name}={count}" for name, count in sorted(outcomes.items())) or "nothing to replay")
    for reason, count in sorted(reasons.items()):
        out.print(f"{count:>8}  {reason}")


def _pages(client: Client, chosen: pb.DeadLetterFilter) -> Iterator[pb.ListDeadLettersResponse]:
    request = pb.ListDeadLettersRequest(filter=chosen, page_size=_PAGE)
    while True:
        page = client.operator.ListDeadLetters(request, timeout=_READ_SECONDS)
        yield page
        request.page_token = page.next_page_token
        if not request.page_token:
            return


def _filter(
    ids: list[str] | None,
    reason: str,
    load: str,
    topic: str,
    partition: int | None,
    first_offset: int | None,
    last_offset: int | None,
    replayed: bool,
) -> pb.DeadLetterFilter:
    return pb.DeadLetterFilter(
        ids=ids or [],
        reason=reason,
        load_id=load,
        topic=topic,
        partition=partition,
        first_offset=first_offset,
        last_offset=last_offset,
        replayed=replayed,
    )


def _line(letter: pb.DeadLetter) -> str:
    buried = format_instant(instant_from_message(letter.buried_at))
    replayed = f"  replayed: {letter.replayed}" if letter.replayed else ""
    return f"{letter.id}  {buried}  {letter.format or '?'}  {letter.bytes} bytes  {letter.reason}{replayed}"
