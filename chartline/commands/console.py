"""What all commands share: their common options, and where words go.

Results go to standard output, so that a program can read them; progress, notes and errors go to standard error.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from chartline.errors import InvalidRequest
from chartline.local.client import Client
from chartline.local.home import DEFAULT_TENANT, Home
from chartline.local.places import default_home
from chartline.record.times import parse_instant
from chartline.rpc.messages import instant_to_message
from chartline.v1.event_pb2 import Instant

# Words of a record are data: no markup is read in them.
out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="CHARTLINE_HOME", help="The cluster's folder.", default_factory=default_home)
]
TenantOption = Annotated[str, typer.Option("--tenant", help="Whose records; the development token is minted for it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on the last line, for programs.")]
PatientArgument = Annotated[
    str, typer.Argument(help="Any identifier of the patient: Patient/<id>, <system>|<value>, or a bare value.")
]
AsOfOption = Annotated[str, typer.Option("--as-of", help="Only what the chart knew then, e.g. 2150-03-01T08:00.")]

__all__ = ["DEFAULT_TENANT"]


def connect(home: Path, tenant: str) -> Client:
    return Client(Home(home), tenant)


def instant(text: str) -> Instant | None:
    """None for an empty text. Raises InvalidRequest for what is no time."""
    if not text:
        return None
    try:
        return instant_to_message(parse_instant(text))
    except ValueError as error:
        raise InvalidRequest(f"{text!r} is no time: {error}") from None


def print_json(content: object) -> None:
    print(json.dumps(content), flush=True)


def as_dict(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True)


def progress() -> Progress:
    """A bar with count and time on standard error."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=err, transient=False)
